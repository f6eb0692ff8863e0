"""Prompts that wait for the turn to end, above the prompt; there they can be edited, dropped or sent."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from blufio_tui.core.text.display import visible_line
from blufio_tui.ui.state.outbox import Outbox, Queued
from blufio_tui.ui.text.columns import cell, right_cell
from blufio_tui.ui.widgets.row_list import RowList

_MOST = 5
_HINT = "↑ to edit or drop"
_STEER_HINT = f"^s adds it now · {_HINT}"


class QueuedList(RowList[Queued]):
    """Stands above the prompt while something waits."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,e", "edit", "Edit", id="queue.edit", tooltip="Take the message back into the prompt"),
        Binding("d,delete", "drop", "Drop", id="queue.drop", tooltip="Drop the message"),
        Binding("s", "send", "Send now", id="queue.send", tooltip="Send the message as soon as the turn ends"),
        Binding("escape", "leave", "Prompt", id="queue.leave", tooltip="Back to the prompt"),
        Binding(
            "down", "down", "Down", show=False, id="queue.down", tooltip="The next message; after the last, the prompt"
        ),
    ]

    @dataclass
    class Edit(Message):
        queued: Queued

    @dataclass
    class Drop(Message):
        queued: Queued

    @dataclass
    class Send(Message):
        queued: Queued

    @dataclass
    class Leave(Message):
        """Back to the prompt."""

    def __init__(self, outbox: Outbox, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._outbox = outbox

    def on_mount(self) -> None:
        self.display = False
        self.following = False

    def show(self) -> None:
        """Draw what waits now."""
        self.rows = self._outbox.waiting
        self.display = bool(self.rows)
        self.styles.height = min(max(len(self.rows), 1), _MOST)
        self.forget_all()
        self.following = False
        self.rows_changed()
        self.show_cursor()

    def row_key(self, row: Queued) -> Hashable:
        return id(row)

    def row_line(self, row: Queued, width: int) -> Content:
        mark, word, style = ("‖", "held", "$warn") if self._outbox.held else ("⋯", "queued", "$info")
        if row.key in self._outbox.steering:
            mark, word, style = "↳", "adding", "$accent"
        can_steer = not self._outbox.held and row.key not in self._outbox.steering
        hint = _STEER_HINT if can_steer and width >= 80 else _HINT
        hint = hint if row is self.rows[0] and width >= 60 else ""
        head = Content.assemble("  ", (f"{mark} {word:<7}", style), visible_line(row.text))
        return Content.assemble(cell(head, width - len(hint) - 1), " ", right_cell(hint, len(hint), "$muted"))

    def cursor_ground(self) -> str:
        return "on $selection" if self.has_focus else "on $background"

    def copy_text(self, row: Queued) -> str:
        return row.text

    def action_down(self) -> None:
        if self.cursor >= len(self.rows) - 1:
            self.action_leave()
        else:
            self.action_move(1)

    def action_edit(self) -> None:
        if self.current is not None:
            self.post_message(self.Edit(self.current))

    def action_drop(self) -> None:
        if self.current is not None:
            self.post_message(self.Drop(self.current))

    def action_send(self) -> None:
        if self.current is not None:
            self.post_message(self.Send(self.current))

    def action_leave(self) -> None:
        self.post_message(self.Leave())
