"""Calls by hand that are only noted."""

from collections.abc import AsyncGenerator

from blufio_tui.core.events import (
    CallUsage,
    Event,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    TurnFinished,
    TurnStarted,
)
from blufio_tui.core.text.json_types import JsonObject


class FakeDirect:
    def __init__(self) -> None:
        self.called: list[tuple[str, str, JsonObject]] = []

    def call(self, tool: str, arguments: JsonObject, *, session_id: str) -> AsyncGenerator[Event, None]:
        return self._turn("call", tool, arguments, session_id)

    def again(self, tool: str, arguments: JsonObject, *, session_id: str) -> AsyncGenerator[Event, None]:
        return self._turn("again", tool, arguments, session_id)

    async def _turn(self, how: str, tool: str, arguments: JsonObject, session_id: str) -> AsyncGenerator[Event, None]:
        self.called.append((how, tool, arguments))
        turn = f"direct{len(self.called)}"
        yield TurnStarted(turn, session_id, f"/run {tool}")
        yield ToolCallStarted(turn, turn + "c", tool, arguments)
        yield ToolCallFinished(turn, turn + "c", False, "it worked", CallUsage(), 1.0)
        yield TextDelta(turn, "it worked")
        yield TurnFinished(turn, session_id, "end_turn", "it worked", 0)
