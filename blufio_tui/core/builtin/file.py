"""The `file` tool."""

import asyncio
import errno
import json
from typing import Any

from blufio_tui.core.builtin.common import (
    BadArguments,
    Mask,
    Perform,
    built_in,
    number_argument,
    outcome_of,
    refuse_hidden_key,
    relative,
    text_argument,
    whole_lines,
)
from blufio_tui.core.builtin.missing import is_missing, named_better
from blufio_tui.core.builtin.pdf_pages import ReadPdf, is_pdf, shown_pages
from blufio_tui.core.effects import ListDir, ReadFile, WriteFile
from blufio_tui.core.errors import HostError
from blufio_tui.core.files.encodings import read_text, with_mark_of
from blufio_tui.core.files.line_changes import change_words
from blufio_tui.core.files.seen import SeenFiles
from blufio_tui.core.pictures import image_type, picture_for_model
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.text.key_masks import MARK
from blufio_tui.core.tools import CallContext, ToolOutcome

PAGE_LINES = 1000
PAGE_CHARACTERS = 15_000
MAX_LINE = 2_000
MAX_LISTED = 200
_MAX_NUMBER = 1_000_000_000


_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {
        "action": {"type": "string", "enum": ["read", "write", "list"]},
        "path": {"type": "string", "minLength": 1},
        "content": {"type": "string"},
        "offset": {"type": "integer", "minimum": 1},
        "limit": {"type": "integer", "minimum": 1},
        "column": {"type": "integer", "minimum": 1, "description": "With limit 1: begin the line here."},
    },
    "required": ["action", "path"],
    "additionalProperties": False,
}


