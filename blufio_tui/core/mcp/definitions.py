"""The tools of one server: the accepted definitions, the current ones, and the names for the model."""

from collections.abc import Callable, Sequence

from blufio_tui.core.mcp.names import prefix_of, reserved_names, tool_names
from blufio_tui.core.mcp.pins import MAX_ALL_BYTES, ToolDescription, difference, read_tool
from blufio_tui.core.text.json_types import Json

Tools = dict[str, ToolDescription]
"""By the server's own name."""


def read_tools(listed: Sequence[Json], most_bytes: int = MAX_ALL_BYTES) -> tuple[Tools, tuple[str, ...]]:
    """The tools of a `tools/list` that can be used, and a sentence for each that cannot."""
    found: Tools = {}
    twice: dict[str, None] = {}
    problems: list[str] = []
    total = 0
    for one in listed:
        tool, problem = read_tool(one)
        total += tool.size if tool else 0
        if tool is None:
            problems.append(f"a tool is left out: {problem}")
        elif total > most_bytes:
            problems.append(f"the tool {tool.name[:80]} is left out: the definitions are too large in all")
        elif tool.name in found:
            twice[tool.name] = None
        else:
            found[tool.name] = tool
    for name in twice:
        problems.append(f"the tool {name} is left out: it is listed twice")
        del found[name]
    return found, tuple(problems)


class Definitions:
    """
    Args:
        server: its name.
        load: the pinned tools, None if there are none yet.

    Attributes:
        waiting: current definitions that differ from the accepted ones.
        gone: names of accepted tools that the server no longer has.
    """

    def __init__(self, server: str, load: Callable[[], Tools | None]) -> None:
        self._server = server
        self._load = load
        self._known: Tools | None = None
        self.waiting: Tools = {}
        self.gone: frozenset[str] = frozenset()

    @property
    def known(self) -> Tools | None:
        """The pinned tools; None before the first contact.

        Raises:
            ConfigError: the pins cannot be read.
        """
        if self._known is None:
            self._known = self._load()
        return self._known

    def take(self, found: Tools) -> None:
        """Compare the server's list with the pinned tools; on first contact, pin them."""
        known = self.known
        if known is None:
            known = self._known = dict(found)
        self.waiting = {name: tool for name, tool in found.items() if not _same(known.get(name), tool)}
        self.gone = frozenset(known) - frozenset(found)

    def accept(self, tool: ToolDescription) -> None:
        """Pin a definition that the person accepted."""
        if self._known is not None:
            self._known[tool.name] = tool
        if self.waiting.get(tool.name) == tool:
            del self.waiting[tool.name]

    def named(self) -> dict[str, tuple[ToolDescription, bool]]:
        """The tools by their name for the model: the definition, and whether the person has accepted it. Tools that are
        new since the first contact are included, with False."""
        known = self.known or {}
        names = tool_names(self._server, list(known), taken=reserved_names(self._server))
        new = [name for name in self.waiting if name not in known]
        news = tool_names(self._server, new, taken={*names, *reserved_names(self._server)})
        found = {name: (known[tool], True) for name, tool in names.items() if tool not in self.gone}
        return found | {name: (self.waiting[tool], False) for name, tool in news.items()}

    def label(self, tool: str) -> str:
        """The name for the model, which rules and grants use, too."""
        for name, (description, _) in self.named().items():
            if description.name == tool:
                return name
        return f"{prefix_of(self._server)}unnamed"

    def difference(self, tool: ToolDescription) -> str:
        """The diff from the accepted definition."""
        return difference((self.known or {}).get(tool.name), tool)


def _same(known: ToolDescription | None, found: ToolDescription) -> bool:
    return known is not None and known.digest == found.digest
