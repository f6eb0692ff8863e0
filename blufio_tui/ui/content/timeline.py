"""Bars on a common time axis and meters, to half a cell."""

from collections.abc import Iterable
from math import ceil

from textual.content import Content

_HALVES = {(False, False): " ", (True, False): "╸", (False, True): "╺", (True, True): "━"}


def bar(start: float, end: float, axis: tuple[float, float], width: int, style: str) -> Content:
    """A bar from `start` to `end` on an axis `(from, to)` of `width` cells; always at least a sliver."""
    span = max(axis[1] - axis[0], 1e-6)
    first = min(round(min(max((start - axis[0]) / span, 0.0), 1.0) * width * 2), width * 2 - 1)
    last = max(round(min(max((end - axis[0]) / span, 0.0), 1.0) * width * 2), first + 1)
    cells = [(first <= 2 * cell < last, first <= 2 * cell + 1 < last) for cell in range(width)]
    return Content.styled("".join(_HALVES[halves] for halves in cells), style)


def waiting_in(drawn: Content, waits: Iterable[tuple[float, float]], axis: tuple[float, float], style: str) -> Content:
    """The same bar, with dots instead of the line wherever it waited for the person for a whole cell or more."""
    width, span = drawn.cell_length, max(axis[1] - axis[0], 1e-6)
    for began, ended in waits:
        first, last = ceil((began - axis[0]) / span * width - 0.01), int((ended - axis[0]) / span * width + 0.01)
        first, last = max(first, 0), min(last, width)
        if last > first:
            dots = Content.styled("┄" * (last - first), style)
            drawn = Content.assemble(drawn[:first], dots, drawn[last:])
    return drawn


def meter(share: float, width: int, style: str) -> Content:
    """How full something is, `share` from 0 to 1: a thick line, and a thin one for the rest."""
    halves = round(min(max(share, 0.0), 1.0) * width * 2)
    if share > 0:
        halves = max(halves, 1)
    body = "━" * (halves // 2) + "╸" * (halves % 2)
    return Content.assemble((body, style), ("─" * (width - len(body)), "$line"))
