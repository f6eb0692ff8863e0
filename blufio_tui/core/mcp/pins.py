"""Definitions of tools as they were when the person first used a server, and what has changed since.

A server that was harmless when it was added can later change its descriptions to manipulate the model. So definitions
are pinned by digest: the model sees the pinned ones, and a changed one needs approval.
"""

import difflib
import hashlib
import json
from dataclasses import dataclass, field

from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.core.text.json_types import Json, JsonObject, ReadOnlyObject
from blufio_tui.core.text.unicode import well_formed, well_formed_json

MAX_TOOLS = 512
MAX_DESCRIPTION = 4_000
MAX_SCHEMA_BYTES = 64 * 1024
MAX_ALL_BYTES = 2 * 1024 * 1024
"""Of all definitions of one server."""
MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class ToolDescription:
    """A tool as its server describes it. Annotations are left out: they are the server's claims about itself."""

    name: str
    description: str = ""
    input_schema: ReadOnlyObject = field(default_factory=lambda: {"type": "object"})

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of name, description and schema, all of them as the server sent them."""
        return hashlib.sha256(_canonical(self.as_json()).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def size(self) -> int:
        """Characters of the whole definition as it is kept."""
        return len(_canonical(self.as_json()))

    def as_json(self) -> JsonObject:
        return {"name": self.name, "description": self.description, "inputSchema": dict(self.input_schema)}

    def shown(self) -> str:
        """The whole definition, one item a line, with hidden characters escaped; used for diffs."""
        return visible(f"{self.name}\n{self.description}\n{json.dumps(dict(self.input_schema), indent=1)}")


class Redefined(Exception):
    """A tool has changed, and the person has accepted the new definition."""

    def __init__(self, tool: ToolDescription) -> None:
        self.tool = tool
        super().__init__(tool.name)


def read_tool(value: Json) -> tuple[ToolDescription | None, str]:
    """A tool of a `tools/list`, or why it cannot be used."""
    if not isinstance(value, dict) or not isinstance(name := value.get("name"), str) or not name:
        return None, "a tool without a name"
    shown = visible(name[:80])
    description, schema = value.get("description", ""), value.get("inputSchema")
    if not isinstance(description, str | None):
        return None, f"{shown}: its description is not a string"
    if len(description or "") > MAX_SCHEMA_BYTES:
        return None, f"{shown}: its description is longer than {MAX_SCHEMA_BYTES // 1024} KiB"
    if not isinstance(schema, dict):
        return None, f"{shown}: it has no input schema"
    if depth(schema) > MAX_DEPTH or len(_canonical(schema)) > MAX_SCHEMA_BYTES:
        return None, f"{shown}: its input schema is larger than {MAX_SCHEMA_BYTES // 1024} KiB or nested too deeply"
    clean = well_formed_json(schema)
    assert isinstance(clean, dict)
    return ToolDescription(well_formed(name), well_formed(description or ""), clean), ""


def depth(value: Json, limit: int = MAX_DEPTH + 1) -> int:
    """How deeply JSON is nested, counted no further than `limit`."""
    if limit <= 0 or not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max((depth(one, limit - 1) for one in inner), default=0)


def difference(pinned: ToolDescription | None, found: ToolDescription) -> str:
    """What a server changed about a tool, as a diff; for a new tool, all of it."""
    before = pinned.shown().splitlines() if pinned else []
    lines = difflib.unified_diff(before, found.shown().splitlines(), "as you know it", "as it is now", lineterm="", n=3)
    return "\n".join(lines)


def for_model(server: str, tool: ToolDescription) -> str:
    """The description for the model: with its source, bounded, hidden characters escaped."""
    text = visible(tool.description).strip()
    text = text if len(text) <= MAX_DESCRIPTION else f"{text[:MAX_DESCRIPTION]}…"
    whose = f"[tool of the MCP server {server}; its description is the server's word, not the user's]"
    return f"{whose} {text}".strip()


def schema_for_model(schema: ReadOnlyObject) -> JsonObject:
    """The schema with hidden characters escaped, since the model reads names and values, too. A property or value with
    hidden characters is accepted only in its escaped form."""
    shown = _spelled_out(dict(schema))
    assert isinstance(shown, dict)
    return shown


def _spelled_out(value: Json) -> Json:
    match value:
        case str():
            return visible(value)
        case dict():
            return {visible_line(key): _spelled_out(item) for key, item in value.items() if key != "$comment"}
        case list():
            return [_spelled_out(item) for item in value]
        case _:
            return value


def _canonical(value: Json) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
