"""The leader key, and going to whatever is in sight by a label."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blufio_tui.ui.commands.command import Command
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.jump_targets import JumpTarget


class Navigation:
    """
    Args:
        keymap: the keys that differ from the default, by id.
        run_by_name: does a command that was chosen in the panel.
    """

    def __init__(
        self, stage: Stage, keymap: Mapping[str, str], run_by_name: Callable[[Command], Awaitable[None]]
    ) -> None:
        self._stage = stage
        self._keymap = keymap
        self._run_by_name = run_by_name

    @property
    def _takes_a_mode(self) -> bool:
        """Not over a form or a question: leaving it would lose what was typed there."""
        return self._stage.main.is_complete and not self._stage.app.screen.is_modal

    def leader(self) -> None:
        from blufio_tui.ui.screens.leader import LeaderScreen

        app = self._stage.app
        if isinstance(app.screen, LeaderScreen):
            app.screen.dismiss(None)
        elif self._takes_a_mode:
            app.push_screen(LeaderScreen(self._keymap), self._take_leader_key)

    async def _take_leader_key(self, command: Command | None) -> None:
        if command is not None:
            await self._run_by_name(command)

    def jump(self) -> None:
        from blufio_tui.ui.jump_targets import targets_on
        from blufio_tui.ui.screens.jump import JumpScreen

        app = self._stage.app
        if isinstance(app.screen, JumpScreen):
            app.screen.dismiss(None)
        elif self._takes_a_mode:
            app.push_screen(JumpScreen(targets_on(app.screen)), self._go_to_target)

    def _go_to_target(self, target: JumpTarget | None) -> None:
        if target is not None:
            target.go()
