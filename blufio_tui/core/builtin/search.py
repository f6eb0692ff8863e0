"""The `search` and `find` tools: search the content of files, and list files by name."""

import json
import re
from collections.abc import Sequence
from typing import Any

from blufio_tui.core.builtin.common import (
    BadArguments,
    Perform,
    built_in,
    number_argument,
    outcome_of,
    text_argument,
    whole_lines,
)
from blufio_tui.core.builtin.missing import named_better
from blufio_tui.core.effects import EffectResult, FindFiles, SearchFiles
from blufio_tui.core.errors import HostError
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

MAX_LIMIT = 2000
MAX_CONTEXT = 20
_MAX_TEXT = 16_000
_DEFAULT_LIMIT = 200
_MODES = ("content", "files", "count")
_MAX_NAMED = 5

_PATH: ReadOnlyObject = {"type": "string"}
_SEARCH_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {
        "pattern": {"type": "string", "minLength": 1, "description": "Python regular expression."},
        "path": dict(_PATH),
        "glob": {"type": "string", "description": "Such as src/**/*.ts."},
        "mode": {"type": "string", "enum": list(_MODES)},
        "context": {"type": "integer", "minimum": 0, "maximum": MAX_CONTEXT},
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
    },
    "required": ["pattern"],
    "additionalProperties": False,
}
_FIND_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {
        "glob": {"type": "string", "minLength": 1, "description": "Such as test_*.py."},
        "path": dict(_PATH),
    },
    "required": ["glob"],
    "additionalProperties": False,
}


class SearchTool:
    """Finds lines that match a regular expression."""

    name = "search"
    description = (
        "Search what files hold, instead of grep. Returns numbered lines (`content`, the default), names (`files`) or "
        "matches per file (`count`). Skips what .gitignore names and credential files. Never asks in the project."
    )
    input_schema = _SEARCH_SCHEMA

    def __init__(self, perform: Perform, *, project: str = "") -> None:
        self._project = project
        self._perform = perform
        self._actor = built_in(self.name)

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        return ""

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._act(arguments, context), self._project)

    async def _act(self, arguments: JsonObject, context: CallContext) -> str:
        effect = _search(arguments)
        try:
            found = await self._perform(effect, self._actor, context)
        except HostError as error:
            raise await named_better(error, effect.path, self._perform, self._actor, context) from error
        return search_report(effect, found)


class FindTool:
    """Finds files by name."""

    name = "find"
    description = (
        "List files by name, instead of find or ls -R. A glob without a slash fits at any depth. Skips what .gitignore "
        "names. Never asks in the project."
    )
    input_schema = _FIND_SCHEMA

    def __init__(self, perform: Perform, *, project: str = "") -> None:
        self._project = project
        self._perform = perform
        self._actor = built_in(self.name)

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        return ""

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._act(arguments, context), self._project)

    async def _act(self, arguments: JsonObject, context: CallContext) -> str:
        effect = FindFiles(text_argument(arguments, "path", "."), text_argument(arguments, "glob"))
        try:
            result = await self._perform(effect, self._actor, context)
        except HostError as error:
            raise await named_better(error, effect.path, self._perform, self._actor, context) from error
        report = json.loads(result.data)
        is_cut = report["of"] > len(report["found"])
        notes = _notes({**report, "incomplete": report["incomplete"] and not is_cut})
        names = [_escaped(name) for name in report["found"]] or [f"no file matches {effect.glob}"]
        shown = whole_lines(names, _MAX_TEXT)
        if (more := report["of"] - len(shown)) > 0 and report["found"]:
            notes.insert(0, f"[{more:,} more; narrow the glob or the path]")
        return "\n".join([*shown, *notes])


def _search(arguments: JsonObject) -> SearchFiles:
    pattern, mode = text_argument(arguments, "pattern"), text_argument(arguments, "mode", "content")
    if mode not in _MODES:
        raise BadArguments(f"mode must be one of {', '.join(_MODES)}, not {mode!r}")
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadArguments(
            f"the pattern is not a regular expression: {error}; escape special characters that you mean literally"
        ) from None
    return SearchFiles(
        text_argument(arguments, "path", "."),
        pattern,
        text_argument(arguments, "glob", ""),
        mode,
        int(number_argument(arguments, "context", 0, 0, MAX_CONTEXT)),
        int(number_argument(arguments, "limit", _DEFAULT_LIMIT, 1, MAX_LIMIT)),
    )


def search_report(effect: SearchFiles, result: EffectResult) -> str:
    """Matches as text for the model, with what was left out."""
    report = json.loads(result.data)
    notes = _notes(report)
    if not report["found"]:
        return "\n".join([f"no match in {report['of']} files", *notes])
    match effect.mode:
        case "files":
            lines = [_escaped(one["path"]) for one in report["found"]]
        case "count":
            lines = [f"{_escaped(one['path'])}: {one['count']}" for one in report["found"]]
        case _:
            lines = [line for one in report["found"] for line in _file_lines(one)]
    shown = whole_lines(lines, _MAX_TEXT)
    if len(shown) < len(lines):
        notes.insert(0, f"[{len(lines) - len(shown):,} more lines; narrow the pattern, the glob or the path]")
    return "\n".join([*shown, *notes])


def _file_lines(one: dict[str, Any]) -> list[str]:
    """`12: text` for a match, `13- text` beside it, `--` between separate places."""
    lines, last = [_escaped(one["path"])], 0
    with_context = any(not matched for _, matched, _ in one["lines"])
    for number, matched, text in one["lines"]:
        if with_context and last and number != last + 1:
            lines.append("--")
        lines.append(f"{number}{':' if matched else '-'} {text}")
        last = number
    return lines


def _notes(report: dict[str, Any]) -> list[str]:
    notes = []
    if skipped := report["skipped"]:
        notes.append(f"[not searched, because they usually hold credentials or a rule denies it: {_named(skipped)}]")
    if too_large := report.get("too_large"):
        notes.append(f"[not searched, because they are larger than 8 MiB: {_named(too_large)}; `bash` with grep can]")
    if report["incomplete"]:
        notes.append("[not everything was searched or shown; narrow the pattern, the glob or the path]")
    return notes


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return ", ".join(map(_escaped, names[:_MAX_NAMED])) + more


def _escaped(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)[1:-1]
