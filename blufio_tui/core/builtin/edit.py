"""The `edit` tool: replaces pieces of a file, all of them or none."""

import errno
import hashlib
from collections.abc import Sequence

from blufio_tui.core.builtin.common import (
    BadArguments,
    Perform,
    built_in,
    outcome_of,
    text_argument,
)
from blufio_tui.core.effects import EffectResult, ReadFile, WriteFile
from blufio_tui.core.errors import HostError
from blufio_tui.core.files.edits import Applied, Edit, Edited, EditError, Looseness, apply_edits
from blufio_tui.core.files.encodings import FileText, read_text
from blufio_tui.core.files.seen import SeenFiles
from blufio_tui.core.text.json_types import Json, JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

_AROUND = 2
_MAX_SHOWN_LINES = 60

_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "minLength": 1},
        "edits": {
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {
                "type": "object",
                "properties": {
                    "old": {"type": "string", "description": "Text to replace, exactly as in the file and unique."},
                    "new": {"type": "string", "description": "Text that takes its place."},
                    "all": {"type": "boolean", "description": "Replace every occurrence."},
                },
                "required": ["old", "new"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["path", "edits"],
    "additionalProperties": False,
}


class EditTool:
    """Changes parts of a file that is there, or makes a new one."""

    name = "edit"
    description = (
        "Replace pieces of a file; use it rather than writing the file whole or sed in `bash`. `old` must be in the "
        "file exactly once (or set `all`); leave out the line numbers that `file` shows. The edits are made in order, "
        "all or none. Ends of lines, encoding and mode stay. One edit with an empty `old` makes a new file. Returns "
        "the lines around each change. The person may be asked, and sees the difference."
    )
    input_schema = _SCHEMA

    def __init__(self, perform: Perform, seen: SeenFiles) -> None:
        self._perform = perform
        self._seen = seen
        self._actor = built_in(self.name)

    def change_of(self, arguments: ReadOnlyObject) -> str:
        return f"{self.name} {arguments.get('path', '')}"

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._act(arguments, context))

    async def _act(self, arguments: JsonObject, context: CallContext) -> str:
        path, edits = text_argument(arguments, "path"), _edits(arguments.get("edits"))
        found = await self._current(path, context)
        if not edits[0].old:
            return await self._make(path, edits, found, context)
        if found is None:
            raise BadArguments(f"{path} does not exist; one edit with an empty `old` makes it")
        if changes := self._seen.changed(context.session_id, found.path, found.data):
            self._seen.note(context.session_id, found.path, found.data)
            raise BadArguments(f"{path} changed since you read it, so nothing was edited. What changed:\n{changes}")
        file = read_text(found.data)
        if file is None:
            raise BadArguments(f"{path} is a binary file; only text can be edited")
        edited, content = _edited(path, file, edits)
        await self._write(path, content, hashlib.sha256(found.data).hexdigest(), context)
        return _report(path, edited)

    async def _current(self, path: str, context: CallContext) -> EffectResult | None:
        try:
            return await self._perform(ReadFile(path), self._actor, context)
        except HostError as error:
            if error.errno != errno.ENOENT:
                raise
            return None

    async def _make(self, path: str, edits: Sequence[Edit], found: EffectResult | None, context: CallContext) -> str:
        if len(edits) > 1:
            raise BadArguments("an empty `old` makes a new file and must be the only edit")
        if found is not None and found.data:
            raise BadArguments(f"{path} exists already; name the text to replace in `old`")
        content = edits[0].new.encode("utf-8", "surrogatepass")
        await self._write(path, content, "" if found is None else hashlib.sha256(b"").hexdigest(), context)
        return f"made {path}, {len(content)} bytes"

    async def _write(self, path: str, content: bytes, replaces: str, context: CallContext) -> None:
        written = await self._perform(WriteFile(path, content, replaces), self._actor, context)
        self._seen.note(context.session_id, written.path, content)


def _edits(value: Json) -> list[Edit]:
    if not isinstance(value, list) or not value:
        raise BadArguments("edits must be a list with at least one {old, new}")
    edits = []
    for one in value:
        if not isinstance(one, dict):
            raise BadArguments("each edit must be an object with old and new")
        edits.append(Edit(text_argument(one, "old"), text_argument(one, "new"), one.get("all") is True))
    return edits


def _edited(path: str, file: FileText, edits: Sequence[Edit]) -> tuple[Edited, bytes]:
    try:
        edited = apply_edits(file.text, edits)
        return edited, file.encoded(edited.text)
    except EditError as error:
        raise BadArguments(f"{path}: nothing was edited. {error}") from None
    except UnicodeEncodeError as error:
        odd = error.object[error.start : error.end]
        raise BadArguments(f"{path} is in {file.encoding}, which has no {odd!r}; nothing was edited") from None


def _report(path: str, edited: Edited) -> str:
    """What was replaced where, and the new lines around it when they are few."""
    places = sum(len(one.lines) for one in edited.applied)
    head = f"edited {path}: {places} replacement{'s' if places != 1 else ''}"
    loose = [f"edit {number}: matched with {one.looseness}" for number, one in enumerate(edited.applied, 1)
             if one.looseness is not Looseness.EXACT]  # fmt: skip
    return "\n".join([head, *loose, *_shown_after(edited)])


def _shown_after(edited: Edited) -> list[str]:
    """Numbered lines at the last edit, whose numbers are still right; earlier edits may have moved others."""
    last: Applied = edited.applied[-1]
    if len(last.lines) != 1:
        return [f"at lines {', '.join(map(str, last.lines[:20]))}{' …' if len(last.lines) > 20 else ''}"]
    lines = edited.text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    start = max(0, last.lines[0] - 1 - _AROUND)
    shown = lines[start : min(len(lines), last.lines[0] + 3 + _AROUND, start + _MAX_SHOWN_LINES)]
    return [f"{number:>6}\t{line[:300]}" for number, line in enumerate(shown, start + 1)]
