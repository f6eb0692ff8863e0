"""The `edit` tool: replaces pieces of a file, all of them or none."""

import hashlib
from collections.abc import Sequence

from blufio_tui.core.builtin.common import (
    BadArguments,
    Mask,
    Perform,
    built_in,
    outcome_of,
    refuse_hidden_key,
    relative,
    text_argument,
)
from blufio_tui.core.builtin.missing import describe_missing, is_missing
from blufio_tui.core.effects import EffectResult, ReadFile, WriteFile
from blufio_tui.core.errors import HostError
from blufio_tui.core.files.edits import Applied, Edit, Edited, EditError, Looseness, apply_edits
from blufio_tui.core.files.encodings import FileText, read_text
from blufio_tui.core.files.line_changes import change_words, line_change
from blufio_tui.core.files.seen import SeenFiles
from blufio_tui.core.text.json_types import Json, JsonObject, ReadOnlyObject
from blufio_tui.core.text.key_masks import MARK
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
                    "old": {"type": "string"},
                    "new": {"type": "string"},
                    "all": {"type": "boolean"},
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
    """Changes parts of an existing file, or creates a new one."""

    name = "edit"
    description = (
        "Change parts of a text file, instead of rewriting it or `sed`. `old` must be there exactly once (or set "
        "`all`), without the line numbers of `file`. All are made, in order, or none. An empty `old` makes a new file. "
        "Returns the lines around the change. Asks, unless the mode accepts edits."
    )
    input_schema = _SCHEMA

    def __init__(self, perform: Perform, seen: SeenFiles, *, project: str = "", mask: Mask = str) -> None:
        self._project = project
        self._mask = mask
        self._perform = perform
        self._seen = seen
        self._actor = built_in(self.name)

    def change_of(self, arguments: ReadOnlyObject) -> str:
        return f"{self.name} {arguments.get('path', '')}"

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._act(arguments, context), self._project)

    async def _act(self, arguments: JsonObject, context: CallContext) -> str:
        path, edits = text_argument(arguments, "path"), _edits(arguments.get("edits"))
        found = await self._current(path, context)
        if not edits[0].old:
            return await self._make(path, edits, found, context)
        if found is None:
            missing = await describe_missing(path, self._perform, self._actor, context)
            raise BadArguments(f"{missing}. One edit with an empty `old` makes a new file")
        if changes := self._seen.changed(context.session_id, found.path, found.data):
            self._seen.note(context.session_id, found.path, found.data)
            raise BadArguments(f"{path} changed since you read it, so nothing was edited. What changed:\n{changes}")
        file = read_text(found.data)
        if file is None:
            raise BadArguments(f"{path} is a binary file; only text can be edited")
        edited, content = _edited(path, file, edits, self._mask)
        refuse_hidden_key(path, file.text, edited.text, self._mask)
        await self._write(path, content, hashlib.sha256(found.data).hexdigest(), context)
        return _report(change_words(relative(path, self._project), line_change(found.data, content)), edited)

    async def _current(self, path: str, context: CallContext) -> EffectResult | None:
        try:
            return await self._perform(ReadFile(path), self._actor, context)
        except HostError as error:
            if not is_missing(error):
                raise
            return None

    async def _make(self, path: str, edits: Sequence[Edit], found: EffectResult | None, context: CallContext) -> str:
        if len(edits) > 1:
            raise BadArguments("an empty `old` makes a new file and must be the only edit")
        if found is not None and found.data:
            raise BadArguments(f"{path} exists already; name the text to replace in `old`")
        content = edits[0].new.encode("utf-8", "surrogatepass")
        await self._write(path, content, "" if found is None else hashlib.sha256(b"").hexdigest(), context)
        return change_words(relative(path, self._project), line_change(None if found is None else found.data, content))

    async def _write(self, path: str, content: bytes, replaces: str, context: CallContext) -> None:
        written = await self._perform(WriteFile(path, content, replaces), self._actor, context)
        self._seen.note(context.session_id, written.path, content, path)


def _edits(value: Json) -> list[Edit]:
    if not isinstance(value, list) or not value:
        raise BadArguments("edits must be a list with at least one {old, new}")
    edits = []
    for one in value:
        if not isinstance(one, dict):
            raise BadArguments("each edit must be an object with old and new")
        edits.append(Edit(text_argument(one, "old"), text_argument(one, "new"), one.get("all") is True))
    return edits


def _edited(path: str, file: FileText, edits: Sequence[Edit], mask: Mask) -> tuple[Edited, bytes]:
    try:
        edited = apply_edits(file.text, edits)
        return edited, file.encoded(edited.text)
    except EditError as error:
        hidden = any(MARK in edit.old for edit in edits) and mask(file.text) != file.text
        hint = f" {MARK} stands for a key that you are not shown; leave its line out of `old`." if hidden else ""
        raise BadArguments(f"{path}: nothing was edited. {error}{hint}") from None
    except UnicodeEncodeError as error:
        odd = error.object[error.start : error.end]
        raise BadArguments(f"{path} is in {file.encoding}, which cannot hold {odd!r}; nothing was edited") from None


def _report(head: str, edited: Edited) -> str:
    """The result text: what was replaced where, with the new lines around it if they are few."""
    places = sum(len(one.lines) for one in edited.applied)
    head = f"{head}, {places} places" if places > 1 else head
    loose = [f"edit {number}: matched with {one.looseness}" for number, one in enumerate(edited.applied, 1)
             if one.looseness is not Looseness.EXACT]  # fmt: skip
    return "\n".join([head, *loose, *_shown_after(edited)])


def _shown_after(edited: Edited) -> list[str]:
    """Numbered lines around the last edit; the line numbers of earlier edits may have shifted."""
    last: Applied = edited.applied[-1]
    if len(last.lines) != 1:
        return [f"at lines {', '.join(map(str, last.lines[:20]))}{' …' if len(last.lines) > 20 else ''}"]
    lines = edited.text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    start = max(0, last.lines[0] - 1 - _AROUND)
    shown = lines[start : min(len(lines), last.lines[0] + 3 + _AROUND, start + _MAX_SHOWN_LINES)]
    return [f"{number:>6}\t{line[:300]}" for number, line in enumerate(shown, start + 1)]
