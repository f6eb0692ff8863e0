"""What the model asks the person, from the desk to the card and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from blufio_tui.core.asking import PersonAnswer
from blufio_tui.core.errors import BlufioError
from blufio_tui.ui.actions.base import AppBase
from blufio_tui.ui.background import in_background
from blufio_tui.ui.messages import ChangePlan, PersonAnswered, PersonQuestionArrived, PersonQuestionWithdrawn

if TYPE_CHECKING:
    from blufio_tui.ui.ports.person_desk import PendingAsked

_MODE_NOT_SET = "the mode could not be changed, so the plan is not approved yet"


class AskedActions(AppBase):
    def person_asked(self, pending: PendingAsked) -> None:
        """From any thread."""
        self.main.post_message(PersonQuestionArrived(pending))
        self.call_later(self._announce_asked)

    def person_withdrawn(self, pending: PendingAsked) -> None:
        self.main.post_message(PersonQuestionWithdrawn(pending))

    def _announce_asked(self) -> None:
        self.notifier.tell("blufio: the model asks you something")
        if self.screen is not self.main:
            self.notify("The model asks you something. Esc leads back to it.", severity="warning", timeout=10)

    @on(PersonAnswered)
    def take_person_answer(self, message: PersonAnswered) -> None:
        in_background(self, "asked", self._take_answer, message.pending, message.answer)

    async def _take_answer(self, pending: PendingAsked, answer: PersonAnswer) -> None:
        """The mode that was chosen with a plan is set before the model hears of it."""
        if answer.mode is not None:
            try:
                await self.services.mode.set(answer.mode)
            except BlufioError as error:
                self.complain(error)
                answer = PersonAnswer(False, _MODE_NOT_SET)
            self.main.status.change(mode=self.services.mode.get())
        pending.resolve(answer)

    @on(ChangePlan)
    def change_plan(self, message: ChangePlan) -> None:
        if self.services.edit is None:
            self.notify("There is no editor here. Set EDITOR.", severity="warning")
            return
        with self.suspend():
            edited = self.services.edit(message.plan)
        if edited.note:
            self.notify(edited.note, markup=False)
        self.main.asked.show_changed(message.pending, edited.text)
