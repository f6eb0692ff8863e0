"""The panel after the leader key: which key does what, until one is pressed or it is given up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Static

from blufio_tui.ui.commands.command import Command, Group
from blufio_tui.ui.commands.table import BY_ID, COMMANDS
from blufio_tui.ui.text.key_names import spell_key

_HEADING = 14


_CLOSE = Binding(
    "escape,backspace", "give_up", "Close", id="leader.close", tooltip="Close the panel, do nothing", priority=True
)


class LeaderScreen(ModalScreen[Command | None]):
    """Gives back what was chosen; what `stays` is told through `again` instead."""

    CSS_PATH = "leader.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        _CLOSE,
        *(command.leader_binding() for command in COMMANDS if command.leader is not None),
    ]

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
        for group in Group:
            heading = Content.styled(group.value.ljust(_HEADING), "bold")
            commands = [command for command in COMMANDS if command.leader is not None and command.leader.group is group]
            lines += self._flowed(heading, commands, width, len(lines))
        note = Content.styled(self._note, "$warn") if self._note else Content.styled("closes this", "$muted")
        close = Content.assemble(("Esc", "bold $accent"), "  " if self._note else " ", note)
        return [*lines, Content.assemble(" " * _HEADING, close)]

    def _item(self, command: Command) -> Content:
        keys = self._keymap.get(command.leader_id) or (command.leader.keys if command.leader is not None else "")
        return Content.assemble((spell_key(keys.split(",")[0].strip()), "bold $accent"), f" {command.short_title}")

    def _flowed(self, heading: Content, commands: list[Command], width: int, row: int) -> list[Content]:
        """Side by side, in as many rows as they need."""
        rows = [heading]
        for command in commands:
            item = self._item(command)
            if rows[-1].cell_length > _HEADING and rows[-1].cell_length + item.cell_length > width:
                rows.append(Content(" " * _HEADING))
            start = rows[-1].cell_length
            self._places.append((row + len(rows) - 1, range(start, start + item.cell_length), command.id))
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
        for row, place, id in self._places:
            if spot.y == row and spot.x in place:
                await self.action_take(id)
                return

    def action_give_up(self) -> None:
        self.dismiss(None)

    async def action_take(self, id: str) -> None:
        command = BY_ID[id]
        if command.leader is not None and command.leader.stays:
            await self.app.run_action(f"app.command('{id}')")
        else:
            self.dismiss(command)
