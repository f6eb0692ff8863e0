"""`find_tool`: with many tools of servers the model sees their names, and looks up those it needs."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from blufio_tui.core.builtin.common import outcome_of, text_argument
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolDefinition, ToolOutcome

MOST_FOUND = 10
MAX_NAMES = 6_000
"""Characters of names in the description."""

_SHORTEST = 3
"""Letters of a word that counts."""

_WORD = re.compile(r"[a-z0-9]+")
_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {
        "query": {"type": "string", "description": "Names of tools, or words about what is wanted.", "minLength": 1}
    },
    "required": ["query"],
    "additionalProperties": False,
}


class HiddenTools(Protocol):
    """The tools that the model is not shown whole."""

    def hidden(self) -> Sequence[ToolDefinition]: ...

    def show(self, names: Iterable[str]) -> None:
        """Show these whole from the next request on."""
        ...


class FindTool:
    """Offered only while there are hidden tools."""

    name = "find_tool"
    input_schema = _SCHEMA

    def __init__(self, tools: HiddenTools) -> None:
        self._tools = tools

    @property
    def description(self) -> str:
        names = ", ".join(one.name for one in self._tools.hidden())
        names = names if len(names) <= MAX_NAMES else f"{names[:MAX_NAMES].rpartition(',')[0]}, …"
        return (
            "Look up tools of MCP servers that are not listed here whole: returns their descriptions and schemas, and "
            f"makes them callable like the others. Their names: {names}"
        )

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        return ""

    async def invoke(self, arguments: JsonObject, _context: CallContext) -> ToolOutcome:
        async def find() -> str:
            found = search(text_argument(arguments, "query"), self._tools.hidden())
            self._tools.show(one.name for one in found)
            if not found:
                return "no tool fits; the description of find_tool lists their names"
            return "\n\n".join(f"{one.name}\n{one.description}\n{json.dumps(dict(one.input_schema))}" for one in found)

        return await outcome_of(find())


def search(query: str, tools: Sequence[ToolDefinition]) -> list[ToolDefinition]:
    """Those that are named, else those in which most of the words are, best first."""
    named = [one for one in tools if one.name in query]
    if named:
        return named[:MOST_FOUND]
    wanted = {word for word in _WORD.findall(query.lower()) if len(word) >= _SHORTEST}
    scored = [(_score(wanted, one), one) for one in tools]
    best = sorted((item for item in scored if item[0]), key=lambda item: (-item[0], item[1].name))
    return [one for _, one in best[:MOST_FOUND]]


def _score(wanted: set[str], tool: ToolDefinition) -> int:
    """Words of the name count three times those of the description."""
    name, about = tool.name.lower(), tool.description.lower()
    return sum(3 * (word in name) + (word in about) for word in wanted)
