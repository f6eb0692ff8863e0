"""The keys of every terminal program: ^c stops what is going on, ^z goes back to the shell for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blufio_tui.ui.controllers.prompts import Prompts
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.turns import Turns

_PATIENCE_SECS = 3.0


class SuspendAndQuit:
    """
    Args:
        can_suspend: whether there is a shell to go back to.
    """

    def __init__(self, stage: Stage, turns: Turns, prompts: Prompts, can_suspend: Callable[[], bool]) -> None:
        self._stage = stage
        self._turns = turns
        self._prompts = prompts
        self._can_suspend = can_suspend
        self._last_stop = float("-inf")

    async def stop(self) -> None:
        """Whatever the key stands for elsewhere comes first: text areas and screens copy what is selected."""
        now, app = self._stage.services.clock.monotonic(), self._stage.app
        if now - self._last_stop < _PATIENCE_SECS:
            await self.quit()
        elif not (app.screen is self._stage.main and self._stopped_something()):
            self._last_stop = now
            app.notify("Press ^c again to quit. Everything is saved.", timeout=_PATIENCE_SECS)

    def _stopped_something(self) -> bool:
        prompt = self._stage.main.prompt
        if self._prompts.back_out():
            return True
        if not prompt.text:
            return False
        prompt.sent(prompt.whole_text)  # ↑ brings it back
        return True

    def suspend(self) -> None:
        if self._can_suspend():
            self._stage.app.action_suspend_process()
        else:
            self._stage.app.notify("There is no shell here to go back to.", severity="warning", timeout=3)

    async def quit(self) -> None:
        self._stage.services.desk.detach()
        self._turns.interrupt()
        await self._stage.services.close()
        self._stage.app.exit(0)
