"""Turn what is stored into a conversation that the Messages API accepts.

A session is written step by step, so it can end anywhere: a process that was killed leaves calls without
results, results are stored one by one as they complete, a person may write twice in a row. The rules of the
API are restored here, on values, each time a request is built, and without running any tool again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from blufio_tui.core.conversation import (
    Block,
    ImageBlock,
    Message,
    RedactedThinkingBlock,
    Role,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)

INTERRUPTED = (
    "interrupted: this call was cut off before its result was recorded. "
    "It is not known what it did; check before you repeat it."
)
CONTINUE = "Continue."


def for_the_api(messages: Iterable[Message]) -> tuple[Message, ...]:
    """The same conversation under the API's rules.

    Roles alternate and start and end with the user; every `tool_use` has its `tool_result` in the next
    message, in the order of the calls; results without a call, repeated calls and results, empty text and blocks
    that have no place in a role (an imported session may hold anything) are left out.
    """
    repair = Repair()
    for message in messages:
        repair.add(message)
    return repair.repaired()


class Repair:
    """`for_the_api` message by message. What came out before the last message stays as it is, the same objects."""

    def __init__(self) -> None:
        self._called: set[str] = set()
        self._settled: list[Message] = []
        self._open: Message | None = None
        """The last message, with which another of the person may be merged."""

    def add(self, message: Message) -> None:
        sendable = _sendable(message, self._called)
        if sendable is None:
            return
        if self._open is not None:
            # Replies are never merged: thinking must come first in each.
            if self._open.role is sendable.role is Role.USER:
                sendable = _user(*self._open.blocks, *sendable.blocks)
            else:
                _append(self._settled, self._open)
        self._open = sendable

    def repaired(self) -> tuple[Message, ...]:
        end = self._settled[-1:]
        if self._open is not None:
            _append(end, self._open)
        _close_open_calls(end)
        if end and end[-1].role is Role.ASSISTANT:
            end.append(_user(TextBlock(CONTINUE)))
        return (*self._settled[:-1], *end)


def dangling_calls(messages: Sequence[Message]) -> tuple[ToolUseBlock, ...]:
    """The calls of the last reply that have no result yet."""
    answered: set[str] = set()
    for message in reversed(messages):
        if message.role is Role.ASSISTANT:
            return tuple(call for call in tool_uses(message) if call.id not in answered)
        answered.update(result.tool_use_id for result in tool_results(message))
    return ()


def interrupted_result(call: ToolUseBlock) -> ToolResultBlock:
    return ToolResultBlock(call.id, INTERRUPTED, is_error=True)


_THINKING = (ThinkingBlock, RedactedThinkingBlock)


def without_thinking(message: Message) -> Message:
    kept = tuple(block for block in message.blocks if not isinstance(block, _THINKING))
    return replace(message, blocks=kept)


def tool_uses(message: Message) -> tuple[ToolUseBlock, ...]:
    return tuple(block for block in message.blocks if isinstance(block, ToolUseBlock))


def tool_results(message: Message) -> tuple[ToolResultBlock, ...]:
    return tuple(block for block in message.blocks if isinstance(block, ToolResultBlock))


def _user(*blocks: Block) -> Message:
    return Message(Role.USER, blocks)


_IN_ROLE: dict[Role, tuple[type[Block], ...]] = {
    Role.USER: (TextBlock, ImageBlock, ToolResultBlock),
    Role.ASSISTANT: (TextBlock, ThinkingBlock, RedactedThinkingBlock, ToolUseBlock),
}


def _sendable(message: Message, called: set[str]) -> Message | None:
    """The message with the blocks that may be in it; one of nothing but thinking is none."""
    blocks = tuple(block for block in message.blocks if _may_be_sent(block, message.role, called))
    if not any(not isinstance(block, _THINKING) for block in blocks):
        return None
    return message if len(blocks) == len(message.blocks) else Message(message.role, blocks)


def _may_be_sent(block: Block, role: Role, called: set[str]) -> bool:
    if not isinstance(block, _IN_ROLE[role]):
        return False
    match block:
        case TextBlock(text):
            return bool(text.strip())
        case ToolUseBlock(call_id):
            is_new = call_id not in called
            called.add(call_id)
            return is_new
        case _:
            return True


def _append(repaired: list[Message], message: Message) -> None:
    if message.role is Role.USER:
        answered = _answering(repaired[-1] if repaired else None, message)
        if answered.blocks:
            repaired.append(answered)
        return
    _close_open_calls(repaired)
    if not repaired or repaired[-1].role is Role.ASSISTANT:
        repaired.append(_user(TextBlock(CONTINUE)))
    repaired.append(message)


def _close_open_calls(repaired: list[Message]) -> None:
    if repaired and repaired[-1].role is Role.ASSISTANT and tool_uses(repaired[-1]):
        repaired.append(_answering(repaired[-1], _user()))


def _answering(reply: Message | None, message: Message) -> Message:
    """The user message that answers every call of `reply`, results first, and holds no other results."""
    calls = tool_uses(reply) if reply and reply.role is Role.ASSISTANT else ()
    if not calls and not any(isinstance(block, ToolResultBlock) for block in message.blocks):
        return message
    found: dict[str, ToolResultBlock] = {}
    for result in tool_results(message):
        found.setdefault(result.tool_use_id, result)
    results = [found.get(call.id) or interrupted_result(call) for call in calls]
    others = [block for block in message.blocks if not isinstance(block, ToolResultBlock)]
    return _user(*results, *others)
