"""Markdown that grows at its end: only its last block is parsed and laid out again.

A reply is drawn by one widget however many blocks it has, and looks the same while it streams and
afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_HIGHLIGHT_LIVE_LIMIT = 4000
_SLICE = 400
"""Characters that are laid out before somebody else is let in: some 3 ms."""


class GrowingMarkdown:
    """
    Attributes:
        source: the whole text so far.
    """

    def __init__(self, source: str = "", *, finished: bool = False) -> None:
        self.source = source
        self._finished = finished
        self._settled = 0
        self._lines: list[Content] = []
        self._live: list[Content] = []
        self._looks = (0, 0)
        self._seen = 0  # characters that are laid out, be it as the live block
        self._limit: int | None = None

    @property
    def shows_all(self) -> bool:
        """Whether `lines` leaves nothing away."""
        return self._limit is None

    def append(self, fragment: str) -> None:
        self.source += fragment

    def finish(self) -> None:
        self._finished = True

    def lines(self, width: int, margin: int = 0) -> list[Content]:
        """The text laid out for a width in cells, each line behind a margin.

        A line that looks as before is the same object as before.
        """
        from blufio_tui.ui.text.layout import layout_blocks

        self._look(width, margin)
        end = len(self.source) if self._limit is None else self._limit
        whole = self._finished and self._limit is None
        blocks = self._settle(end, whole=whole)
        live: list[Content] = []
        if blocks:
            live = layout_blocks(blocks, width, highlight=end - self._settled < _HIGHLIGHT_LIVE_LIMIT)
        self._live = _kept([*self._gap(live), *_indented(live, margin)], self._live)
        return [*self._lines, *self._live]

    def work_ahead(self, width: int, margin: int, deadline: float) -> bool:
        """Lay out one slice of what is new after the other, until a moment of the monotonic clock.

        False if some is left: until this has been called often enough, `lines` leaves that away.
        """
        self._look(width, margin)
        while self._seen + _SLICE < len(self.source):
            self._settle(self._seen + _SLICE, whole=False)
            if monotonic() >= deadline:
                self._limit = self._seen
                return False
        self._limit = None
        return True

    def _look(self, width: int, margin: int) -> None:
        """For another width all is laid out anew, and at once."""
        if self._looks != (width, margin):
            self._looks, self._settled, self._lines, self._live = (width, margin), 0, [], []
            self._seen, self._limit = 0, None

    def _settle(self, end: int, *, whole: bool) -> Sequence[SyntaxTreeNode]:
        """Lay out for good what follows the settled text up to `end`, but for its last block unless it is the `whole`
        rest; that block. Most of these lines, or all, were the live ones."""
        from blufio_tui.ui.text.layout import layout_blocks
        from blufio_tui.ui.text.parse import parse, start_of_last_block

        tail, self._seen = self.source[self._settled : end], end
        blocks = parse(tail)
        cut = len(blocks) if whole else len(blocks) - 1
        if cut > 0:
            width, margin = self._looks
            lines = _indented(layout_blocks(blocks[:cut], width), margin)
            self._lines += _kept([*self._gap(lines), *lines], self._live)
            self._live = []
            self._settled += len(tail) if whole else start_of_last_block(tail, blocks)
        return blocks[max(cut, 0) :]

    def _gap(self, lines: list[Content]) -> list[Content]:
        return [Content("")] if lines and self._lines else []


def _indented(lines: list[Content], margin: int) -> list[Content]:
    return [Content.assemble(" " * margin, line) if line.plain else line for line in lines] if margin else lines


def _kept(lines: list[Content], before: list[Content]) -> list[Content]:
    """The lines, those that were there before as the objects that they were."""
    pairs = zip(lines, before, strict=False)
    known = [old if new.plain == old.plain and new.spans == old.spans else new for new, old in pairs]
    return [*known, *lines[len(known) :]]
