"""The leader key, and going to whatever is in sight by a label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from blufio_tui.ui.actions.base import AppBase

if TYPE_CHECKING:
    from blufio_tui.ui.commands.command import Command
    from blufio_tui.ui.jump_targets import JumpTarget


class LeaderActions(AppBase):
    @property
    def keys_now(self) -> Mapping[str, str]:
        raise NotImplementedError

    @property
    def _takes_a_mode(self) -> bool:
        """Not over a form or a question: leaving it would lose what was typed there."""
        return self.main.is_complete and not self.screen.is_modal

    def action_leader(self) -> None:
        from blufio_tui.ui.screens.leader import LeaderScreen

        if isinstance(self.screen, LeaderScreen):
            self.screen.dismiss(None)
        elif self._takes_a_mode:
            self.push_screen(LeaderScreen(self.keys_now), self._take_leader_key)

    async def _take_leader_key(self, command: Command | None) -> None:
        if command is not None:
            await self.run_by_name(command)

    async def run_by_name(self, command: Command) -> None:
        raise NotImplementedError

    def action_jump(self) -> None:
        from blufio_tui.ui.jump_targets import targets_on
        from blufio_tui.ui.screens.jump import JumpScreen

        if isinstance(self.screen, JumpScreen):
            self.screen.dismiss(None)
        elif self._takes_a_mode:
            self.push_screen(JumpScreen(targets_on(self.screen)), self._go_to_target)

    def _go_to_target(self, target: JumpTarget | None) -> None:
        if target is not None:
            target.go()
