"""A line-drawn list with a cursor, whose rows open in place to show their details."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset, Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from blufio_tui.ui.content.in_words import ROOM, row_in_words, unbarred, unmarked_decision
from blufio_tui.ui.jump_targets import JumpTarget
from blufio_tui.ui.widgets.line_view import LineView
from blufio_tui.ui.widgets.marking import on_ground

Row = TypeVar("Row")

_HERE = "> "
"""Before the row with the cursor, where colours are not seen."""
_NARROWEST = 20
"""Cells that a row is given at least beside that."""


class RowList(LineView, Generic[Row], can_focus=True, inherit_bindings=False):
    """Subclasses give the look of a row in one line, and the lines below it when it is open.

    Attributes:
        rows: the data; change it and call `rows_changed` or `rows_added`.
        cursor: index of the row that Enter acts on.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, id="list.up", tooltip="Go to the row above"),
        Binding("down", "move(1)", "Down", show=False, id="list.down", tooltip="Go to the row below"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="list.page_up", tooltip="Go a screenful up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="list.page_down", tooltip="Go a screenful down"),
        Binding("home", "edge(False)", "First", show=False, id="list.first", tooltip="Go to the first row"),
        Binding("end", "edge(True)", "Last", show=False, id="list.last", tooltip="Go to the last row and stay there"),
        Binding("enter,space", "open_row", "Open", id="list.open", tooltip="Expand or collapse the row"),
        Binding("y", "copy", "Copy", id="list.copy", tooltip="Copy the row to the clipboard"),
    ]

    DEFAULT_CSS = """
    RowList { text-wrap: nowrap; }
    """

    cursor: reactive[int] = reactive(0)

    @dataclass
    class Moved(Message):
        """The cursor is on another row, -1 when there are no rows."""

        view: "RowList[object]"
        index: int

        @property
        def control(self) -> "RowList[object]":
            return self.view

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.rows: list[Row] = []
        self.opened: set[Hashable] = set()
        self._was_empty = True

    # ── for subclasses ─────────────────────────────────────────────────────────────────────────────

    def row_key(self, row: Row) -> Hashable:
        raise NotImplementedError

    def row_line(self, row: Row, width: int) -> Content:
        raise NotImplementedError

    def row_details(self, _row: Row, _width: int) -> list[Content]:
        return []

    def empty_lines(self, _width: int) -> list[Content]:
        """What an empty list says."""
        return []

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that does something with a row needs one."""
        return bool(self.rows) if action in ("open_row", "copy") else super().check_action(action, parameters)

    def _settle(self, since: int = 0) -> None:
        super()._settle(since)
        if self._was_empty is bool(self.rows):
            self._was_empty = not self.rows
            self.refresh_bindings()

    # ── data ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def current(self) -> Row | None:
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def rows_changed(self, *, keep: Hashable = None, since: int = 0) -> None:
        """Rows came, went or moved; the cursor stays on the row with the key `keep`, or at the end.

        Args:
            since: the first row that may be another; those before it are what and where they were.
        """
        at_end = self.following
        if since:
            self.offsets.cut(since)
            self.grow()
        else:
            self.rebuild()
        if keep is not None and not at_end and self.cursor >= since:
            fresh = enumerate(islice(self.rows, since, None), since)
            self.cursor = next((i for i, row in fresh if self.row_key(row) == keep), self.cursor)
        elif at_end:
            self.cursor = len(self.rows) - 1
        self.cursor = max(0, min(self.cursor, len(self.rows) - 1))

    def rows_added(self) -> None:
        follows = self.following and self.cursor >= len(self.offsets) - 2
        if len(self.offsets) == 1 and self.rows:
            self.rebuild()
        self.grow()
        if follows:
            self.cursor = len(self.rows) - 1

    def row_redrawn(self, row: Row) -> None:
        """The looks of one row changed."""
        key = self.row_key(row)
        self.forget(key)
        if key in self.opened:
            self.rebuild()
        else:
            self.refresh()

    def block_count(self) -> int:
        return max(len(self.rows), 1)

    def block_key(self, index: int) -> Hashable:
        return self.row_key(self.rows[index]) if self.rows else "empty"

    def block_height(self, index: int) -> int:
        if self.rows and self.row_key(self.rows[index]) not in self.opened:
            return 1
        return max(super().block_height(index), 1)

    def block_lines(self, index: int, width: int) -> list[Content]:
        if not self.rows:
            return self.empty_lines(width)
        row = self.rows[index]
        is_open = self.row_key(row) in self.opened
        if self.app.has_class("-accessible"):
            head = row_in_words(self.row_line(row, max(width - ROOM - len(_HERE), _NARROWEST)))
            details = self.row_details(row, max(width - len(_HERE), _NARROWEST)) if is_open else []
            below = [unmarked_decision(unbarred(line)) for line in details]
            lines = [head, *below]
            return [Content.assemble(" " * len(_HERE), line) for line in lines]
        head = self.row_line(row, width)
        return [head, *self.row_details(row, width)] if is_open else [head]

    # ── cursor ─────────────────────────────────────────────────────────────────────────────────────

    def is_decorated(self, index: int) -> bool:
        return index == self.cursor and bool(self.rows)

    def decorate(self, strip: Strip, index: int, line: int) -> Strip:
        if index != self.cursor or line or not self.rows:
            return strip
        if self.app.has_class("-accessible"):
            strip = Strip.join([Strip([Segment(_HERE, self.rich_style)]), strip.crop(len(_HERE))])
        ground = self._parse(self.cursor_ground()).rich_style.bgcolor
        return on_ground(strip, ground, self.rich_style.bgcolor)

    def render_lines(self, crop: Region) -> list[Strip]:
        self._point()
        return super().render_lines(crop)

    def _point(self) -> None:
        """Let the terminal's cursor stand at the row: screen readers and magnifiers follow it."""
        if self.has_focus and self.rows and self.app.has_class("-accessible") and self.cursor < len(self.offsets):
            y = self.offsets.start(self.cursor) - round(self.scroll_y)
            if 0 <= y < self.content_region.height:
                self.app.cursor_position = self.content_region.offset + Offset(0, y)

    def cursor_ground(self) -> str:
        return "on $selection" if self.has_focus else "on $panel"

    def watch_cursor(self) -> None:
        self.refresh()
        self.post_message(self.Moved(self, self.cursor if self.rows else -1))  # type: ignore[arg-type]

    def action_move(self, step: int) -> None:
        self.cursor = max(0, min(self.cursor + step, len(self.rows) - 1))
        self.show_cursor()

    def action_page(self, step: int) -> None:
        self.action_move(step * max(self.size.height - 1, 1))

    def action_edge(self, last: bool) -> None:
        self.cursor = len(self.rows) - 1 if last else 0
        if last:
            self.to_end()
        else:
            self.scroll_home(animate=False)

    def action_open_row(self) -> None:
        if self.current is None:
            return
        key = self.row_key(self.current)
        self.following = self.following and key in self.opened
        self.opened.symmetric_difference_update({key})
        self.redraw(self.cursor)
        self.show_cursor(whole=True)

    def action_copy(self) -> None:
        if self.current is not None:
            self.app.copy_to_clipboard(self.copy_text(self.current))

    def copy_text(self, row: Row) -> str:
        """What `y` copies."""
        return "\n".join(line.plain.rstrip() for line in [self.row_line(row, 500), *self.row_details(row, 500)])

    def show_cursor(self, *, whole: bool = False) -> None:
        """Scroll as little as needed; with `whole` the open details too, as far as they fit."""
        if not self.rows or self.cursor >= len(self.offsets):
            return
        top, height = self.offsets.start(self.cursor), self.offsets.height(self.cursor) if whole else 1
        bottom = top + min(height, self.size.height)
        if top < self.scroll_y:
            self.scroll_to(y=top, animate=False, immediate=True, force=True)
        elif bottom > self.scroll_y + self.size.height:
            self.scroll_to(y=bottom - self.size.height, animate=False, immediate=True, force=True)

    def jump_targets(self) -> Iterator[JumpTarget]:
        """Every row in sight."""
        corner, top = self.content_region, round(self.scroll_y)
        first = self.offsets.at(top)[0] if top < self.offsets.total else 0
        for index in range(first, len(self.rows)):
            y = self.offsets.start(index) - top
            if y >= self.size.height:
                break
            if y >= 0:
                yield JumpTarget(corner.x, corner.y + y, partial(self._jump_to, index))

    def _jump_to(self, index: int) -> None:
        self.screen.set_focus(self)
        self.cursor = index

    def on_click(self, event: events.Click) -> None:
        number = self.scroll_offset.y + event.y
        if not self.rows or number >= self.offsets.total:
            return
        index, line = self.offsets.at(number)
        if line == 0 and index == self.cursor:
            self.action_open_row()
        else:
            self.cursor = index
