"""Prompts, turns and calls without the model."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from textual import on
from textual.worker import Worker

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.events import Event, TextDelta, ThinkingDelta, TurnFinished
from blufio_tui.core.json_types import JsonObject
from blufio_tui.core.slash import BadArgument, Invocation, UnknownCommand, parse, plain_text
from blufio_tui.ui.actions.base import AppBase
from blufio_tui.ui.background import in_background
from blufio_tui.ui.commands import action_for
from blufio_tui.ui.messages import CancelCall, EventArrived, PromptSubmitted, SuggestionChosen

_TEXT_PACE = 0.03
"""Seconds between two pieces of text: what streams in meanwhile comes as one, however fast the model is."""


class TurnActions(AppBase):
    _turn: Worker[Any] | None = None

    @property
    def is_busy(self) -> bool:
        return self._turn is not None and not self._turn.is_finished

    @on(PromptSubmitted)
    def take_prompt(self, message: PromptSubmitted) -> None:
        """A slash command, a shell command, or something for the model."""
        match parse(message.text):
            case Invocation() as invocation:
                self._taken(message.text)
                in_background(self, "slash", self._act, *action_for(invocation))
            case UnknownCommand() | BadArgument() as problem:
                self.notify(problem.message, severity="warning", markup=False, timeout=8)
            case None:
                self.start_turn(message.text)

    async def _act(self, action: str, arguments: tuple[str, ...]) -> None:
        try:
            result = getattr(self, f"action_{action}")(*arguments)
            if result is not None:
                await result
        except BlufioError as error:
            self.complain(error)

    @on(SuggestionChosen)
    def try_suggestion(self, message: SuggestionChosen) -> None:
        self.main.prompt.focus()
        self.post_message(PromptSubmitted(message.text))

    def start_turn(self, text: str) -> None:
        """Send a prompt; while a turn is running it stays where it was typed."""
        if self.is_busy:
            self.notify("A turn is running. Esc interrupts it.", severity="warning", timeout=3)
        elif text.startswith("!") and text[1:].strip():
            self.start_direct("bash", {"command": text[1:].strip()}, text)
        else:
            self._taken(text)
            self.follow(self.turns.ask(plain_text(text)))

    def start_direct(self, tool: str, arguments: JsonObject, typed: str) -> None:
        """Call a tool without the model."""
        if self.services.direct is None or self.is_busy:
            self.notify("This cannot be called now.", severity="warning")
            return
        self._taken(typed)
        self.follow(self.turns.direct(self.services.direct, tool, arguments))

    def _taken(self, text: str) -> None:
        self.main.prompt.sent(text)
        self.services.history.add(text)

    def follow(self, events: AsyncGenerator[Event, None]) -> None:
        """Run a turn in the background and show its events."""
        self._turn = in_background(self, "turn", self._follow, events)

    async def _follow(self, events: AsyncGenerator[Event, None]) -> None:
        async with aclosing(events) as stream:
            async for event in stream:
                self.main.post_message(EventArrived(event, self.services.clock.monotonic()))
                if isinstance(event, TurnFinished):
                    await self._after_turn()
                elif isinstance(event, TextDelta | ThinkingDelta):
                    await asyncio.sleep(_TEXT_PACE)

    async def _after_turn(self) -> None:
        self.notifier.tell("blufio: the turn has ended")
        if self.turns.session_id:
            self.main.title_bar.name_session(await self.conversations.title(self.turns.session_id))

    def interrupt_turn(self) -> bool:
        """End the running turn; False when there is none."""
        if self._turn is None or self._turn.is_finished:
            return False
        if not self.turns.interrupt():
            self._turn.cancel()
        return True

    @on(CancelCall)
    def cancel_call(self, message: CancelCall) -> None:
        self.services.agent.cancel_call(message.call_id)
