"""A stored conversation as the updates that an editor is sent when it loads it."""

from collections.abc import Iterator, Sequence

from acp.schema import ToolCallStart, UserMessageChunk

from blufio_tui.acp.content import fenced, text_block
from blufio_tui.acp.updates import (
    Update,
    message,
    note,
    plan,
    thought,
    tool_diffs,
    tool_kind,
    tool_locations,
    tool_title,
)
from blufio_tui.core.agent.own_calls import call_told_of
from blufio_tui.core.agent.steering import added_text
from blufio_tui.core.conversation import Role, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from blufio_tui.core.events import NoticeLevel
from blufio_tui.core.sessions.records import SUMMARY_HEAD, MessageState, StoredMessage
from blufio_tui.core.shell.output import plain
from blufio_tui.core.text.display import visible
from blufio_tui.core.text.unicode import well_formed_json
from blufio_tui.core.todo import TOOL as TODO
from blufio_tui.core.todo import latest_todo
from blufio_tui.ui.state.attached import attached_labels, attachments_of

Results = dict[str, ToolResultBlock]


def history(messages: Sequence[StoredMessage], project: str) -> Iterator[Update | UserMessageChunk]:
    """In order; the plan last, as it stands now."""
    blocks = (block for stored in messages for block in stored.message.blocks)
    results = {block.tool_use_id: block for block in blocks if isinstance(block, ToolResultBlock)}
    for stored in messages:
        if stored.is_summary:
            yield note(f"Summary: {stored.message.text.removeprefix(SUMMARY_HEAD)}", NoticeLevel.INFO)
        elif stored.message.role is Role.USER:
            yield from _said(stored)
        else:
            yield from _replied(stored, results, project)
        if stored.ending.error:
            yield note(stored.ending.error, NoticeLevel.ERROR)
        if stored.end_in_words:
            yield note(f"How this turn ended: {stored.end_in_words}.", NoticeLevel.INFO)
    if todo := latest_todo(stored.message for stored in messages):
        yield plan(todo)


def _said(stored: StoredMessage) -> Iterator[Update | UserMessageChunk]:
    """What the person wrote, without what went with it; results of tools are shown at their calls."""
    if any(isinstance(block, ToolResultBlock) for block in stored.message.blocks):
        return
    typed = stored.message.typed
    if call := call_told_of(typed):
        yield _user(call[0])
        yield message(call[1])
        return
    added = added_text(stored.message)
    labels = "".join(f"\n📎 {label}" for label in attached_labels(attachments_of(stored.message.blocks)))
    if text := (typed if added is None else added) + labels:
        yield _user(text)


def _replied(stored: StoredMessage, results: Results, project: str) -> Iterator[Update]:
    for block in stored.message.blocks:
        match block:
            case TextBlock() if block.text.strip():
                yield message(block.text)
            case ThinkingBlock() if block.thinking:
                yield thought(block.thinking)
            case ToolUseBlock() if block.name != TODO:
                yield _call(stored, block, results.get(block.id), project)
            case _:
                pass
    if stored.state is MessageState.PARTIAL:
        yield note("This reply was interrupted.", NoticeLevel.INFO)


def _call(stored: StoredMessage, block: ToolUseBlock, result: ToolResultBlock | None, project: str) -> ToolCallStart:
    """A call without a stored result counts as failed."""
    content = tool_diffs(block.name, block.input, project, None)
    if result is not None and result.content.strip():
        content.append(fenced(plain(result.content)))
    return ToolCallStart(
        session_update="tool_call",
        tool_call_id=f"stored{stored.message_id}-{block.id}",
        title=tool_title(block.name, block.input),
        kind=tool_kind(block.name, block.input),
        status="completed" if result is not None and not result.is_error else "failed",
        content=content,
        locations=tool_locations(block.name, block.input, project),
        raw_input=well_formed_json(block.input),
    )


def _user(text: str) -> UserMessageChunk:
    return UserMessageChunk(session_update="user_message_chunk", content=text_block(visible(text)))
