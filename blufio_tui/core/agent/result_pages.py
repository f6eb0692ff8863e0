"""Huge tool results: stored whole, sent cut, read on page by page."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from blufio_tui.core.conversation import Block, Message, ToolResultBlock
from blufio_tui.core.sessions.conversation_repair import tool_results
from blufio_tui.core.sessions.store import SessionStore
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

PAGE_CHARS = 15_000


@dataclass(frozen=True, slots=True)
class ResultPage:
    """A part of a long output, and how many characters the whole has."""

    text: str
    total: int


class LongOutputs(Protocol):
    """Outputs that are too long for the conversation, kept whole."""

    async def page(self, session_id: str, call_id: str, offset: int, limit: int) -> ResultPage | None:
        """Characters `offset` to `offset + limit`; None when no long output of that call is kept."""
        ...


def cut_results(messages: Iterable[Message], limit: int) -> list[Message]:
    """The messages with every tool result longer than `limit` characters cut in its middle."""
    return [_with_cut_results(message, limit) for message in messages]


def _with_cut_results(message: Message, limit: int) -> Message:
    if not any(len(result.content) > limit for result in tool_results(message)):
        return message
    return replace(message, blocks=tuple(_cut(block, limit) for block in message.blocks))


def _cut(block: Block, limit: int) -> Block:
    if not isinstance(block, ToolResultBlock) or len(block.content) <= limit:
        return block
    content = block.content
    room = max(limit - _NOTE_ROOM, 0)
    head, tail = _line_end_before(content, room * 3 // 4), _line_start_after(content, len(content) - room // 4)
    line = content.count("\n", 0, head) + 1
    note = (
        f"\n[… {tail - head:,} characters left out here, from line {line} on. Read them with "
        f'read_result {{"call_id": "{block.tool_use_id}", "offset": {head}}}]\n'
    )
    return replace(block, content=content[:head] + note + content[tail:])


_NOTE_ROOM = 300
"""Characters that the note about a cut may take, so that what is sent stays within its limit."""


def _line_end_before(text: str, end: int) -> int:
    """The last line end up to `end`; `end` itself where the line before it is longer than half of that."""
    found = text.rfind("\n", 0, end) + 1
    return found if found > end // 2 else end


def _line_start_after(text: str, start: int) -> int:
    """The first line start from `start` on; `start` itself where the line there takes half of what follows."""
    found = text.find("\n", start) + 1
    return found if 0 < found < start + (len(text) - start) // 2 else start


_INPUT_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "required": ["call_id"],
    "additionalProperties": False,
    "properties": {
        "call_id": {"type": "string", "description": "id of the tool call, as the note in its result gives it"},
        "offset": {"type": "integer", "minimum": 0, "description": "first character to return, default 0"},
        "limit": {
            "type": "integer",
            "minimum": 1,
            "maximum": PAGE_CHARS,
            "description": "most characters to return",
        },
    },
}


class ReadResultTool:
    """Lets the model read a result of this session that it was sent cut."""

    name = "read_result"
    description = (
        "Read a part of an earlier tool result of this conversation that was too long to be sent whole. "
        f"Returns up to {PAGE_CHARS:,} characters from `offset`. Nobody is asked; what the call did is not done again."
    )

    def __init__(self, store: SessionStore, outputs: LongOutputs | None = None) -> None:
        self._store = store
        self._outputs = outputs
        self.input_schema = _INPUT_SCHEMA

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        return ""

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        call_id, offset, limit = arguments["call_id"], arguments.get("offset", 0), arguments.get("limit", PAGE_CHARS)
        assert isinstance(call_id, str) and isinstance(offset, int) and isinstance(limit, int)
        page = await self._page(context.session_id, call_id, offset, limit)
        if page is None:
            return ToolOutcome(f"there is no result of a call {call_id!r} in this session", is_error=True)
        if offset >= page.total:
            return ToolOutcome(
                f"offset {offset} is past the end: the result has {page.total} characters", is_error=True
            )
        end = offset + len(page.text)
        more = f"read on at offset {end}" if end < page.total else "this is the end"
        return ToolOutcome(f"{page.text}\n\n[characters {offset} to {end} of {page.total}; {more}]")

    async def _page(self, session_id: str, call_id: str, offset: int, limit: int) -> ResultPage | None:
        if self._outputs is not None and (page := await self._outputs.page(session_id, call_id, offset, limit)):
            return page
        content = await self._find(session_id, call_id)
        return None if content is None else ResultPage(content[offset : offset + limit], len(content))

    async def _find(self, session_id: str, call_id: str) -> str | None:
        for stored in reversed(await self._store.all_messages(session_id)):
            for result in tool_results(stored.message):
                if result.tool_use_id == call_id:
                    return result.content
        return None
