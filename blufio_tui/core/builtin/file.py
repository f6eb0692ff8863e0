"""The `file` tool."""

import json
from typing import Any

from blufio_tui.core.builtin.common import (
    BadArguments,
    Perform,
    built_in,
    number_argument,
    outcome_of,
    shortened,
    text_argument,
)
from blufio_tui.core.effects import ListDir, ReadFile, WriteFile
from blufio_tui.core.files.encodings import read_text
from blufio_tui.core.files.seen import SeenFiles
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

PAGE_LINES = 1000
PAGE_CHARACTERS = 15_000
MAX_LINE = 2_000
_MAX_NUMBER = 1_000_000_000


_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {
        "action": {"type": "string", "enum": ["read", "write", "list"]},
        "path": {"type": "string", "minLength": 1},
        "content": {"type": "string", "description": "For write: the whole new content."},
        "offset": {"type": "integer", "minimum": 1, "description": "For read: the first line, from 1."},
        "limit": {"type": "integer", "minimum": 1, "description": "For read: how many lines."},
    },
    "required": ["action", "path"],
    "additionalProperties": False,
}


class FileTool:
    """Reads, writes and lists."""

    name = "file"
    description = (
        "Read, write or list files. Paths are relative to the project folder, absolute, or start with ~/. "
        f"Reading returns numbered lines, at most {PAGE_LINES} and {PAGE_CHARACTERS:,} characters; offset and "
        "limit (lines) page through a longer file. To change a part of a file use `edit`; to find text or names use "
        "`search` and `find`. Writing replaces the whole file and makes missing folders. Nobody is asked about reading "
        "in the project, credentials excepted; about writing, and about everything elsewhere, the person may be asked."
    )
    input_schema = _SCHEMA

    def __init__(self, perform: Perform, seen: SeenFiles | None = None) -> None:
        self._perform = perform
        self._seen = seen or SeenFiles()
        self._actor = built_in(self.name)

    def change_of(self, arguments: ReadOnlyObject) -> str:
        action = arguments.get("action")
        return "" if action in ("read", "list") else f"{self.name} {action} {arguments.get('path', '')}"

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._act(arguments, context))

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
        result = await self._perform(ReadFile(path), self._actor, context)
        self._seen.note(context.session_id, result.path, result.data)
        content = page(path, result.data, offset, limit)
        return ToolOutcome(content, for_model=f"{first_line(path, result.data, offset, limit)}\n{content}")

    async def _write(self, path: str, arguments: JsonObject, context: CallContext) -> str:
        content = text_argument(arguments, "content").encode("utf-8", "surrogatepass")
        written = await self._perform(WriteFile(path, content), self._actor, context)
        self._seen.note(context.session_id, written.path, content)
        return f"wrote {len(content)} bytes to {path}"

    async def _list(self, path: str, context: CallContext) -> str:
        result = await self._perform(ListDir(path), self._actor, context)
        entries = json.loads(result.data)
        return shortened("\n".join(_entry_line(entry) for entry in entries)) or "(the folder is empty)"


def page(path: str, data: bytes, offset: int, limit: int) -> str:
    """Lines `offset` to `offset + limit - 1` of a text, each after its number and a tab, and how to get the next ones.

    A newline alone ends a line, as for `edit` and `search`, so that the numbers of all three agree.
    """
    file = read_text(data)
    if file is None:
        return f"{path} is a binary file of {len(data)} bytes; it cannot be shown as text"
    lines = _lines(file.text)
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


def first_line(path: str, data: bytes, offset: int, limit: int) -> str:
    """What the result is, where no content can imitate it: `inv/money.py, lines 1-16 of 16`."""
    name, file = visible_line(path), read_text(data)
    if file is None or not file.text:
        return f"{name}, {len(data)} bytes"
    lines = _lines(file.text)
    last = offset - 1 + len(_selected(lines, offset, limit))
    return f"{name}, lines {offset}-{last} of {len(lines)}"


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


def _selected(lines: list[str], offset: int, limit: int) -> list[str]:
    end = offset - 1 + min(limit, PAGE_LINES)
    return _fitting([_numbered(number, line) for number, line in enumerate(lines[offset - 1 : end], offset)])


def _fitting(lines: list[str]) -> list[str]:
    """As many whole lines as fit into a page, at least one."""
    total = 0
    for count, line in enumerate(lines):
        total += len(line) + 1
        if total > PAGE_CHARACTERS and count:
            return lines[:count]
    return lines


def _numbered(number: int, line: str) -> str:
    bare = line.removesuffix("\r")
    if len(bare) > MAX_LINE:
        bare = f"{bare[:MAX_LINE]} [… {len(bare) - MAX_LINE} more characters in this line]"
    return f"{number:>6}\t{bare}"


def _entry_line(entry: dict[str, Any]) -> str:
    name = json.dumps(entry["name"], ensure_ascii=False)[1:-1]
    if entry["type"] == "file":
        return f"{name} ({entry['size']} bytes)"
    return f"{name}/" if entry["type"] == "dir" else f"{name} ({entry['type']})"
