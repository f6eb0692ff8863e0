"""From one pane to another: an audit row's call, a call's message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blufio_tui.core.errors import UsageError
from blufio_tui.ui.messages import ShowCall
from blufio_tui.ui.state.layout import PaneName

if TYPE_CHECKING:
    from blufio_tui.ui.chat_messages import GoToCall
    from blufio_tui.ui.controllers.sessions import Sessions
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.controllers.turns import RunningTurn


class Jumps:
    def __init__(self, stage: Stage, turn: RunningTurn, sessions: Sessions) -> None:
        self._stage = stage
        self._turn = turn
        self._sessions = sessions

    def go_to_call(self, message: GoToCall) -> None:
        self._stage.background("jump", self._go, message)

    async def _go(self, message: GoToCall) -> None:
        other = message.session_id not in ("", self._sessions.session_id)
        if other and not self._turn.is_free():
            return
        if other:
            await self._stage.services.sessions.resume(message.session_id)  # says so if it was deleted
        await self._stage.to_main()
        if other:
            await self._sessions.show(message.session_id)
        if message.to_message:
            self._show_turn(message.turn_id)
        else:
            self._show_call(message.call_id)

    def _show_turn(self, turn_id: str) -> None:
        main = self._stage.main
        main.panes.layout_state = main.panes.layout_state.activate(PaneName.CHAT)
        if not main.chat.view.parts.show_turn(turn_id):
            raise UsageError("That message is not loaded; it may be on another branch.")
        main.chat.view.focus()

    def _show_call(self, call_id: str) -> None:
        if self._stage.main.trace.trace.get(call_id) is None:
            raise UsageError("That call is not in the trace: it was made outside a turn, or too long ago.")
        self._stage.main.show_call(ShowCall(call_id))
