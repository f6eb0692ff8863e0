"""The `todo` tool: the model's list of steps, shown to the person."""

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
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "minLength": 1},
                    "state": {"type": "string", "enum": [state.value for state in TodoState]},
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
    """Checks the list and returns the progress. The stored call itself holds the list (`core.todo`)."""

    name = TOOL
    description = (
        "Keep the steps of work that has three or more: the whole list, whenever a step begins or is done. The person "
        "sees it live. For a list that stays in the project use todo_list. Returns how many are done. Never asks."
    )
    input_schema = _SCHEMA

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        """It changes nothing outside the conversation; if a reply has several lists, the last counts."""
        return ""

    async def invoke(self, arguments: JsonObject, _context: CallContext) -> ToolOutcome:
        return await outcome_of(self._keep(arguments))

    async def _keep(self, arguments: JsonObject) -> str:
        try:
            return progress(todo_of(arguments))
        except ValueError as error:
            raise BadArguments(str(error)) from error