class FileTool:
    """Reads, writes and lists."""

    name = "file"
    description = (
        f"Read: numbered lines, at most {PAGE_LINES} and {PAGE_CHARACTERS:,} characters; `offset` (first line) and "
        "`limit` (lines) page on. Pictures are shown, of a PDF the text of its pages. Write: the whole file; for parts "
        "use `edit`. List: a folder. Paths: in the project, absolute or ~/. Reading and listing the project never "
        "asks, the rest may."
    )
    input_schema = _SCHEMA

    def __init__(
        self,
        perform: Perform,
        seen: SeenFiles | None = None,
        *,
        project: str = "",
        mask: Mask = str,
        read_pdf: ReadPdf | None = None,
    ) -> None:
        self._read_pdf = read_pdf
        self._project = project
        self._mask = mask
        self._perform = perform
        self._seen = seen or SeenFiles()
        self._actor = built_in(self.name)

    def change_of(self, arguments: ReadOnlyObject) -> str:
        action = arguments.get("action")
        return "" if action in ("read", "list") else f"{self.name} {action} {arguments.get('path', '')}"

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._act(arguments, context), self._project)

    async def _act(self, arguments: JsonObject, context: CallContext) -> str | ToolOutcome:
        path = text_argument(arguments, "path")
        match text_argument(arguments, "action"):
            case "read":
                return await self._read(path, arguments, context)
            case "write":
                return await self._write(path, arguments, context)
            case "list":
                return await self._list(path, context)
            case other:
                raise BadArguments(f"action must be read, write or list, not {other!r}")

    async def _read(self, path: str, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        offset = int(number_argument(arguments, "offset", 1, 1, _MAX_NUMBER))
        limit = int(number_argument(arguments, "limit", PAGE_LINES, 1, _MAX_NUMBER))
        column = int(number_argument(arguments, "column", 1, 1, _MAX_NUMBER))
        try:
            result = await self._perform(ReadFile(path), self._actor, context)
        except HostError as error:
            if error.errno == errno.EISDIR:
                return await self._list(path, context)
            raise await named_better(error, path, self._perform, self._actor, context) from error
        self._seen.note(context.session_id, result.path, result.data, path)
        if image_type(result.data):
            return await self._picture(path, result.data)
        if self._read_pdf is not None and is_pdf(result.data):
            read = await self._read_pdf(result.data, offset, PAGE_CHARACTERS)
            return ToolOutcome(self._mask(shown_pages(self._shown(path), read, offset, limit, PAGE_CHARACTERS)))
        if "column" in arguments:
            return ToolOutcome(line_part(self._shown(path), result.data, offset, column, self._mask))
        content = page(self._shown(path), result.data, offset, limit, self._mask)
        return ToolOutcome(
            content, for_model=f"{first_line(self._shown(path), result.data, offset, limit, self._mask)}\n{content}"
        )

    async def _picture(self, path: str, data: bytes) -> ToolOutcome:
        name = visible_line(self._shown(path))
        try:
            image, words = await asyncio.to_thread(picture_for_model, data)
        except ValueError as error:
            raise BadArguments(f"{name} cannot be shown. {error}") from None
        return ToolOutcome(f"{name}, {words}", images=(image,))

    async def _write(self, path: str, arguments: JsonObject, context: CallContext) -> str:
        text = text_argument(arguments, "content")
        if MARK in text:
            refuse_hidden_key(path, await self._text_now(path, context), text, self._mask)
        content = with_mark_of(self._seen.content(context.session_id, path), text)
        effect = WriteFile(path, content, counted=True, keeps_mark=True)
        written = await self._perform(effect, self._actor, context)
        self._seen.note(context.session_id, written.path, content, path)
        shown = self._shown(path)
        return change_words(shown, written.change) if written.change else f"wrote {len(content)} bytes to {shown}"

    def _shown(self, path: str) -> str:
        return relative(path, self._project) or "."

    async def _text_now(self, path: str, context: CallContext) -> str:
        try:
            file = read_text((await self._perform(ReadFile(path), self._actor, context)).data)
        except HostError as error:
            if is_missing(error):
                return ""
            raise
        return file.text if file else ""

    async def _list(self, path: str, context: CallContext) -> ToolOutcome:
        try:
            result = await self._perform(ListDir(path), self._actor, context)
        except HostError as error:
            if error.errno == errno.ENOTDIR:
                said = f'{path} is not a folder but a file, or lies below one; {{"action": "read"}} reads files'
                raise HostError(said, error.errno) from error
            raise await named_better(error, path, self._perform, self._actor, context) from error
        entries = json.loads(result.data)
        content = "\n".join([*map(_entry_line, entries[:MAX_LISTED]), *_rest_of_list(path, len(entries))])
        content = content or "(the folder is empty)"
        name = visible_line(self._shown(path)).rstrip("/") or "/"
        return ToolOutcome(
            content,
            for_model=f"{name}, a folder, {len(entries)} {'entry' if len(entries) == 1 else 'entries'}\n{content}",
        )


def page(path: str, data: bytes, offset: int, limit: int, mask: Mask = str) -> str:
    """Lines `offset` to `offset + limit - 1` of a text, each after its number and a tab, with a note on how to
    continue.

    Only a newline ends a line, as in `edit` and `search`, so that line numbers agree.

    Args:
        mask: gets the whole text, since a key may be longer than a page; must keep line breaks.
    """
    file = read_text(data)
    if file is None:
        return f"{path} is a binary file of {len(data)} bytes; it cannot be shown as text"
    lines = _lines(mask(file.text))
    if not lines:
        return "(the file is empty)"
    if offset > len(lines):
        raise BadArguments(f"{path} has {len(lines)} lines; offset {offset} is past the end")
    shown = _selected(lines, offset, limit)
    last = offset - 1 + len(shown)
    if offset == 1 and last == len(lines):
        return "\n".join(shown)
    where = f"[lines {offset} to {last} of {len(lines)} of {path}"
    more = f"; go on with offset {last + 1}]" if last < len(lines) else "; this is the end]"
    return "\n".join([*shown, where + more])


def first_line(path: str, data: bytes, offset: int, limit: int, mask: Mask = str) -> str:
    """The first line of a result, which no content can imitate: `inv/money.py, lines 1-16 of 16`."""
    name, file = visible_line(path), read_text(data)
    if file is None or not file.text:
        return f"{name}, {len(data)} bytes"
    lines = _lines(mask(file.text))
    last = offset - 1 + len(_selected(lines, offset, limit))
    return f"{name}, lines {offset}-{last} of {len(lines)}"


def line_part(path: str, data: bytes, number: int, column: int, mask: Mask = str) -> str:
    """One line from a character on, for lines that are longer than a page shows."""
    file = read_text(data)
    lines = _lines(mask(file.text)) if file else []
    if number > len(lines):
        raise BadArguments(f"{path} has {len(lines)} lines; offset {number} is past the end")
    line = lines[number - 1].removesuffix("\r")
    if column > max(len(line), 1):
        raise BadArguments(f"line {number} of {path} has {len(line)} characters; column {column} is past the end")
    part = line[column - 1 : column - 1 + PAGE_CHARACTERS]
    last = column - 1 + len(part)
    more = f"; go on with column {last + 1}" if last < len(line) else "; this is its end"
    return f"{visible_line(path)}, line {number}, characters {column}-{last} of {len(line)}{more}\n{part}"


def _rest_of_list(path: str, total: int) -> list[str]:
    if total <= MAX_LISTED:
        return []
    where = json.dumps(path, ensure_ascii=False)
    return [f'[{total - MAX_LISTED:,} more of {total:,}; find {{"glob": …, "path": {where}}} lists those that match]']


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


def _selected(lines: list[str], offset: int, limit: int) -> list[str]:
    end = offset - 1 + min(limit, PAGE_LINES)
    numbered = [_numbered(number, line) for number, line in enumerate(lines[offset - 1 : end], offset)]
    return whole_lines(numbered, PAGE_CHARACTERS)


def _numbered(number: int, line: str) -> str:
    bare = line.removesuffix("\r")
    if len(bare) > MAX_LINE:
        rest = f'read on with "offset": {number}, "limit": 1, "column": {MAX_LINE + 1}'
        bare = f"{bare[:MAX_LINE]} [… {len(bare) - MAX_LINE} more characters in this line; {rest}]"
    return f"{number:>6}\t{bare}"


def _entry_line(entry: dict[str, Any]) -> str:
    name = json.dumps(entry["name"], ensure_ascii=False)[1:-1]
    if entry["type"] == "file":
        return f"{name} ({entry['size']} bytes)"
    return f"{name}/" if entry["type"] == "dir" else f"{name} ({entry['type']})"
