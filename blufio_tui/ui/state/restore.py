"""A stored conversation as entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from blufio_tui.core.agent.own_calls import call_told_of
from blufio_tui.core.agent.situation import without_news
from blufio_tui.core.agent.steering import added_text
from blufio_tui.core.conversation import Role, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from blufio_tui.core.events import NoticeLevel
from blufio_tui.core.sessions.records import SUMMARY_HEAD, MessageState, StoredMessage, ToolCallRecord
from blufio_tui.ui.state.attached import attached_labels, attachments_of
from blufio_tui.ui.state.entries import (
    Entry,
    Notice,
    Reply,
    Summary,
    Thought,
    ToolLine,
    TurnEnd,
    UserSaid,
    take_todo,
    tool_line,
)
from blufio_tui.ui.state.states import State, state_of_record
from blufio_tui.ui.text.incremental import GrowingMarkdown

Calls = Mapping[str, ToolCallRecord]
Places = Mapping[int, int]
_NO_CALLS: Calls = MappingProxyType({})
_NO_PLACES: Places = MappingProxyType({})


def entries_from(
    messages: Sequence[StoredMessage], calls: Calls = _NO_CALLS, places: Places = _NO_PLACES
) -> list[Entry]:
    """Entries in order; a tool call whose result is not stored counts as cancelled.

    Args:
        calls: what is known of the tool calls, by id.
        places: for prompts that have other versions, which one it is, by message id.
    """
    entries: list[Entry] = []
    lines: dict[str, ToolLine] = {}
    for stored in messages:
        if stored.is_summary:
            entries.append(summary_entry(stored, messages))
        elif stored.message.role is Role.USER:
            entries += _said(stored, places, lines)
        else:
            entries += _replied(stored, calls, lines)
        entries += _ended(stored)
    return entries


def said(stored: StoredMessage) -> str:
    """The prompt without what was attached."""
    return stored.message.typed


def is_prompt(stored: StoredMessage) -> bool:
    """Tool results, summaries, what the person ran or added to a turn are messages of the user's role too."""
    blocks = stored.message.blocks
    is_result = any(isinstance(block, ToolResultBlock) for block in blocks)
    is_words = bool(blocks) and not is_result and not stored.is_summary and added_text(stored.message) is None
    return stored.message.role is Role.USER and is_words and call_told_of(said(stored)) is None


def began_by(stored: StoredMessage) -> str:
    """What began the turn of this message, as the person typed it; "" if this is not how one begins."""
    if is_prompt(stored):
        return said(stored)
    call = call_told_of(said(stored)) if stored.message.role is Role.USER else None
    return call[0] if call is not None else ""


def summary_entry(stored: StoredMessage, messages: Sequence[StoredMessage]) -> Summary:
    """How many messages it stands for is known where the last of them is among `messages`."""
    last = next((one.position for one in messages if one.message_id == stored.stands_for), 0)
    texts = [block.text.removeprefix(SUMMARY_HEAD) for block in stored.message.blocks if isinstance(block, TextBlock)]
    return Summary("\n\n".join(texts), last, stored.turn_id, message_id=stored.message_id)


def _said(stored: StoredMessage, places: Places, lines: Mapping[str, ToolLine]) -> list[Entry]:
    for block in stored.message.blocks:
        if isinstance(block, ToolResultBlock) and (line := lines.get(block.tool_use_id)) is not None:
            _finish(line, block)
            take_todo(list(lines.values()), line)
    if call := call_told_of(said(stored)):
        shown, result = call
        replies = [Reply(GrowingMarkdown(result, finished=True), live=False)] if result.strip() else []
        return [UserSaid(shown, stored.turn_id), *replies]
    labels = attached_labels(attachments_of(stored.message.blocks))
    if (added := added_text(stored.message)) is not None:
        return [UserSaid(added, stored.turn_id, labels, added=True)]
    if not is_prompt(stored):
        return []
    place = places.get(stored.message_id, 1)
    return [UserSaid(said(stored), stored.turn_id, labels, stored.message_id, place, stored.versions)]


def _replied(stored: StoredMessage, calls: Calls, lines: dict[str, ToolLine]) -> list[Entry]:
    entries: list[Entry] = []
    for block in stored.message.blocks:
        match block:
            case TextBlock() if block.text.strip():
                entries.append(Reply(GrowingMarkdown(block.text, finished=True), live=False))
            case ThinkingBlock() if block.thinking:
                entries.append(Thought(block.thinking, 0.0, live=False))
            case ToolUseBlock():
                lines[block.id] = _tool_line(block, calls.get(block.id))
                entries.append(lines[block.id])
            case _:
                pass
    if stored.state is MessageState.PARTIAL:
        _mark_partial(entries)
    return entries


def _ended(stored: StoredMessage) -> list[Entry]:
    """How the turn ended whose last message this is, if it did not end well: what was said then."""
    error = [Notice(NoticeLevel.ERROR, stored.ending.error)] if stored.ending.error else []
    return [*error, TurnEnd(how)] if (how := stored.ending.in_words) else [*error]


def _mark_partial(entries: list[Entry]) -> None:
    replies = [entry for entry in entries if isinstance(entry, Reply)]
    if not replies:
        replies = [Reply(GrowingMarkdown("", finished=True), live=False)]
        entries += replies
    replies[-1].note = "interrupted"


def _tool_line(block: ToolUseBlock, record: ToolCallRecord | None) -> ToolLine:
    line = tool_line(block.id, block.name, block.input, 0.0, State.CANCELLED)
    if record is not None and record.finished:
        line.state, line.duration_ms = state_of_record(record), record.worked_ms
        line.content = without_news(record.content)
    return line


def _finish(line: ToolLine, result: ToolResultBlock) -> None:
    """The result that the model got, if nothing more is stored about the call."""
    if not line.content:
        line.state, line.content = (State.ERROR if result.is_error else State.OK), without_news(result.content)


def note_stored(entries: list[Entry], messages: Sequence[StoredMessage], places: Places) -> list[Entry]:
    """Tell entries that came by events where they are stored, and put in the summaries that were made meanwhile;
    the entries that look different now."""
    changed: list[Entry] = []
    prompts = [entry for entry in entries if isinstance(entry, UserSaid) and not entry.added]
    by_id = {entry.message_id: entry for entry in reversed(prompts) if entry.message_id}
    by_turn = {entry.turn_id: entry for entry in reversed(prompts) if not entry.message_id}
    for stored in messages:
        if is_prompt(stored):
            entry = by_id.get(stored.message_id) or by_turn.pop(stored.turn_id, None)
            changed += [entry] if entry and _note_prompt(entry, stored, places) else []
        elif stored.is_summary and not any(
            isinstance(e, Summary) and e.message_id == stored.message_id for e in entries
        ):
            at = len(entries) - 1 if entries and isinstance(entries[-1], TurnEnd) else len(entries)
            entries.insert(at, summary_entry(stored, messages))
    return changed


def _note_prompt(entry: UserSaid, stored: StoredMessage, places: Places) -> bool:
    """Tell a prompt where it is stored; whether it looks different now."""
    before = entry.version, entry.versions
    entry.message_id, entry.version = stored.message_id, places.get(stored.message_id, 1)
    entry.versions = stored.versions
    return before != (entry.version, entry.versions)
