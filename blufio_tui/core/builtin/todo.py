"""The `todo` tool: the steps of the work at hand, kept by the model and shown to the person."""

from blufio_tui.core.builtin.common import BadArguments, outcome_of
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.todo import MAX_ITEMS, TOOL, TodoState, progress, todo_of
from blufio_tui.core.tools import CallContext, ToolOutcome

_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "maxItems": MAX_ITEMS,
            "description": "The whole list, in order; it takes the place of the one before.",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "minLength": 1, "description": "One step, in a few words."},
                    "state": {"type": "string", "enum": list(TodoState)},
                },
                "required": ["text", "state"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["items"],
    "additionalProperties": False,
}


class TodoTool:
    """Checks the list and says how it stands. The call itself is what is kept (`core.todo`)."""

    name = TOOL
    description = (
        "Keep the list of steps of the work at hand, for work of three steps or more. Send the whole list whenever a "
        "step begins or is done; the person sees it live. It belongs to this conversation and survives a restart and "
        "summing up. For a to-do list that is to stay in the project as TODO.md use the skill todo_list instead. "
        "Returns how many steps are done. Nobody is asked."
    )
    input_schema = _SCHEMA

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        """It changes nothing outside the conversation; of several lists in one reply the last counts."""
        return ""

    async def invoke(self, arguments: JsonObject, _context: CallContext) -> ToolOutcome:
        return await outcome_of(self._keep(arguments))

    async def _keep(self, arguments: JsonObject) -> str:
        try:
            return progress(todo_of(arguments))
        except ValueError as error:
            raise BadArguments(str(error)) from error
