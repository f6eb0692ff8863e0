"""A scrollbar that is painted when it looks different, not whenever it is told where it stands.

While text streams in, Textual tells the scrollbar twelve times a second how tall the text is now, and paints all its
cells each time: that takes longer than painting the text. Most of the time the bar stays where it was, to the eighth of
a cell.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING

from textual.scrollbar import ScrollBar, ScrollBarRender

from blufio_tui.ui.textual_fixes.style_key import style_key

if TYPE_CHECKING:
    from textual.geometry import Region

_EIGHTHS = 8


class CalmScrollBar(ScrollBar):
    _is_told: bool = False
    _known: Hashable = None
    """How it looked when it was last painted, or will look at the painting that is due."""

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> CalmScrollBar:
        """As Textual's, but for a painting that would change nothing."""
        if self.is_mounted and not self.is_attached:
            return self  # it was taken down with its screen
        if regions or layout or recompose or not repaint or not self.is_mounted:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        if self._is_told:
            return self
        looks = self._looks()
        if looks == self._known:
            return self
        self._known = looks
        return super().refresh()

    def _looks(self) -> Hashable:
        if self.renderer is not ScrollBarRender:
            return object()  # drawn by something unknown: never as before
        virtual_size, window_size = self.window_virtual_size, self.window_size
        shown = ceil(window_size) if window_size < virtual_size else 0
        ends = bar_ends(self.size.height, ceil(virtual_size), shown, self.position)
        colours = style_key(self), self.grabbed is not None, self.mouse_over
        return self.size, colours, ends, tuple(self.get_line_filters())


@contextmanager
def calm(bar: ScrollBar | None) -> Iterator[None]:
    """Tell a scrollbar several things. It looks once whether it is another, at the end: in between it jumps."""
    if not isinstance(bar, CalmScrollBar):
        yield
        return
    bar._is_told = True
    try:
        yield
    finally:
        bar._is_told = False
        bar.refresh()


def bar_ends(size: int, virtual_size: float, window_size: float, position: float) -> tuple[int, int] | None:
    """Where the bar begins and ends, in eighths of a cell, as Textual draws it; None if there is no bar.

    Args:
        size: of the scrollbar, in cells.
        virtual_size: of all that can be scrolled to, in lines.
        window_size: of the part that shows, in lines.
        position: the first line that shows.
    """
    if not (window_size and size and virtual_size and size != virtual_size):
        return None
    length = max(1.0, window_size / (virtual_size / size))
    start = int((size - length) * (position / (virtual_size - window_size)) * _EIGHTHS)
    return max(0, start), max(0, start + ceil(length * _EIGHTHS))
