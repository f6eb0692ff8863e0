"""Textual's command palette, in which keys act on what the whole line finds.

Textual looks for commands beside what one types, and Enter runs the highlighted one, which may still be one that the
last letters rule out. Here a key that acts on the list waits until it shows what was found.
"""

from collections.abc import Callable

from textual import on
from textual.command import CommandPalette
from textual.widgets import Input
from textual.worker import Worker


class SettledPalette(CommandPalette):
    """As `CommandPalette`, opened the same way."""

    def __init__(self) -> None:
        super().__init__(id="--command-palette")
        self._until_found: list[Callable[[], None]] = []

    @property
    def _is_looking(self) -> bool:
        return any(
            one.node is self and one.group == self._GATHER_COMMANDS_GROUP and not one.is_finished
            for one in self.workers
        )

    @on(Input.Changed)
    def forget_keys(self) -> None:
        """Who types on does not want what a key before it was meant for."""
        self._until_found.clear()

    @on(Input.Submitted)
    def choose_when_found(self, event: Input.Submitted) -> None:
        event.stop()
        event.prevent_default()
        self._when_found(self._select_or_command)

    def _action_cursor_down(self) -> None:
        self._when_found(super()._action_cursor_down)

    def _action_command_list(self, action: str) -> None:
        self._when_found(lambda: super(SettledPalette, self)._action_command_list(action))

    def _when_found(self, act: Callable[[], None]) -> None:
        if self._is_looking:
            self._until_found.append(act)
        else:
            act()

    @on(Worker.StateChanged)
    def act_on_what_was_found(self) -> None:
        while self._until_found and not self._is_looking:
            self._until_found.pop(0)()
