"""The form of a server, shown once the person has said that they want to answer it."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from blufio_tui.core.servers.forms import PendingForm
from blufio_tui.core.servers.requests import quoted
from blufio_tui.core.text.display import visible_line
from blufio_tui.ui.screens.run_form import RunForm


class ServerForm(RunForm):
    """What was typed, None if given up. What the server says is marked as its words.

    Args:
        is_expected: nobody was typing elsewhere when it opened. Else what it holds may have been meant for the prompt,
            and sending takes a second key.
    """

    CSS_PATH = "run_form.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s", "run", "Send", id="server_form.send", tooltip="Check what you typed and send it to the server"
        ),
        Binding("escape", "give_up", "Decline", id="server_form.decline", tooltip="Send nothing"),
    ]

    def __init__(self, pending: PendingForm, *, is_expected: bool) -> None:
        ModalScreen.__init__(self)
        self._server = visible_line(pending.server)
        self._may_send = is_expected
        self.heading = f"The MCP server {visible_line(pending.server)} asks. What you type goes to it."
        self.intro = quoted(pending.message)
        self._ask(pending.schema, {})
        pending.answer.add_done_callback(lambda answer: self._withdraw() if answer.cancelled() else None)

    def action_run(self) -> None:
        if self._may_send:
            super().action_run()
            return
        said = (
            "This opened while you were typing. Press the same key again to send it to "
            f"{self._server}; Esc sends nothing."
        )
        self._tell("#form-problem", said)
        self.call_after_refresh(self._allow_sending)

    def _allow_sending(self) -> None:
        self._may_send = True

    def _withdraw(self) -> None:
        """The server is gone, and so is its question."""
        if self.is_current:
            self.dismiss(None)
