"""From one pane to another: an audit row's call, a call's message; and calls made once more."""

from __future__ import annotations

from textual import on

from blufio_tui.core.errors import UsageError
from blufio_tui.ui.actions.sessions import SessionActions
from blufio_tui.ui.background import in_background
from blufio_tui.ui.chat_messages import CallAgain, GoToCall
from blufio_tui.ui.messages import ShowCall
from blufio_tui.ui.state.layout import PaneName


class JumpActions(SessionActions):
    @on(GoToCall)
    def go_to_call(self, message: GoToCall) -> None:
        in_background(self, "jump", self._go, message)

    async def _go(self, message: GoToCall) -> None:
        other = message.session_id not in ("", self.turns.session_id)
        if other and not self._is_free():
            return
        if other:
            await self.services.sessions.resume(message.session_id)  # says so if it was deleted
        while self.screen is not self.main:
            await self.pop_screen()
        if other:
            await self.show_session(message.session_id)
        if message.to_message:
            self._show_turn(message.turn_id)
        else:
            self._show_call(message.call_id)

    def _show_turn(self, turn_id: str) -> None:
        self.main.panes.layout_state = self.main.panes.layout_state.activate(PaneName.CHAT)
        if not self.main.chat.view.show_turn(turn_id):
            raise UsageError("That message is not among those that are loaded; it may be on another branch.")
        self.main.chat.view.focus()

    def _show_call(self, call_id: str) -> None:
        if self.main.trace.trace.get(call_id) is None:
            raise UsageError("That call is not in the trace: it was not made in a turn, or it is too long ago.")
        self.main.show_call(ShowCall(call_id))

    @on(CallAgain)
    def call_again(self, message: CallAgain) -> None:
        """As a turn of its own; the model reads of it with the next prompt."""
        if self.services.direct is None:
            self.notify("Calls cannot be made again here.", severity="warning")
        elif self._is_free():
            self.follow(self.turns.again(self.services.direct, message.tool, message.arguments))
