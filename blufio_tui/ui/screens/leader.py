"""The panel after the leader key: which key does what, until one is pressed or it is given up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Static

from blufio_tui.ui.commands.leader_keys import LEADER_KEYS, LeaderKey
from blufio_tui.ui.text.key_names import spell_key

_HEADING = 14


def _bindings() -> Iterator[Binding]:
    """With priority, so that keys typed faster than the panel opens still reach it, and it alone."""
    yield Binding(
        "escape,backspace", "give_up", "Close", id="leader.close", tooltip="Close the panel, do nothing", priority=True
    )
    for key in LEADER_KEYS:
        action, name = f"take('{key.name}')", f"leader.{key.name}"
        yield Binding(key.keys, action, key.words, id=name, tooltip=key.help, priority=True)


class LeaderScreen(ModalScreen[LeaderKey | None]):
    """Gives back what was chosen; what `stays` is told through `again` instead."""

    CSS_PATH = "leader.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*_bindings()]

    panel = query_one("#leader-panel", Static)

    def __init__(self, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._keymap = keymap
        self._note = ""
        self._places: list[tuple[int, range, str]] = []

    def compose(self) -> ComposeResult:
        yield Static(id="leader-panel", markup=False)

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        self.panel.update(Content("\n").join(self._lines(max(self.app.size.width - 2, 30))))

    def _lines(self, width: int) -> list[Content]:
        lines: list[Content] = []
        self._places.clear()
        for group, keys in groupby(LEADER_KEYS, key=lambda key: key.group):
            heading = Content.styled(group.value.ljust(_HEADING), "bold")
            lines += self._flowed(heading, list(keys), width, len(lines))
        note = Content.styled(self._note, "$warn") if self._note else Content.styled("closes this", "$muted")
        close = Content.assemble(("Esc", "bold $accent"), "  " if self._note else " ", note)
        return [*lines, Content.assemble(" " * _HEADING, close)]

    def _item(self, key: LeaderKey) -> Content:
        keys = self._keymap.get(f"leader.{key.name}", key.keys)
        return Content.assemble((spell_key(keys.split(",")[0].strip()), "bold $accent"), f" {key.words}")

    def _flowed(self, heading: Content, keys: list[LeaderKey], width: int, row: int) -> list[Content]:
        """Side by side, in as many rows as they need."""
        rows = [heading]
        for key in keys:
            item = self._item(key)
            if rows[-1].cell_length > _HEADING and rows[-1].cell_length + item.cell_length > width:
                rows.append(Content(" " * _HEADING))
            start = rows[-1].cell_length
            self._places.append((row + len(rows) - 1, range(start, start + item.cell_length), key.name))
            rows[-1] = Content.assemble(rows[-1], item, "   ")
        return rows

    def on_key(self, event: events.Key) -> None:
        """A key that is not in the panel changes nothing, and says so."""
        event.stop()
        self._note = f"closes this; {spell_key(event.key)} is not in use here"
        self._draw()

    async def on_click(self, event: events.Click) -> None:
        """On a key it is that key; beside the panel it is Escape."""
        if not self.panel.region.contains_point(event.screen_offset):
            self.dismiss(None)
            return
        spot = event.screen_offset - self.panel.content_region.offset
        for row, place, name in self._places:
            if spot.y == row and spot.x in place:
                await self.action_take(name)
                return

    def action_give_up(self) -> None:
        self.dismiss(None)

    async def action_take(self, name: str) -> None:
        key = next(key for key in LEADER_KEYS if key.name == name)
        if key.stays:
            await self.app.run_action(key.action, self.app.screen_stack[0])
        else:
            self.dismiss(key)
