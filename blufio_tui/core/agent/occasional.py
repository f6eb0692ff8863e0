"""Built-in tools that are of use only at times: when each is offered. Whatever is not offered can still be called."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from blufio_tui.core.conversation import Message, TextBlock, ToolResultBlock, ToolUseBlock
from blufio_tui.core.sessions.conversation_repair import tool_uses

TOOL = "load_skill"

Need = Callable[[str, Sequence[Message]], bool]
"""Takes the session and its messages as they are sent; whether a tool is of use in the next request."""


def occasions(
    *,
    is_planning: Callable[[], bool],
    has_jobs: Callable[[str], bool],
    has_instruction_skills: Callable[[], bool],
    skill_tools: Callable[[], Collection[str]],
) -> Mapping[str, Need]:
    """The needs by the names of the tools.

    Args:
        is_planning: whether the mode is plan now.
        has_jobs: whether background jobs of a session are known, running or ended.
        has_instruction_skills: whether there is a skill that is nothing but instructions.
        skill_tools: names of the tools that skills brought.
    """

    def background(session_id: str, messages: Sequence[Message]) -> bool:
        return has_jobs(session_id) or any(_starts_job(call) for call in _calls(messages))

    def skills(_session_id: str, messages: Sequence[Message]) -> bool:
        return has_instruction_skills() or reads_skills(messages, skill_tools())

    return {
        "plan": lambda _session_id, _messages: is_planning(),
        "job_output": background,
        "job_kill": background,
        TOOL: skills,
    }


def reads_skills(messages: Iterable[Message], skill_tools: Collection[str]) -> bool:
    """Whether a call of a skill failed, whose instructions say why, or `/name` of the person asked for them."""
    of_skills: set[str] = set()
    for block in (block for message in messages for block in message.blocks):
        match block:
            case ToolUseBlock(call_id, name):
                if name == TOOL:
                    return True
                of_skills |= {call_id} if name in skill_tools else set()
            case ToolResultBlock(tool_use_id=call_id, is_error=True) if call_id in of_skills:
                return True
            case TextBlock(text) if TOOL in text:
                return True
            case _:
                pass
    return False


def _calls(messages: Iterable[Message]) -> Iterable[ToolUseBlock]:
    return (call for message in messages for call in tool_uses(message))


def _starts_job(call: ToolUseBlock) -> bool:
    return call.name == "bash" and call.input.get("background") is True
