"""Prompts, turns and calls without the model."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from textual import on

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.events import Event, TextDelta, ThinkingDelta, TurnFinished
from blufio_tui.core.skills.own_commands import prompt_for
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.ui.actions.outbox import OutboxActions
from blufio_tui.ui.background import in_background
from blufio_tui.ui.commands.palette import action_for
from blufio_tui.ui.commands.slash import BadArgument, Invocation, UnknownCommand, parse, plain_text
from blufio_tui.ui.messages import CancelCall, EventArrived, PromptSubmitted, SuggestionChosen
from blufio_tui.ui.state.outbox import Queued

_TEXT_PACE = 0.05
"""Seconds between two pieces of text: what streams in meanwhile comes as one, however fast the model is."""


class TurnActions(OutboxActions):
    @on(PromptSubmitted)
    def take_prompt(self, message: PromptSubmitted) -> None:
        """A slash command, a shell command, or something for the model."""
        match parse(message.text):
            case Invocation() as invocation:
                self._taken(message.text)
                in_background(self, "slash", self._act, *action_for(invocation))
            case UnknownCommand() if (prompt := self._own_prompt(message.text)) is not None:
                self._taken(message.text)
                if not self.is_busy:
                    self.main.chat.view.to_end()
                self.send(Queued(prompt, message.images))
            case UnknownCommand() | BadArgument() as problem:
                self.notify(problem.message, severity="warning", markup=False, timeout=8)
            case None if (prompt := self._own_prompt(message.text)) is not None:  # `/folder:name`
                self._taken(message.text)
                self.send(Queued(prompt, message.images))
            case None:
                self._taken(message.text)
                if not self.is_busy:
                    self.main.chat.view.to_end()  # wherever one was reading, now one wants to see the answer
                self.send(Queued(message.text, message.images))

    def _own_prompt(self, text: str) -> str | None:
        """What one of the person's own commands, or a skill's name, stands for."""
        if self.services.own_commands is None or not text.lstrip().startswith("/"):
            return None
        return prompt_for(text, self.services.own_commands.commands(), self.services.skills.list())

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
        """As if it had been typed and sent."""
        self._taken(text)
        self.send(Queued(text))

    def send(self, queued: Queued) -> None:
        """Begin a turn with a prompt, or queue it while one runs."""
        text = queued.text
        if self.is_busy:
            self.queue_prompt(queued)
        elif text.startswith("!!") and text[2:].strip():
            self.start_direct("cage", {"command": text[2:].strip()})
        elif text.startswith("!") and text[1:].strip(" !"):
            self.start_direct("bash", {"command": text[1:].strip()})
        else:
            self.follow(self.turns.ask(plain_text(text), queued.images))

    def start_direct(self, tool: str, arguments: JsonObject) -> None:
        """Call a tool without the model."""
        if self.services.direct is None or self.is_busy:
            self.notify("This cannot be called now.", severity="warning")
            return
        self.main.chat.view.to_end()
        self.follow(self.turns.direct(self.services.direct, tool, arguments))

    def _taken(self, text: str) -> None:
        self.main.prompt.sent(text)
        self.services.history.add(text)

    def follow(self, events: AsyncGenerator[Event, None]) -> None:
        """Run a turn in the background and show its events."""
        self._turn = in_background(self, "turn", self._follow, events)

    async def _follow(self, events: AsyncGenerator[Event, None]) -> None:
        turn_id, ended = "", False
        try:
            async with aclosing(events) as stream:
                async for event in stream:
                    turn_id, ended = turn_id or event.turn_id, isinstance(event, TurnFinished)
                    self._show(event)
                    if isinstance(event, TurnFinished):
                        await self._after_turn(event)
                    elif isinstance(event, TextDelta | ThinkingDelta):
                        await asyncio.sleep(_TEXT_PACE)
        finally:
            if not ended:
                self._show(TurnFinished(turn_id, self.turns.session_id, "interrupted", "", 0))

    def _show(self, event: Event) -> None:
        self.main.post_message(EventArrived(event, self.services.clock.monotonic()))

    async def _after_turn(self, event: TurnFinished) -> None:
        self.notifier.tell("blufio: the turn has ended")
        self.after_turn_ended(event.stop_reason)
        session_id = self.turns.session_id
        if session_id:
            self.main.title_bar.name_session(await self.conversations.title(session_id))
            await self._note_stored(session_id)

    async def _note_stored(self, session_id: str) -> None:
        """Where the turn is stored is known now, and whether there are other versions of it."""
        messages = await self.conversations.tail(session_id)
        self.main.chat.view.note_stored(messages, await self.conversations.version_places(session_id, messages))

    def interrupt_turn(self) -> bool:
        """End the running turn; False when there is none."""
        if self._turn is None or self._turn.is_finished:
            return False
        if not self.turns.interrupt():
            self._turn.cancel()
        self.hold_outbox("Interrupted.")
        return True

    def action_interrupt(self) -> None:
        if not self.interrupt_turn():
            self.notify("No turn runs now.", timeout=3)

    @on(CancelCall)
    def cancel_call(self, message: CancelCall) -> None:
        self.services.agent.cancel_call(message.call_id)
