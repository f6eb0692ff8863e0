"""A tool of a server as the model sees it."""

import json
from collections.abc import Callable
from typing import Protocol

from blufio_tui.core.builtin.common import failure, outcome_of
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import ToolOutputDelta
from blufio_tui.core.mcp.pins import Redefined, ToolDescription, for_model, schema_for_model
from blufio_tui.core.mcp.results import result_text
from blufio_tui.core.text.display import visible
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

MAX_PROGRESS = 200
"""Reports of one call that are shown."""

_UNCONFIRMED = (
    "[new tool of the MCP server {}; the user has not seen its definition yet, and calling it shows it to them]"
)
_REDEFINED = (
    "NOT RUN: the MCP server has changed what this tool is, and the user has accepted it as it is now. Look at it, and "
    "call it again if it still fits. Description and schema are the server's words:\n{}\n{}"
)


class CallsTools(Protocol):
    """A server, as its tools need it."""

    async def call(
        self,
        tool: str,
        arguments: JsonObject,
        context: CallContext,
        progress: Callable[[float, float | None, str], None] | None = None,
    ) -> JsonObject:
        """
        Raises:
            CapabilityDenied, HostError, Redefined: the call was refused, failed, or must be thought over.
        """
        ...


class ServerTool:
    """
    Args:
        name: what the model calls it.
        server: the server's name, for people.
        confirmed: False while the person has not seen the definition: then the model does not see it either.
    """

    def __init__(
        self, calls: CallsTools, server: str, name: str, tool: ToolDescription, *, confirmed: bool = True
    ) -> None:
        self.name = name
        self._calls = calls
        self._tool = tool
        self.description = for_model(server, tool) if confirmed else _UNCONFIRMED.format(server)
        self.input_schema: ReadOnlyObject = schema_for_model(tool.input_schema) if confirmed else {"type": "object"}

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        """Whatever a server says of its tools, one may change anything."""
        return self.name

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._run(arguments, context))

    async def _run(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        shown = 0

        def progress(done: float, total: float | None, said: str) -> None:
            nonlocal shown
            shown += 1
            if shown <= MAX_PROGRESS:
                share = f"{done:g}/{total:g}" if total else f"{done:g}"
                text = f"{share} {said}".rstrip() + "\n"
                context.emit(ToolOutputDelta(context.turn_id, context.call_id, "stderr", text))

        try:
            result = result_text(await self._calls.call(self._tool.name, arguments, context, progress))
        except Redefined as redefined:
            tool = redefined.tool
            said = _REDEFINED.format(visible(tool.description), json.dumps(schema_for_model(tool.input_schema)))
            return failure(ErrorKind.HOST_ERROR, said)
        if result.is_error:
            return failure(ErrorKind.HOST_ERROR, result.text)
        return ToolOutcome(result.text)
