"""Built-in tools that are offered only when they are useful. A tool that is not offered can still be called."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from blufio_tui.core.conversation import Message, TextBlock, ToolResultBlock, ToolUseBlock

TOOL = "load_skill"


@dataclass(slots=True)
class CallsMade:
    """What a conversation's calls so far say about the tools it needs; fed message by message.

    Attributes:
        names: of the tools that were called, in their order.
        failed: of those with a call that failed.
        starts_jobs: whether a command was run in the background.
        reads_skills: whether instructions of a skill were asked for, by a call or by `/name` of the person.
    """

    names: dict[str, None] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    starts_jobs: bool = False
    reads_skills: bool = False
    _tools: dict[str, str] = field(default_factory=dict)

    def add(self, message: Message) -> None:
        for block in message.blocks:
            match block:
                case ToolUseBlock(call_id, name, arguments):
                    self.names[name] = None
                    self._tools[call_id] = name
                    self.starts_jobs |= name == "bash" and arguments.get("background") is True
                    self.reads_skills |= name == TOOL
                case ToolResultBlock(call_id, is_error=True) if call_id in self._tools:
                    self.failed.add(self._tools[call_id])
                case TextBlock(text):
                    self.reads_skills |= TOOL in text
                case _:
                    pass


Need = Callable[[str, CallsMade], bool]
"""Takes the session and what its messages say; whether a tool is of use in the next request."""


def occasions(
    *,
    is_planning: Callable[[], bool],
    has_jobs: Callable[[str], bool],
    has_instruction_skills: Callable[[], bool],
    skill_tools: Callable[[], Collection[str]],
) -> Mapping[str, Need]:
    """For each occasional tool, by name, a function that says whether it is needed.

    Args:
        is_planning: whether the mode is plan now.
        has_jobs: whether background jobs of a session are known, running or ended.
        has_instruction_skills: whether there is a skill that is nothing but instructions.
        skill_tools: names of the tools that skills brought.
    """

    def background(session_id: str, made: CallsMade) -> bool:
        return has_jobs(session_id) or made.starts_jobs

    def skills(_session_id: str, made: CallsMade) -> bool:
        """Offer `load_skill` after a failed call of a skill: its instructions may say why it failed."""
        return has_instruction_skills() or made.reads_skills or not made.failed.isdisjoint(skill_tools())

    return {
        "plan": lambda _session_id, _made: is_planning(),
        "job_output": background,
        "job_kill": background,
        TOOL: skills,
    }
