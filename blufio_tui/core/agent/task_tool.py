"""The `task` tool: part of the work, done by a sub-agent."""

from blufio_tui.core.agent.narrowing import may_change, tools_inside
from blufio_tui.core.agent.subagents import Subagents
from blufio_tui.core.builtin.common import BadArguments, outcome_of, text_argument
from blufio_tui.core.text.json_types import Json, JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {
        "prompt": {
            "type": "string",
            "minLength": 1,
            "maxLength": 40_000,
            "description": "All it needs to know, and what to answer with.",
        },
        "tools": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "description": "Only these.",
        },
    },
    "required": ["prompt"],
    "additionalProperties": False,
}


class TaskTool:
    name = "task"
    description = (
        "Give a part of the work to a sub-agent that knows nothing of this conversation: a wide search, a review, a "
        "change that stands alone; not for what two calls do. Tasks of one reply run side by side: give no two the "
        "same files to change. It has your tools, or those you name, and your rules. Returns its last message. Asks "
        "as you do."
    )
    input_schema = _SCHEMA

    def __init__(self, subagents: Subagents) -> None:
        self._subagents = subagents

    def change_of(self, arguments: ReadOnlyObject) -> str:
        return f"{self.name} {str(arguments.get('prompt', ''))[:80]}" if may_change(_asked(arguments)) else ""

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._run(arguments, context))

    async def _run(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        prompt = text_argument(arguments, "prompt").strip()
        if not prompt:
            raise BadArguments("prompt is empty")
        asked = _asked(arguments)
        tools = tools_inside(None if asked is None else [str(name) for name in asked], self._subagents.tools_now())
        if tools.problem:
            raise BadArguments(tools.problem)
        return await self._subagents.run(prompt, tools.names, context)


def _asked(arguments: ReadOnlyObject) -> list[Json] | None:
    """The tools that the call names; None if it names none, or its value is not a list."""
    asked = arguments.get("tools")
    return asked if isinstance(asked, list) else None
