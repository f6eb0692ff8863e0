"""The tools offered to the model: built-in ones, skills and tools of MCP servers.

Definitions are sent with every request. Those of tools that are rarely used are not: `find_tool` finds them, and from
then on they are offered in that conversation.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from blufio_tui.core.agent.occasional import CallsMade, Need
from blufio_tui.core.conversation import Message
from blufio_tui.core.incremental import Incremental
from blufio_tui.core.text.json_types import Json, ReadOnlyObject
from blufio_tui.core.tools import Tool, ToolDefinition

FIND_TOOL = "find_tool"

OFFERED_BYTES = 8_000
"""How much the definitions of tools that are not built in may take of every request; the rest has to be found."""

_REMEMBERED_SESSIONS = 64
_COUNTED_SESSIONS = 8
_VALID_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
_VALID_PROPERTY = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# The API refuses the whole request when one tool's schema has one of these at its top.
_REFUSED_AT_TOP = ("oneOf", "anyOf", "allOf", "not", "if", "then", "else", "$schema", "$id")

ToolGuard = Callable[[str], str]
"""Takes a tool's name; the reason why it may not be called now, "" if it may."""


def tool_name(name: str) -> str:
    """The name that the model calls a tool by."""
    return name.replace("-", "_")


class ToolRegistry:
    """Finds tools by name. If names clash, a built-in tool wins over a skill and a skill over a server tool; between
    skills, the first by name.

    Args:
        found_only: names of tools that are offered only after `find_tool` found them, even if there is room.
        most_shown: if there are more server tools than this, all of them must be found first.

    Attributes:
        occasional: built-in tools that are offered only while they are needed.
    """

    def __init__(
        self,
        built_in: Iterable[Tool] = (),
        skills: Iterable[Tool] = (),
        *,
        found_only: Collection[str] = (),
        most_shown: int = 40,
    ) -> None:
        self.guard: ToolGuard | None = None
        self.most_shown = most_shown
        self.occasional: Mapping[str, Need] = {}
        self._skills: tuple[Tool, ...] = ()
        self._found_only: frozenset[str] = frozenset()
        self._server_tools: tuple[Tool, ...] = ()
        self._built_in = {tool_name(tool.name): tool for tool in built_in}
        self._tools: dict[str, Tool] = {}
        self._definitions: dict[str, ToolDefinition] = {}
        self._unoffered: frozenset[str] = frozenset()
        self._found: dict[str, dict[str, None]] = {}
        self._made: dict[str, Incremental[CallsMade, Message]] = {}
        self.left_out = self.replace_skills(skills, found_only=found_only)

    def replace_skills(self, skills: Iterable[Tool], *, found_only: Collection[str] = ()) -> tuple[str, ...]:
        """Offer these skills from the next request on. Returns a sentence for each that cannot be offered."""
        self._skills, self._found_only = tuple(skills), frozenset(map(tool_name, found_only))
        return self._rebuild()

    def replace_server_tools(self, tools: Iterable[Tool]) -> tuple[str, ...]:
        """Offer these server tools from the next request on. Returns a sentence for each that cannot be offered."""
        self._server_tools = tuple(tools)
        return self._rebuild()

    def _rebuild(self) -> tuple[str, ...]:
        tools, left_out = dict(self._built_in), []
        for skill in sorted(self._skills, key=lambda tool: tool.name):
            name = tool_name(skill.name)
            if problem := self._problem(name, skill, tools):
                left_out.append(problem)
            else:
                tools[name] = skill
        of_skills = tools.keys() - self._built_in.keys()
        for tool in self._server_tools:
            if tool.name in tools or not _VALID_NAME.fullmatch(tool.name):
                left_out.append(f"the server tool {tool.name!r} is not offered: another tool has that name")
            else:
                tools[tool.name] = tool
        of_servers = tools.keys() - self._built_in.keys() - of_skills
        self._tools = tools
        self._definitions = {name: definition(name, tools[name]) for name in sorted(tools)}
        self._unoffered = frozenset()
        if FIND_TOOL in self._built_in:
            beyond = beyond_room({name: self._definitions[name] for name in of_skills}, self._found_only)
            self._unoffered = beyond | of_servers if len(of_servers) > self.most_shown else beyond
        self.left_out = tuple(left_out)
        return self.left_out

    def definitions(self) -> tuple[ToolDefinition, ...]:
        """The definitions of all tools, sorted by name."""
        return tuple(self._definitions.values())

    def offered(self, session_id: str, messages: Sequence[Message] = ()) -> tuple[ToolDefinition, ...]:
        """The definitions for a request of this session. First those that all sessions share, so that the start of the
        prompt stays cached; then those found or called in this conversation; then those needed now."""
        beyond = self._unoffered | self.occasional.keys() | (set() if self._unoffered else {FIND_TOOL})
        fixed = [one for name, one in self._definitions.items() if name not in beyond]
        made = self._made_in(session_id).over(messages)
        known = dict.fromkeys([*self._found.get(session_id, {}), *map(tool_name, made.names)])
        added = [name for name in known if name in self._unoffered]
        needed = [name for name, need in self.occasional.items() if need(session_id, made)]
        return (*fixed, *(self._definitions[name] for name in (*added, *needed) if name in self._definitions))

    def _made_in(self, session_id: str) -> Incremental[CallsMade, Message]:
        made = self._made.pop(session_id, None) or Incremental(CallsMade, CallsMade.add)
        self._made[session_id] = made
        while len(self._made) > _COUNTED_SESSIONS:
            del self._made[next(iter(self._made))]
        return made

    def unoffered(self) -> tuple[ToolDefinition, ...]:
        """The tools that have to be found first, sorted by name."""
        return tuple(self._definitions[name] for name in sorted(self._unoffered))

    def offer(self, session_id: str, names: Iterable[str]) -> None:
        """Offer these tools, too, from the next request of this session on."""
        self._found.setdefault(session_id, {}).update(dict.fromkeys(names))
        while len(self._found) > _REMEMBERED_SESSIONS:
            del self._found[next(iter(self._found))]

    def names(self) -> tuple[str, ...]:
        return tuple(self._definitions)

    def get(self, name: str) -> Tool | None:
        return self._tools.get(tool_name(name))

    def refusal(self, name: str) -> str:
        """Why a tool may not be called at the moment, "" if it may."""
        return self.guard(tool_name(name)) if self.guard else ""

    def _problem(self, name: str, skill: Tool, taken: dict[str, Tool]) -> str:
        if not _VALID_NAME.fullmatch(name):
            return f"skill {skill.name!r} is not offered: a tool's name is 1 to 64 letters, digits and underscores"
        if name in self._built_in:
            return f"skill {skill.name!r} is not offered: the built-in tool {name!r} has that name; rename the skill"
        if name in taken:
            return f"skill {skill.name!r} is not offered: skill {taken[name].name!r} has the same tool name {name!r}"
        return ""


