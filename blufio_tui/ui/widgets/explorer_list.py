"""The list of an explorer screen; the screen says what its rows look like."""

from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

from textual.content import Content
from textual.message import Message

from blufio_tui.ui.widgets.row_list import RowList

_MARKED = 3
"""Cells at the start of a row in which its mark stands."""

Row = TypeVar("Row")
Shown = TypeVar("Shown", contravariant=True)


class Chosen(Message):
    """Enter on the row that the cursor is on."""


class RowSource(Protocol[Shown]):
    """
    Attributes:
        mark_says: what the mark before a row means, in a word.
    """

    filter_text: str
    mark_says: str

    @property
    def nothing_text(self) -> str: ...
    def row_key(self, row: Shown) -> Hashable: ...
    def line(self, row: Shown, width: int) -> Content: ...
    def columns(self, width: int) -> str: ...


class ExplorerList(RowList[Row], Generic[Row]):
    def __init__(self, source: RowSource[Row], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._source = source
        self._columns = ""

    def rebuild(self) -> None:
        super().rebuild()
        columns = self._source.columns(self.content_width) if self.rows else ""
        if columns != self._columns:
            self._columns = columns
            self.border_title = Content(columns) if columns else None

    def row_key(self, row: Row) -> Hashable:
        return self._source.row_key(row)

    def row_line(self, row: Row, width: int) -> Content:
        line = self._source.line(row, width)
        if self.app.has_class("-accessible") and (at := line.plain[:_MARKED].find("● ")) >= 0:
            line = Content.assemble(line[:at], f"{self._source.mark_says}: ", line[at + 2 :])
        return line.truncate(width, ellipsis=True)

    def empty_lines(self, width: int) -> list[Content]:
        text = "No row matches the filter." if self._source.filter_text else self._source.nothing_text
        return [Content(""), *(Content.assemble(" ", line) for line in Content.styled(text, "$muted").wrap(width - 2))]

    def action_open_row(self) -> None:
        if self.rows:
            self.post_message(Chosen())
