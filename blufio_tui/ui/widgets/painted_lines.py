"""Lines as they went to the screen, kept for the next painting: most of them look the same then."""

from dataclasses import dataclass

from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip


@dataclass(frozen=True, slots=True)
class Look:
    """What all lines of a view share.

    Attributes:
        ground: the style behind and beyond the text.
        filters: what the app does to all lines, such as taking their colours away.
    """

    width: int
    ground: Style
    background: Color
    filters: tuple[LineFilter, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line at three stages: as long as its text, as wide as the view, as it goes to the screen."""

    bare: Strip
    wide: Strip
    whole: Strip


class PaintedLines:
    """Knows a line again by its number and by being made of the very same strip as before."""

    def __init__(self) -> None:
        self._look: Look | None = None
        self._lines: dict[int, _Line] = {}
        self._blank: Strip | None = None

    def _note(self, look: Look) -> None:
        if look is not self._look and look != self._look:
            self._lines.clear()
            self._look, self._blank = look, None

    def keep_near(self, first: int, count: int) -> None:
        """Forget all but the `count` lines that show, and a few around them, once twice as many are kept."""
        if len(self._lines) > 2 * count:
            near = range(first - count // 4, first + count + count // 4)
            self._lines = {number: line for number, line in self._lines.items() if number in near}

    def blank(self, look: Look) -> Strip:
        """What is beyond the last line."""
        self._note(look)
        if self._blank is None:
            self._blank = painted(Strip.blank(look.width, look.ground), look)
        return self._blank

    def wide(self, number: int, bare: Strip, look: Look) -> Strip:
        """A line as wide as the view; the same object as before if nothing about it has changed."""
        return self._line(number, bare, look).wide

    def whole(self, number: int, bare: Strip, look: Look) -> Strip:
        """What `painted` makes of that line."""
        return self._line(number, bare, look).whole

    def _line(self, number: int, bare: Strip, look: Look) -> _Line:
        self._note(look)
        known = self._lines.get(number)
        if known is None or known.bare is not bare:
            wide = bare.extend_cell_length(look.width, look.ground).crop(0, look.width)
            known = self._lines[number] = _Line(bare, wide, painted(wide, look))
        return known


def painted(strip: Strip, look: Look) -> Strip:
    """A line as it goes to the screen. Unlike with Textual's own methods, the line that it is made of does not keep it,
    too: that takes half a kilobyte for each line."""
    for each in look.filters:
        strip = Strip(each.apply(list(strip), look.background), strip.cell_length)
    return strip
