"""That questions wait is seen on every screen, and one key leads to them from each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blufio_tui.core.text.amounts import plural
from blufio_tui.ui.text.key_names import spell_key
from blufio_tui.ui.widgets.waiting_badge import WaitingBadge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blufio_tui.ui.controllers.stage import Stage


class Waiting:
    def __init__(self, stage: Stage, keymap: Mapping[str, str]) -> None:
        self._stage = stage
        self._keymap = keymap

    def watch(self) -> None:
        """Begin: whatever screen is opened from now on is looked at."""
        self._stage.app.screen_change_signal.subscribe(self._stage.main, lambda _screen: self.show(), immediate=True)

    def show(self) -> None:
        """Say on the screen in front how many wait; the main screen has a place of its own for it."""
        self._stage.app.call_later(self._show)

    def _show(self) -> None:
        screen = self._stage.app.screen
        if screen is self._stage.main or not screen.is_attached:
            return
        words, badges = self._words(), screen.query(WaitingBadge)
        if not words:
            badges.remove()
        elif badges:
            badges.first().update(words)
        else:
            screen.mount(WaitingBadge(words))

    def _words(self) -> str:
        figures = self._stage.main.status.figures
        parts = [plural(figures.waiting, "approval")] if figures.waiting else []
        parts += [plural(figures.asked, "question")] if figures.asked else []
        key = spell_key(self._keymap.get("approval.go", "alt+g").split(",")[0])
        return f"{' and '.join(parts)} waiting · {key} to answer" if parts else ""

    async def go(self) -> None:
        """To the card in front, from every screen and wherever the focus was."""
        await self._stage.to_main()
        self._stage.main.action_focus_approval()
