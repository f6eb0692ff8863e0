"""The `find_tool` tool: finds tools whose definitions are not sent with every request.

What it finds can be called from the next request on. It has no effects outside the conversation and needs no approval.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from blufio_tui.core.builtin.common import failure, text_argument
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.text.similar import distance
from blufio_tui.core.tools import CallContext, ToolDefinition, ToolOutcome

MOST_FOUND = 5
_MOST_NAMED = 100
_WORD = re.compile(r"[a-z0-9]+")
_MEANINGLESS = frozenset(
    "a an and by can find for from i in is of on or the this to tool tools use what with".split()  # noqa: SIM905
)
_NAME, _TEXT, _FIELD, _MISSPELT = 6, 2, 1, 2

_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {"query": {"type": "string", "minLength": 1, "description": "What it should do, or names."}},
    "required": ["query"],
    "additionalProperties": False,
}


class Catalogue(Protocol):
    """The tools that must be found before they are offered."""

    def unoffered(self) -> tuple[ToolDefinition, ...]: ...

    def offer(self, session_id: str, names: Iterable[str]) -> None:
        """Offer these tools from the next request of the session on."""
        ...


class ToolFinder:
    name = "find_tool"
    description = (
        "Find further tools, which the system prompt names, by what they do. Returns up to "
        f"{MOST_FOUND} descriptions and schemas; call them from then on. Never asks."
    )
    input_schema = _SCHEMA

    def __init__(self) -> None:
        self.catalogue: Catalogue | None = None
        """Set once the registry is there, which holds this tool itself."""

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        return ""

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        assert self.catalogue is not None
        query = text_argument(arguments, "query")
        known = self.catalogue.unoffered()
        found = matching_tools(query, known)
        if not found:
            return failure(ErrorKind.HOST_ERROR, nothing_found(query, [tool.name for tool in known]))
        self.catalogue.offer(context.session_id, [tool.name for tool in found])
        return ToolOutcome(found_report(query, found))


def matching_tools(query: str, tools: Sequence[ToolDefinition], most: int = MOST_FOUND) -> list[ToolDefinition]:
    """The tools that match the words of a query, best first. A complete name counts more than any words."""
    wanted = [word for word in _words(query) if word not in _MEANINGLESS]
    named = {word.replace("-", "_") for word in re.findall(r"[A-Za-z0-9_-]+", query)}
    scored = [(100 * (tool.name in named) + _score(wanted, tool), tool) for tool in tools]
    best = max((score for score, _ in scored), default=0)
    # A word in common with the best one's description is not enough to be sent along with it.
    fitting = [(score, tool) for score, tool in scored if score > 0 and score * 3 >= min(best, 100)]
    return [tool for _, tool in sorted(fitting, key=lambda pair: (-pair[0], pair[1].name))][:most]


def _score(wanted: Sequence[str], tool: ToolDefinition) -> int:
    spelt = _words(tool.name)
    in_name = {_stem(word) for word in spelt}
    in_text = {_stem(word) for word in _words(tool.description)}
    properties = tool.input_schema.get("properties")
    in_fields = {_stem(word) for word in _words(json.dumps(properties, ensure_ascii=False))} if properties else set()
    score = 0
    for word in wanted:
        stem = _stem(word)
        if stem in in_name:
            score += _NAME
        elif stem in in_text:
            score += _TEXT
        elif stem in in_fields:
            score += _FIELD
        elif len(word) > 4 and any(distance(word, one) == 1 for one in spelt):
            score += _MISSPELT
    return score


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _stem(word: str) -> str:
    """A rough stem, so that `summary`, `summarise` and `summaries`, or `file` and `files`, match."""
    if len(word) > 6:
        return word[:6]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def found_report(query: str, found: Sequence[ToolDefinition]) -> str:
    count = f"{len(found)} tools" if len(found) > 1 else "1 tool"
    lines = [f"{count} for {_quoted(query)}; call {'them' if len(found) > 1 else 'it'} as any other from now on"]
    for tool in found:
        schema = json.dumps(dict(tool.input_schema), ensure_ascii=False)
        lines += ["", f"{tool.name}: {visible_line(tool.description)}", f"input: {visible_line(schema)}"]
    return "\n".join(lines)


def nothing_found(query: str, names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED]) + (f" and {len(names) - _MOST_NAMED} more" if names[_MOST_NAMED:] else "")
    return f"no tool matches {_quoted(query)}. The tools that can be found: {shown or 'none'}."


def _quoted(query: str) -> str:
    shown = visible_line(query)
    return json.dumps(shown if len(shown) <= 80 else f"{shown[:79]}…", ensure_ascii=False)
