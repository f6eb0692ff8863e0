"""Long tool results: stored whole, sent shortened, read in pages."""

import asyncio
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from blufio_tui.core.conversation import Block, Message, ToolResultBlock
from blufio_tui.core.sessions.conversation_repair import tool_results
from blufio_tui.core.sessions.store import SessionStore
from blufio_tui.core.text.advice import named, quoted
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.text.parts import LinePart, bounded_lines, fitting_lines, line_range, line_test, parse_range
from blufio_tui.core.tools import CallContext, ToolOutcome

PAGE_CHARS = 15_000


@dataclass(frozen=True, slots=True)
class ResultPage:
    """A part of a long output, and how many characters the whole has."""

    text: str
    total: int


class LongOutputs(Protocol):
    """Stored outputs that are too long for the conversation."""

    async def page(self, session_id: str, call_id: str, offset: int, limit: int) -> ResultPage | None:
        """Characters `offset` to `offset + limit`; None if no long output of that call is kept."""
        ...

    async def scan(self, session_id: str, call_id: str, pick: Callable[[Iterable[str]], LinePart]) -> LinePart | None:
        """The result of `pick` on the lines, each of bounded length; None if no long output of that call is stored."""
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
        f'read_result {{"call_id": "{block.tool_use_id}", "offset": {head}}}, by "lines" or by "pattern"]\n'
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
        "call_id": {"type": "string"},
        "lines": {"type": "string", "description": "Such as 120-180."},
        "pattern": {"type": "string"},
        "offset": {"type": "integer", "minimum": 0, "description": "In characters."},
        "limit": {"type": "integer", "minimum": 1, "maximum": PAGE_CHARS},
    },
}


class ReadResultTool:
    """Lets the model read a result of this session that was sent shortened."""

    name = "read_result"
    description = (
        "Read on in an earlier result that was sent cut, as its note says, instead of another call. Never asks."
    )

    def __init__(self, store: SessionStore, outputs: LongOutputs | None = None) -> None:
        self._store = store
        self._outputs = outputs
        self.input_schema = _INPUT_SCHEMA

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        return ""

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        call_id = str(arguments["call_id"])
        try:
            if "lines" in arguments or "pattern" in arguments:
                return await self._lines(arguments, call_id, context.session_id)
            return await self._characters(arguments, call_id, context.session_id)
        except ValueError as error:
            return ToolOutcome(str(error), is_error=True)

    async def _characters(self, arguments: JsonObject, call_id: str, session_id: str) -> ToolOutcome:
        offset, limit = arguments.get("offset", 0), arguments.get("limit", PAGE_CHARS)
        assert isinstance(offset, int) and isinstance(limit, int)
        page = await self._page(session_id, call_id, offset, limit)
        if page is None:
            raise ValueError(await self._unknown(session_id, call_id))
        if offset >= page.total:
            raise ValueError(f"offset {offset} is past the end: the result has {page.total} characters")
        text = page.text if offset + len(page.text) >= page.total else page.text[: _line_end_before(page.text, limit)]
        end = offset + len(text)
        more = f"read on at offset {end}" if end < page.total else "this is the end"
        return ToolOutcome(f"characters {offset} to {end} of {page.total}; {more}\n{text}")

    async def _lines(self, arguments: JsonObject, call_id: str, session_id: str) -> ToolOutcome:
        first, last = parse_range(str(arguments["lines"])) if "lines" in arguments else (1, 10**12)
        pattern = str(arguments.get("pattern", ""))
        fits = line_test(pattern) if pattern else None

        def pick(lines: Iterable[str]) -> LinePart:
            if fits is None:
                return line_range(lines, first, last, PAGE_CHARS)
            return fitting_lines(islice(lines, last), fits, first, PAGE_CHARS)

        part = await self._scan(session_id, call_id, pick)
        if part is None:
            raise ValueError(await self._unknown(session_id, call_id))
        shown = "\n".join(f"{number:>6}\t{line}" for number, line in part.lines)
        return ToolOutcome(f"{_part_head(part, pattern, first)}\n{shown}".rstrip("\n"))

    async def _page(self, session_id: str, call_id: str, offset: int, limit: int) -> ResultPage | None:
        if self._outputs is not None and (page := await self._outputs.page(session_id, call_id, offset, limit)):
            return page
        content = await self._find(session_id, call_id)
        return None if content is None else ResultPage(content[offset : offset + limit], len(content))

    async def _scan(self, session_id: str, call_id: str, pick: Callable[[Iterable[str]], LinePart]) -> LinePart | None:
        if self._outputs is not None and (part := await self._outputs.scan(session_id, call_id, pick)):
            return part
        content = await self._find(session_id, call_id)
        if content is None:
            return None
        return await asyncio.to_thread(lambda: pick(bounded_lines(io.StringIO(content, newline="\n"))))

    async def _find(self, session_id: str, call_id: str) -> str | None:
        for stored in reversed(await self._store.all_messages(session_id)):
            for result in tool_results(stored.message):
                if result.tool_use_id == call_id:
                    return result.content
        return None

    async def _unknown(self, session_id: str, call_id: str) -> str:
        """The error for an unknown call id. It lists the calls with long results, newest first, since models misspell
        ids."""
        stored = reversed(await self._store.all_messages(session_id))
        long = [one.tool_use_id for each in stored for one in tool_results(each.message) if len(one.content) > _LONG]
        return f"this session has no result of a call {quoted(call_id)}; calls with long results: {named(long)}"


_LONG = 8_000


def _part_head(part: LinePart, pattern: str, first: int) -> str:
    """The first line of a page, which says what the lines are; no line of the content can imitate it."""
    go_on = f'; go on with "lines": "{part.next}-"' if part.next else ""
    if pattern:
        return f"{part.total:,} {'line matches' if part.total == 1 else 'lines match'} {quoted(pattern)}{go_on}"
    if not part.lines:
        return f"line {first} is past the end: the result has {part.total:,} lines"
    return f"lines {part.lines[0][0]} to {part.lines[-1][0]} of {part.total:,}{go_on}"