def beyond_room(
    definitions: Mapping[str, ToolDefinition], found_only: Collection[str], room: int = OFFERED_BYTES
) -> frozenset[str]:
    """The tools whose definitions are not sent with every request: those of `found_only`, and those that do not
    fit into `room` bytes of JSON. The smallest go first, so that one huge schema does not displace others."""
    beyond = set(found_only) & definitions.keys()
    left = room
    for name in sorted(definitions.keys() - beyond, key=lambda one: (size_of(definitions[one]), one)):
        left -= size_of(definitions[name])
        if left < 0:
            beyond.add(name)
    return frozenset(beyond)


def size_of(one: ToolDefinition) -> int:
    """Bytes of a definition as it is sent."""
    return len(json.dumps(as_sent(one), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def size_of_all(definitions: Sequence[ToolDefinition]) -> int:
    return sum(map(size_of, definitions))


def as_sent(one: ToolDefinition) -> dict[str, Json]:
    return {"name": one.name, "description": one.description, "input_schema": dict(one.input_schema)}


def definition(name: str, tool: Tool) -> ToolDefinition:
    return ToolDefinition(name, tool.description, api_schema(tool.input_schema))


def api_schema(schema: ReadOnlyObject) -> ReadOnlyObject:
    """The schema in the form that the API accepts, without details that a model does not need.

    A schema that the API refuses would make every request fail. Calls are checked against the complete schema.
    """
    offered: dict[str, Json] = {key: value for key, value in schema.items() if key not in _REFUSED_AT_TOP}
    offered["type"] = "object"
    properties = offered.get("properties")
    if properties is not None and not _are_valid_properties(properties):
        offered.pop("properties")
        offered.pop("required", None)
    if isinstance(offered.get("properties"), dict):
        offered["properties"] = _terse_properties(offered["properties"])
    if offered.get("additionalProperties") is False:
        del offered["additionalProperties"]
    return offered


def _terse_properties(properties: Json) -> Json:
    if not isinstance(properties, dict):
        return properties
    return {name: _terse(value) for name, value in properties.items()}


def _terse(schema: Json) -> Json:
    """A schema without "at least one character", "no other fields" and lengths that nobody reaches by chance."""
    if not isinstance(schema, dict):
        return schema
    terse = {key: one for key, one in schema.items() if not _is_plain(key, one)}
    if "items" in terse:
        terse["items"] = _terse(terse["items"])
    if "properties" in terse:
        terse["properties"] = _terse_properties(terse["properties"])
    return terse


def _is_plain(key: str, value: Json) -> bool:
    if key == "additionalProperties":
        return value is False
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value in _PLAIN.get(key, ()) or (key in ("maxLength", "maxItems") and value >= _SELDOM_REACHED)


_PLAIN: Mapping[str, Sequence[int]] = {
    "minLength": (0, 1), "minItems": (0, 1), "minimum": (0, 1), "exclusiveMinimum": (0,),
}  # fmt: skip
_SELDOM_REACHED = 100


def _are_valid_properties(properties: Json) -> bool:
    return isinstance(properties, dict) and all(_VALID_PROPERTY.fullmatch(key) for key in properties)
