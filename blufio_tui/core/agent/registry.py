"""The tools that the model is offered, built in or brought by skills, all alike."""

import re
from collections.abc import Callable, Iterable

from blufio_tui.core.text.json_types import Json, ReadOnlyObject
from blufio_tui.core.tools import Tool, ToolDefinition

_VALID_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
_VALID_PROPERTY = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# The API refuses the whole request when one tool's schema has one of these at its top.
_REFUSED_AT_TOP = ("oneOf", "anyOf", "allOf", "not", "if", "then", "else", "$schema", "$id")

ToolGuard = Callable[[str], str]
"""Takes a tool's name; the reason why it may not be called now, "" when it may."""


def tool_name(name: str) -> str:
    """The name that the model calls a tool by."""
    return name.replace("-", "_")


class ToolRegistry:
    """Finds tools by name. A built-in tool wins a clash, then a skill; between skills the first by name does.

    Tools of servers can be so many that their definitions would fill the prompt. Over `most_shown` of them only those
    that were looked up are offered whole; the others can be called by their names all the same.
    """

    def __init__(self, built_in: Iterable[Tool] = (), skills: Iterable[Tool] = (), *, most_shown: int = 40) -> None:
        self.guard: ToolGuard | None = None
        self.most_shown = most_shown
        self._skills: tuple[Tool, ...] = ()
        self._of_servers: dict[str, Tool] = {}
        self._server_tools: tuple[Tool, ...] = ()
        self._finder: Tool | None = None
        self._looked_up: set[str] = set()
        self._built_in = {tool_name(tool.name): tool for tool in built_in}
        self._tools: dict[str, Tool] = {}
        self._definitions: tuple[ToolDefinition, ...] = ()
        self.left_out = self.replace_skills(skills)

    def replace_skills(self, skills: Iterable[Tool]) -> tuple[str, ...]:
        """Offer these skills from the next request on; a sentence for each one that cannot be offered."""
        self._skills = tuple(skills)
        return self._rebuild()

    def replace_server_tools(self, tools: Iterable[Tool], finder: Tool) -> tuple[str, ...]:
        """Offer these tools of servers from the next request on; a sentence for each that cannot be offered.

        Args:
            finder: looks up the tools that are not shown; offered only where there are such.
        """
        self._server_tools, self._finder = tuple(tools), finder
        return self._rebuild()

    def hidden(self) -> tuple[ToolDefinition, ...]:
        """The tools of servers that can be called and are not offered whole."""
        if len(self._of_servers) <= self.most_shown:
            return ()
        return tuple(
            definition(name, self._of_servers[name]) for name in sorted(self._of_servers) if name not in self._looked_up
        )

    def show(self, names: Iterable[str]) -> None:
        """Offer these whole from the next request on."""
        self._looked_up |= set(names) & set(self._of_servers)
        self._rebuild()

    def _rebuild(self) -> tuple[str, ...]:
        tools, left_out = dict(self._built_in), []
        for skill in sorted(self._skills, key=lambda tool: tool.name):
            name = tool_name(skill.name)
            if problem := self._problem(name, skill, tools):
                left_out.append(problem)
            else:
                tools[name] = skill
        self._of_servers = {}
        for tool in self._server_tools:
            if tool.name in tools or tool.name in self._of_servers or not _VALID_NAME.fullmatch(tool.name):
                left_out.append(f"the server tool {tool.name!r} is not offered: another tool has that name")
            else:
                self._of_servers[tool.name] = tool
        unseen = {one.name for one in self.hidden()}
        if unseen and self._finder is not None:
            tools[self._finder.name] = self._finder
        self._tools = {**tools, **self._of_servers}
        self._definitions = tuple(
            definition(name, self._tools[name]) for name in sorted(self._tools) if name not in unseen
        )
        self.left_out = tuple(left_out)
        return self.left_out

    def definitions(self) -> tuple[ToolDefinition, ...]:
        """Sorted by name, so that the cached start of the prompt stays the same."""
        return self._definitions

    def names(self) -> tuple[str, ...]:
        return tuple(definition.name for definition in self._definitions)

    def get(self, name: str) -> Tool | None:
        return self._tools.get(tool_name(name))

    def refusal(self, name: str) -> str:
        """Why a tool may not be called at the moment, "" when it may."""
        return self.guard(tool_name(name)) if self.guard else ""

    def _problem(self, name: str, skill: Tool, taken: dict[str, Tool]) -> str:
        if not _VALID_NAME.fullmatch(name):
            return f"skill {skill.name!r} is not offered: a tool's name is 1 to 64 letters, digits and underscores"
        if name in self._built_in:
            return f"skill {skill.name!r} is not offered: the built-in tool {name!r} has that name; rename the skill"
        if name in taken:
            return f"skill {skill.name!r} is not offered: skill {taken[name].name!r} has the same tool name {name!r}"
        return ""


def definition(name: str, tool: Tool) -> ToolDefinition:
    return ToolDefinition(name, tool.description, api_schema(tool.input_schema))


def api_schema(schema: ReadOnlyObject) -> ReadOnlyObject:
    """The schema as the API takes it. One that it would refuse must not spoil the requests of all other tools."""
    offered: dict[str, Json] = {key: value for key, value in schema.items() if key not in _REFUSED_AT_TOP}
    offered["type"] = "object"
    properties = offered.get("properties")
    if properties is not None and not _are_valid_properties(properties):
        offered.pop("properties")
        offered.pop("required", None)
    return offered


def _are_valid_properties(properties: Json) -> bool:
    return isinstance(properties, dict) and all(_VALID_PROPERTY.fullmatch(key) for key in properties)
