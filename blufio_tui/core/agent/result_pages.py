"""Huge tool results: stored whole, sent cut, read on page by page."""

from collections.abc import Iterable
from dataclasses import replace

from blufio_tui.core.conversation import Block, Message, ToolResultBlock
from blufio_tui.core.sessions.conversation_repair import tool_results
from blufio_tui.core.sessions.store import SessionStore
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

PAGE_CHARS = 20_000


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
    head, tail = limit * 3 // 4, limit // 4
    left_out = len(block.content) - head - tail
    note = (
        f"\n\n[… {left_out:,} characters left out here, from offset {head}. The whole result is stored: read on with "
        f'read_result {{"call_id": "{block.tool_use_id}", "offset": {head}}}]\n\n'
    )
    return replace(block, content=block.content[:head] + note + block.content[-tail:])


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
        f"Returns up to {PAGE_CHARS:,} characters from `offset`."
    )

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self.input_schema = _INPUT_SCHEMA

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        return ""

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        call_id, offset, limit = arguments["call_id"], arguments.get("offset", 0), arguments.get("limit", PAGE_CHARS)
        assert isinstance(call_id, str) and isinstance(offset, int) and isinstance(limit, int)
        content = await self._find(context.session_id, call_id)
        if content is None:
            return ToolOutcome(f"there is no result of a call {call_id!r} in this session", is_error=True)
        if offset >= len(content):
            return ToolOutcome(
                f"offset {offset} is past the end: the result has {len(content)} characters", is_error=True
            )
        end = min(offset + limit, len(content))
        more = f"read on at offset {end}" if end < len(content) else "this is the end"
        return ToolOutcome(f"{content[offset:end]}\n\n[characters {offset} to {end} of {len(content)}; {more}]")

    async def _find(self, session_id: str, call_id: str) -> str | None:
        for stored in reversed(await self._store.all_messages(session_id)):
            for result in tool_results(stored.message):
                if result.tool_use_id == call_id:
                    return result.content
        return None
