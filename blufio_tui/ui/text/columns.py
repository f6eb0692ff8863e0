"""Fitting text into columns without ever breaking a row."""

import re

from rich.cells import cell_len
from textual.content import Content

_LABEL = re.compile(r" *\S+(?: \S+){0,2}(?<![.!?,;:]) {2,}(?=\S)")
"""Three words at most, and no sentence: two spaces behind one make no column."""

READING_WIDTH = 88
"""Cells; longer lines of prose are hard to read. Code and tables may be wider."""


def cell(content: Content, width: int) -> Content:
    """Exactly `width` cells, cut with an ellipsis where it is too long."""
    if width <= 0:
        return Content("")
    if content.cell_length > width:
        content = content.truncate(width, ellipsis=True)
    return content.pad_right(width - content.cell_length)


def right_cell(text: str, width: int, style: str = "") -> Content:
    """Text at the right edge of a column."""
    content = Content.styled(text, style)
    if content.cell_length > width:
        content = content.truncate(width, ellipsis=True)
    return content.pad_left(width - content.cell_length)


def labelled(label: str, value: Content | str, width: int, *, label_width: int = 10) -> list[Content]:
    """A muted label and its value, whole: between words where these stand one space apart, as written elsewhere."""
    content = value if isinstance(value, Content) else Content(value)
    lines = [part for line in content.split("\n", allow_blank=True) for part in fold_line(line, width - label_width)]
    head = Content.styled(label.ljust(label_width), "$muted")
    blank = " " * label_width
    return [Content.assemble(head if index == 0 else blank, line) for index, line in enumerate(lines)]


def hanging_lines(text: str, width: int) -> list[Content]:
    """Each line wrapped; of a label and a value some spaces apart, the value's further lines stand below it."""
    lines: list[Content] = []
    for line in text.split("\n"):
        label = _LABEL.match(line)
        indent = len(line) - len(line.lstrip(" "))
        head = line[: label.end()] if label and 2 * label.end() <= width else line[: min(indent, width // 2)]
        room = cell_len(head)
        first, *rest = Content(line[len(head) :]).wrap(max(width - room, 10)) or [Content("")]
        lines += [Content.assemble(head, first), *(Content.assemble(" " * room, more) for more in rest)]
    return lines


def fold_line(line: Content, width: int) -> list[Content]:
    """A line in lines of a width: between words where it is prose, else at the edge, so that columns stay columns."""
    room = max(width, 8)
    if line.cell_length <= room:
        return [line]
    is_prose = "  " not in line.plain and all(cell_len(word) <= room for word in line.plain.split(" "))
    return line.wrap(room) if is_prose else line.fold(room)
