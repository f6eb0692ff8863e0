"""Skills and built-in tools as an MCP client sees them."""

import json
from collections.abc import Mapping, Sequence

from mcp_types import CallToolResult, TextContent, ToolAnnotations
from mcp_types import Tool as ToolDescription

from blufio_tui.core.capability import Mode
from blufio_tui.core.errors import NotThere
from blufio_tui.core.manifest.manifest import Capabilities, Example
from blufio_tui.core.skills.report import HostCallCollector, run_report
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.skills.tool import SkillTool, declares_change
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import Json
from blufio_tui.core.text.unicode import well_formed, well_formed_json
from blufio_tui.core.tools import Tool, ToolOutcome

BUILT_IN: Mapping[str, ToolAnnotations] = {
    "file": ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False),
    "edit": ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False),
    "search": ToolAnnotations(read_only_hint=True, open_world_hint=False),
    "find": ToolAnnotations(read_only_hint=True, open_world_hint=False),
    "bash": ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=True),
    "http": ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=True),
}
"""The built-in tools that can be asked for; the others belong to a conversation."""

REPORT = "blufio-tui/report"
"""Key in `_meta` of a result: the usage, the log and the audit rows of the call, as `skill run --json` prints them."""


def served(tools: Sequence[Tool], asked: Sequence[str]) -> list[Tool]:
    """What a client may call: what was asked for by name, else every skill that is enabled and has code.

    Args:
        tools: those that there are.

    Raises:
        NotThere: nothing of that name can be called.
    """
    if not asked:
        return [tool for tool in tools if isinstance(tool, SkillTool)]
    return [_named(tools, name) for name in dict.fromkeys(asked)]


def _named(tools: Sequence[Tool], name: str) -> Tool:
    for tool in tools:
        if isinstance(tool, SkillTool) and name in (tool.skill.name, tool.name):
            return tool
        if tool.name == name and name in BUILT_IN:
            return tool
    raise NotThere(
        f"no enabled skill {visible_line(name)} with code is here (`blufio-tui skill list` shows them), and no "
        f"built-in tool of that name that can be served: {', '.join(BUILT_IN)}"
    )


def description_of(tool: Tool, mode: Mode) -> ToolDescription:
    if not isinstance(tool, SkillTool):
        return ToolDescription(
            name=tool.name,
            title=tool.name,
            description=tool.description,
            input_schema=dict(tool.input_schema),
            annotations=BUILT_IN.get(tool.name),
        )
    manifest = tool.skill.manifest
    examples = [one for one in manifest.examples if one.denied is None] if manifest is not None else []
    return ToolDescription(
        name=tool.name,
        title=tool.skill.name,
        description=described(tool.skill, examples),
        input_schema=schema_of(tool, examples),
        annotations=annotations_of(manifest.capabilities if manifest is not None else Capabilities(), mode),
    )


def described(skill: Skill, examples: Sequence[Example]) -> str:
    """What it is for, and what an input means in words."""
    lines = [f"- {example.say}: {json.dumps(example.input, ensure_ascii=False)}" for example in examples]
    return "\n".join([well_formed(skill.description), *(["", "Examples:", *lines] if lines else [])])


def schema_of(tool: SkillTool, examples: Sequence[Example]) -> dict[str, Json]:
    """The parameters; the examples' inputs as the schema's own."""
    schema: dict[str, Json] = {"type": "object", **tool.input_schema}
    if examples and "examples" not in schema:
        schema["examples"] = [dict(example.input) for example in examples]
    return schema


def annotations_of(capabilities: Capabilities, mode: Mode) -> ToolAnnotations:
    """True as far as it can be said beforehand: a skill does what it declares, and the rest only if it is allowed.

    In the mode allow-all the rest is allowed unasked, and nothing can be promised.
    """
    changes = declares_change(capabilities) or mode is Mode.ALLOW_ALL
    network = capabilities.network
    return ToolAnnotations(
        read_only_hint=not changes,
        destructive_hint=changes,
        open_world_hint=bool(network and network.domains) or mode is Mode.ALLOW_ALL,
    )


def result_of(tool: Tool, call_id: str, outcome: ToolOutcome, seen: HostCallCollector) -> CallToolResult:
    """What the client's model reads, and for the client what happened inside the call."""
    name, version = (tool.skill.name, tool.skill.version) if isinstance(tool, SkillTool) else (tool.name, "")
    report = well_formed_json(run_report(name, version, call_id, outcome, seen.finished))
    if isinstance(report, dict):
        report.pop("content", None)
    text = well_formed(outcome.for_model or outcome.content)
    return CallToolResult(
        content=[TextContent(type="text", text=text)], is_error=outcome.is_error, _meta={REPORT: report}
    )


def failure(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)
