"""Selecting lines by key, as in a terminal multiplexer's copy mode: one end stays, the other moves."""

from textwrap import dedent
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.selection import Selection

from blufio_tui.ui.widgets.line_view import LineView


class SelectsLines(LineView):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "v",
            "select_lines",
            "Select lines",
            show=False,
            id="text.select",
            tooltip="Select lines with the keys that scroll; y copies them",
        ),
        Binding("y", "copy_lines", "Copy lines", id="text.copy", tooltip="Copy the selected lines"),
        Binding("escape", "stop_selecting", "Select nothing", id="text.deselect", tooltip="Clear the selection"),
    ]

    _fixed: int | None = None
    _moving = 0

    @property
    def is_selecting(self) -> bool:
        return self._fixed is not None

    def first_selected(self) -> int:
        """The line that a selection begins with; by default the last in sight."""
        return min(self.scroll_offset.y + self.size.height, self.offsets.total) - 1

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("copy_lines", "stop_selecting"):
            return self.is_selecting
        return super().check_action(action, parameters)

    def action_select_lines(self) -> None:
        if self.is_selecting or not self.offsets.total:
            self.action_stop_selecting()
            return
        self.following = False
        self._fixed = self._moving = max(self.first_selected(), 0)
        self._show_selection()

    def action_stop_selecting(self) -> None:
        if self.is_selecting:
            self._fixed = None
            self.screen.clear_selection()
            self.refresh_bindings()

    @property
    def _selection(self) -> Selection:
        first, last = sorted((self._fixed or 0, self._moving))
        return Selection(Offset(0, first), Offset(0, last + 1))

    def action_copy_lines(self) -> None:
        if self.is_selecting and (selected := self.get_selection(self._selection)):
            self.action_stop_selecting()
            self.app.copy_to_clipboard(dedent(selected[0]).strip("\n"))

    def _show_selection(self) -> None:
        if not self.is_selecting:
            return
        self.screen.selections = {self: self._selection}
        if not self.scroll_y <= self._moving < self.scroll_y + self.size.height:
            below = self._moving >= self.scroll_y + self.size.height
            top = self._moving - self.size.height + 1 if below else self._moving
            self.scroll_to(y=top, animate=False, immediate=True, force=True)
        self.refresh_bindings()

    def _move_to(self, line: int) -> None:
        self._moving = max(0, min(line, self.offsets.total - 1))
        self._show_selection()

    # ── the keys that scroll ───────────────────────────────────────────────────────────────────────

    def action_line(self, step: int) -> None:
        if self.is_selecting:
            self._move_to(self._moving + step)
        else:
            super().action_line(step)

    def action_top(self) -> None:
        if self.is_selecting:
            self._move_to(0)
        else:
            super().action_top()

    def action_bottom(self) -> None:
        if self.is_selecting:
            self._move_to(self.offsets.total - 1)
        else:
            super().action_bottom()

    def rebuild(self) -> None:
        """Lines have moved: what was selected is elsewhere now."""
        self.action_stop_selecting()
        super().rebuild()
