"""The keys of every terminal program: ^c stops what is going on, ^z goes back to the shell for a while."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from blufio_tui.ui.actions.branches import BranchActions

_PATIENCE_SECS = 3.0


class LeavingActions(BranchActions):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+c",
            "stop",
            "Stop",
            show=False,
            id="app.stop",
            tooltip="Copy what the mouse selected, else end the turn, else empty the prompt; twice: end the program",
        ),
        Binding(
            "ctrl+z",
            "suspend_process",
            "Suspend",
            show=False,
            id="app.suspend",
            tooltip="Back to the shell; its fg leads back here",
            priority=True,
        ),
    ]

    _last_stop = float("-inf")

    async def action_stop(self) -> None:
        """Whatever the key stands for elsewhere comes first: text areas and screens copy what is selected."""
        now = self.services.clock.monotonic()
        if now - self._last_stop < _PATIENCE_SECS:
            await self.action_quit()
        elif not (self.screen is self.main and self._stopped_something()):
            self._last_stop = now
            self.notify("^c again ends the program. Everything is stored.", timeout=_PATIENCE_SECS)

    def _stopped_something(self) -> bool:
        prompt = self.main.prompt
        if self.interrupt_turn() or self.give_up_editing():
            return True
        if not prompt.text:
            return False
        prompt.sent(prompt.whole_text)  # ↑ brings it back
        return True

    def action_suspend_process(self) -> None:
        if self._driver is None or not self._driver.can_suspend:
            self.notify("There is no shell here to go back to.", severity="warning", timeout=3)
            return
        super().action_suspend_process()

    async def action_quit(self) -> None:
        self.services.desk.detach()
        self.turns.interrupt()
        await self.services.close()
        self.exit(0)
