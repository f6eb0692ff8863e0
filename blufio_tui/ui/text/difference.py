"""A difference as one reads it: true line numbers, tinted grounds, the colours of the language, both sides if wide."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from textual.content import Content

from blufio_tui.core.text.difference import DifferenceLine, Hunk, paired, parse_difference
from blufio_tui.ui.text.code import highlighted

SIDE_BY_SIDE = 160
"""Cells of the terminal from which both sides fit beside one another."""

_GROUNDS = {"+": "on $ok 14%", "-": "on $bad 14%", " ": ""}
_SIGNS = {"+": "bold $ok", "-": "bold $bad", " ": "$muted"}

_Coloured = dict[int, Content]
"""The text of each line, by its place in the hunk."""


def language_of(path: str) -> str:
    """The name of a highlighter for a file, "" if its name says nothing."""
    return PurePath(path).suffix[1:]


def difference_lines(text: str, width: int, *, path: str = "", beside: bool = False) -> list[Content]:
    """
    Args:
        text: a unified difference of one file.
        beside: both sides in columns of their own.

    Returns:
        Lines of at most `width` cells, nothing cut; [] when the text is no difference.
    """
    hunks = parse_difference(text)
    if not hunks:
        return []
    highest = max(max(line.old or 0, line.new or 0) for hunk in hunks for line in hunk)
    digits = len(str(highest))
    lines: list[Content] = []
    for number, hunk in enumerate(hunks):
        if number:
            lines.append(Content.styled("⋯".rjust(digits), "$muted"))
        coloured = _coloured(hunk, language_of(path))
        lines += _columns(hunk, coloured, width, digits) if beside else _below(hunk, coloured, width, digits)
    return lines


def _coloured(hunk: Hunk, language: str) -> _Coloured:
    """Each side is highlighted as the text it is, so that what spans lines keeps its colour."""
    found: _Coloured = {}
    for signs in (" -", " +"):
        places = [index for index, line in enumerate(hunk) if line.sign in signs]
        shown = highlighted("\n".join(hunk[index].text for index in places), language)
        if len(shown) != len(places):
            shown = [line for index in places for line in highlighted(hunk[index].text, "")]
        found |= dict(zip(places, shown, strict=True))
    return found


def _below(hunk: Hunk, coloured: _Coloured, width: int, digits: int) -> list[Content]:
    """One column: the number in the file as it will be; of a removed line the one it had."""
    lines: list[Content] = []
    for index, line in enumerate(hunk):
        lines += _side(line, coloured[index], line.new or line.old, width, digits)
    return lines


def _columns(hunk: Hunk, coloured: _Coloured, width: int, digits: int) -> list[Content]:
    places = {id(line): index for index, line in enumerate(hunk)}
    half = (width - 1) // 2
    lines: list[Content] = []
    for left, right in paired(hunk):
        before = _side(left, coloured[places[id(left)]], left.old, half, digits) if left else []
        after = _side(right, coloured[places[id(right)]], right.new, half, digits) if right else []
        for row in range(max(len(before), len(after))):
            first = before[row] if row < len(before) else Content(" " * half)
            second = after[row] if row < len(after) else Content("")
            lines.append(Content.assemble(first, ("│", "$line"), second))
    return lines


def _side(line: DifferenceLine, text: Content, number: int | None, width: int, digits: int) -> list[Content]:
    """A line with its number and sign; what does not fit continues below."""
    room = max(width - digits - 2, 8)
    head = Content.assemble((str(number or "").rjust(digits) + " ", "$muted"), (line.sign, _SIGNS[line.sign]))
    rows: list[Content] = []
    for part in text.fold(room) if text.cell_length > room else [text]:
        lead = head if not rows else Content(" " * (digits + 1) + "↳").stylize("$muted")
        row = Content.assemble(lead, part.pad_right(max(room - part.cell_length, 0)))
        rows.append(row.stylize_before(_GROUNDS[line.sign]) if line.sign != " " else row)
    return rows


def counted(added: int, removed: int) -> Content:
    """`+2 −1`, in the colours of what comes and goes; empty parts are left out."""
    parts: Iterable[Content] = (
        *([Content.styled(f"+{added}", "$ok")] if added else []),
        *([Content.styled(f"−{removed}", "$bad")] if removed else []),
    )
    return Content(" ").join(parts)
