"""Prompts that wait while a turn runs, sent one after the other when it has ended well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on
from textual.worker import WorkerCancelled, WorkerFailed

from blufio_tui.core.agent.steering import GO_ON
from blufio_tui.core.events import NoticeLevel
from blufio_tui.core.text.amounts import plural
from blufio_tui.ui.actions.base import AppBase
from blufio_tui.ui.background import in_background
from blufio_tui.ui.chat_messages import EmptySubmitted
from blufio_tui.ui.state.outbox import Queued
from blufio_tui.ui.widgets.queued import QueuedList

if TYPE_CHECKING:
    from textual.worker import Worker

_HOLDING = frozenset({"interrupted", "error", "budget", "repeated_call"})
"""Ends of a turn after which nothing is sent by itself."""


class OutboxActions(AppBase):
    """
    Attributes:
        can_go_on: the last turn was ended at its limit of requests; Enter on the empty prompt takes it up again.
    """

    can_go_on = False
    _turn: Worker[Any] | None = None

    @property
    def is_busy(self) -> bool:
        return self._turn is not None and not self._turn.is_finished

    def send(self, queued: Queued) -> None:
        raise NotImplementedError

    def steer_first(self) -> None:
        """The first that waits goes into the turn that runs."""
        outbox = self.main.prompt_box.outbox
        first = next((queued for queued in outbox.waiting if queued.key not in outbox.steering), None)
        if first is not None and self.is_busy:
            self.begin_steering(first)

    def begin_steering(self, queued: Queued) -> None:
        raise NotImplementedError

    def queue_prompt(self, queued: Queued) -> None:
        """Send it when the turn that runs has ended."""
        box = self.main.prompt_box
        box.outbox.add(queued)
        box.show_outbox()

    def hold_outbox(self, why: str) -> None:
        """Send nothing more by itself, and say so."""
        box = self.main.prompt_box
        if box.outbox.held or not box.outbox.hold():
            return
        box.show_outbox()
        waiting = plural(len(box.outbox.waiting), "queued message")
        self.say(
            NoticeLevel.INFO, f"{why} {waiting} held: Enter on the empty prompt sends the first, ↑ edits or drops."
        )

    def after_turn_ended(self, stop_reason: str) -> None:
        """Go on with what waits, unless the turn ended in a way that a person should look at first."""
        self.main.prompt_box.outbox.steering.clear()
        self.main.prompt_box.show_outbox()
        if stop_reason == "max_iterations" and not self.main.prompt_box.outbox.waiting:
            self.can_go_on = True
            self.say(NoticeLevel.INFO, "Enter on the empty prompt goes on. The limit is agent.max_tool_iterations.")
        if stop_reason not in _HOLDING:
            in_background(self, "outbox", self._send_next)
            return
        if stop_reason == "budget":
            self.say(NoticeLevel.INFO, "To raise the limit here: /cost, then b. It counts from the next request on.")
        if stop_reason != "interrupted":
            self.hold_outbox("The turn did not end well.")

    async def _send_next(self) -> None:
        if self._turn is not None and not self._turn.is_finished:
            try:
                await self._turn.wait()
            except (WorkerCancelled, WorkerFailed):  # broken off, perhaps by the end of the program
                return
        if not self.main.prompt_box.outbox.held:
            self._send(self.main.prompt_box.outbox.take())

    def _send(self, queued: Queued | None) -> None:
        if queued is not None:
            self.main.prompt_box.show_outbox()
            self.send(queued)

    @on(EmptySubmitted)
    def take_empty(self, message: EmptySubmitted) -> None:
        """The first that is held; when its turn ends well the others follow. Else go on after the limit."""
        outbox = self.main.prompt_box.outbox
        if message.steers:
            self.steer_first()
        elif outbox.held and not self.is_busy:
            queued = outbox.take()
            outbox.held = False
            self._send(queued)
        elif self.can_go_on and not self.is_busy:
            self.send(Queued(GO_ON))

    @on(QueuedList.Send)
    def send_chosen(self, message: QueuedList.Send) -> None:
        """Before the others; at once if nothing runs."""
        outbox = self.main.prompt_box.outbox
        queued = self.main.prompt_box.taken_back(message.queued)
        if queued is None:
            return
        outbox.held = False
        if self.is_busy:
            outbox.waiting.insert(0, queued)
            self.main.prompt_box.show_outbox()
        else:
            self._send(queued)
