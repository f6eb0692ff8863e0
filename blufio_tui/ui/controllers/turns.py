"""Turns as they run: one at a time, followed to their end, interrupted, and tools called without the model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from textual.worker import WorkerCancelled, WorkerFailed

from blufio_tui.core.events import Event, SteeringAdded, TextDelta, ThinkingDelta, TurnFinished
from blufio_tui.ui.widgets.beat import before_next_beat

if TYPE_CHECKING:
    from textual.worker import Worker

    from blufio_tui.core.text.json_types import JsonObject
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.turns import Turns


class RunningTurn:
    """
    Attributes:
        turns: makes turns, and knows the session they go to.
        worker: follows the turn that was begun last; None before the first.
        goes_on: a call is made again: when it has ended, the model is given its result and continues.
        when_ended: asked in this order once a turn has ended.
        can_go_on: the last turn was ended at its limit of requests; Enter on the empty prompt takes it up again.
    """

    def __init__(self, stage: Stage, turns: Turns) -> None:
        self._stage = stage
        self.turns = turns
        self.worker: Worker[Any] | None = None
        self.can_go_on = False
        self.goes_on = False
        self.when_ended: list[Callable[[TurnFinished], Awaitable[None]]] = []

    @property
    def is_busy(self) -> bool:
        return self.worker is not None and not self.worker.is_finished

    def is_free(self) -> bool:
        """Whether nothing runs; if something does, the person is told."""
        if self.is_busy:
            self._stage.app.notify("A turn is running. Esc interrupts it.", severity="warning", timeout=3)
        return not self.is_busy

    def follow(self, events: AsyncGenerator[Event, None]) -> None:
        """Run a turn in the background and show its events."""
        self.can_go_on = self.goes_on = False
        self.worker = self._stage.background("turn", self._follow, events)

    async def _follow(self, events: AsyncGenerator[Event, None]) -> None:
        turn_id, ended = "", False
        try:
            async with aclosing(events) as stream:
                async for event in stream:
                    turn_id, ended = turn_id or event.turn_id, isinstance(event, TurnFinished)
                    self._stage.show_event(event)
                    if isinstance(event, SteeringAdded):
                        self._stage.main.prompt_box.steered(event.key)
                    if isinstance(event, TurnFinished):
                        await self._after(event)
                    elif isinstance(event, TextDelta | ThinkingDelta):
                        await asyncio.sleep(before_next_beat())  # what streams in meanwhile comes as one
        finally:
            if not ended:
                self._stage.show_event(TurnFinished(turn_id, self.turns.session_id, "interrupted", "", 0))

    async def _after(self, event: TurnFinished) -> None:
        self._stage.notifier.tell("blufio: the turn has ended")
        for follow_up in self.when_ended:
            await follow_up(event)

    async def wait(self) -> bool:
        """Until nothing runs; False if the turn was broken off, perhaps by the end of the program."""
        if self.is_busy and self.worker is not None:
            try:
                await self.worker.wait()
            except (WorkerCancelled, WorkerFailed):
                return False
        return True

    def interrupt(self) -> bool:
        """End the running turn; False if there is none."""
        if self.worker is None or self.worker.is_finished:
            return False
        if not self.turns.interrupt():
            self.worker.cancel()
        return True

    def cancel_call(self, call_id: str) -> None:
        """End one call of the turn; the turn continues."""
        self._stage.services.agent.cancel_call(call_id)

    def call(self, tool: str, arguments: JsonObject) -> None:
        """Call a tool without the model."""
        direct = self._stage.services.direct
        if direct is None or self.is_busy:
            self._stage.app.notify("This cannot be run now.", severity="warning")
            return
        self._stage.main.chat.to_end()
        self.follow(self.turns.direct(direct, tool, arguments))

    def call_skill(self, tool: str, arguments: JsonObject) -> None:
        """As `call`, from a form: the prompt keeps what is typed in it, and ↑ brings the call back."""
        direct = self._stage.services.direct
        if direct is None or self.is_busy:
            self._stage.app.notify("A turn is running. Esc interrupts it.", severity="warning", timeout=4)
            return
        self._stage.services.history.add(f"/run {tool} {json.dumps(arguments, ensure_ascii=False)}")
        self.follow(self.turns.direct(direct, tool, arguments))

    def call_again(self, tool: str, arguments: JsonObject) -> None:
        """As a turn of its own; then the model is given the new result and continues."""
        direct = self._stage.services.direct
        if direct is None:
            self._stage.app.notify("Calls cannot be run again here.", severity="warning")
        elif self.is_free():
            self.follow(self.turns.again(direct, tool, arguments))
            self.goes_on = True
