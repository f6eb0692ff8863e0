"""What the model and MCP servers ask the person, from their desks to a card or a form and back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from blufio_tui.core.asking import PersonAnswer
from blufio_tui.core.errors import BlufioError
from blufio_tui.ui.messages import PersonQuestionArrived, PersonQuestionWithdrawn

if TYPE_CHECKING:
    from blufio_tui.core.servers.forms import PendingForm
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.messages import ChangePlan
    from blufio_tui.ui.ports.desk import PendingAsked

_MODE_NOT_SET = "the mode could not be changed, so the plan is not approved yet"


class Asked:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def arrived(self, pending: PendingAsked) -> None:
        """From any thread."""
        self._stage.main.post_message(PersonQuestionArrived(pending))
        self._stage.app.call_later(self._announce)

    def withdrawn(self, pending: PendingAsked) -> None:
        self._stage.main.post_message(PersonQuestionWithdrawn(pending))

    def _announce(self) -> None:
        self._stage.notifier.tell("blufio: the model asks you something")

    def answered(self, pending: PendingAsked, answer: PersonAnswer) -> None:
        self._stage.background("asked", self._answer, pending, answer)

    async def _answer(self, pending: PendingAsked, answer: PersonAnswer) -> None:
        """The mode that was chosen with a plan is set before the model hears of it."""
        mode = self._stage.services.mode
        if answer.mode is not None:
            try:
                await mode.set(answer.mode)
            except BlufioError as error:
                self._stage.complain(error)
                answer = PersonAnswer(False, _MODE_NOT_SET)
            self._stage.main.status.change(mode=mode.get())
        pending.resolve(answer)

    def change_plan(self, message: ChangePlan) -> None:
        edit, app = self._stage.services.edit, self._stage.app
        if edit is None:
            app.notify("There is no editor here. Set EDITOR.", severity="warning")
            return
        edited = self._stage.in_terminal(partial(edit, message.plan))
        if edited is None:
            return
        if edited.note:
            app.notify(edited.note, markup=False)
        self._stage.main.asked.show_changed(message.pending, edited.text)

    async def listen_to_servers(self) -> None:
        """Show the forms of MCP servers from now on."""
        if (servers := self._stage.services.servers) is not None:
            await servers.listen(self._show_form)

    def _show_form(self, pending: PendingForm) -> None:
        from blufio_tui.ui.screens.server_form import ServerForm

        form = ServerForm(pending, is_expected=self._stage.main.is_calm())
        self._stage.app.push_screen(form, pending.resolve)
