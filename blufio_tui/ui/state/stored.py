"""A stored conversation as entries."""

from collections.abc import Sequence

from blufio_tui.core.conversation import Role, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from blufio_tui.core.sessions import MessageState, StoredMessage
from blufio_tui.ui.content.summaries import input_summary
from blufio_tui.ui.markdown.growing import GrowingMarkdown
from blufio_tui.ui.state.entries import Entry, Reply, Thought, ToolLine, UserSaid
from blufio_tui.ui.state.states import State


def entries_from(messages: Sequence[StoredMessage]) -> list[Entry]:
    """Entries in order; a tool call whose result is not stored counts as cancelled."""
    entries: list[Entry] = []
    calls: dict[str, ToolLine] = {}
    for stored in messages:
        for block in stored.message.blocks:
            match block:
                case ToolResultBlock():
                    _finish(calls.get(block.tool_use_id), block)
                case TextBlock() if stored.message.role is Role.USER:
                    entries.append(UserSaid(block.text))
                case TextBlock() if block.text.strip():
                    note = "interrupted" if stored.state is MessageState.PARTIAL else ""
                    entries.append(Reply(GrowingMarkdown(block.text, finished=True), live=False, note=note))
                case ThinkingBlock() if block.thinking:
                    entries.append(Thought(block.thinking, 0.0, live=False))
                case ToolUseBlock():
                    calls[block.id] = ToolLine(block.id, block.name, input_summary(block.input), 0.0, State.CANCELLED)
                    entries.append(calls[block.id])
                case _:
                    pass
    return entries


def _finish(line: ToolLine | None, result: ToolResultBlock) -> None:
    if line is not None:
        line.state, line.content = (State.ERROR if result.is_error else State.OK), result.content
