"""What the prompt may become: slash commands and their arguments, files after `@`."""

from collections.abc import Hashable, Sequence

from textual.content import Content
from textual.message import Message

from blufio_tui.core.text.display import visible_line
from blufio_tui.ui.commands.slash import Completion
from blufio_tui.ui.text.columns import cell
from blufio_tui.ui.widgets.row_list import RowList

_MOST = 8
"""Rows in a terminal of usual height; in a high one a quarter of it."""


class CompletionList(RowList[Completion], can_focus=False):
    """Stands above the prompt while there is something to offer; the prompt moves its cursor."""

    class Toggled(Message):
        """There is something to offer now, or no longer."""

    def on_mount(self) -> None:
        self.display = False
        self.following = False

    def cursor_ground(self) -> str:
        """The prompt has the focus, yet it moves this cursor."""
        return "on $selection"

    @property
    def is_open(self) -> bool:
        return bool(self.display and self.rows)

    def offer(self, completions: Sequence[Completion]) -> None:
        """Show these, the first one selected; nothing to show closes the list."""
        if not completions and not self.rows:
            return
        if bool(completions) is not self.display:
            self.post_message(self.Toggled())
        self.rows = list(completions)
        self.following = False
        self.cursor = 0
        self.display = bool(self.rows)
        self.styles.height = min(len(self.rows), max(_MOST, self.screen.size.height // 4))
        self.forget_all()
        self.rebuild()
        self.scroll_to(y=0, animate=False, immediate=True, force=True)

    def row_key(self, row: Completion) -> Hashable:
        return row.text

    def row_line(self, row: Completion, width: int) -> Content:
        label = Content.assemble("  ", (visible_line(row.label), "bold"))
        if not row.help:
            return label.truncate(width, ellipsis=True)
        label = cell(label, min(max(28, label.cell_length), width))
        return Content.assemble(label, "  ", (row.help, "$muted")).truncate(width, ellipsis=True)
