"""Tools a test can watch."""

import asyncio
from collections.abc import Awaitable, Callable

from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

Handler = Callable[[JsonObject, CallContext], Awaitable[ToolOutcome]]


class FakeTool:
    """Answers with its name, or does what `handler` does; `invoked` holds every input."""

    def __init__(
        self,
        name: str,
        handler: Handler | None = None,
        *,
        description: str = "a tool",
        schema: ReadOnlyObject | None = None,
        change: str = "",
    ) -> None:
        self.name = name
        self.description = description
        self.input_schema: ReadOnlyObject = schema or {"type": "object"}
        self.invoked: list[JsonObject] = []
        self._handler = handler
        self._change = change

    def change_of(self, arguments: ReadOnlyObject) -> str:
        return self._change

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        self.invoked.append(arguments)
        if self._handler is not None:
            return await self._handler(arguments, context)
        return ToolOutcome(f"{self.name} ran")


class EndlessTool(FakeTool):
    """Runs until it is cancelled."""

    def __init__(self, name: str = "endless", *, change: str = "") -> None:
        super().__init__(name, change=change)
        self.started = asyncio.Event()
        self.cancelled = False

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        raise AssertionError("unreachable")
