"""Markdown that grows at its end: only its last block is parsed and laid out again.

A reply is drawn by one widget however many blocks it has, and looks the same while it streams and
afterwards.
"""

from textual.content import Content

_HIGHLIGHT_LIVE_LIMIT = 4000


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

    def append(self, fragment: str) -> None:
        self.source += fragment

    def finish(self) -> None:
        self._finished = True

    def lines(self, width: int, margin: int = 0) -> list[Content]:
        """The text laid out for a width in cells, each line behind a margin.

        A line that looks as before is the same object as before.
        """
        from blufio_tui.ui.text.layout import layout_blocks
        from blufio_tui.ui.text.parse import parse, start_of_last_block

        if self._looks != (width, margin):
            self._looks, self._settled, self._lines, self._live = (width, margin), 0, [], []
        tail = self.source[self._settled :]
        blocks = parse(tail)
        cut = len(blocks) if self._finished else len(blocks) - 1
        if cut > 0:
            self._settle(_indented(layout_blocks(blocks[:cut], width), margin))
            self._settled += len(tail) if self._finished else start_of_last_block(tail, blocks)
        live = layout_blocks(blocks[cut:], width, highlight=len(tail) < _HIGHLIGHT_LIVE_LIMIT) if blocks[cut:] else []
        self._live = _kept([*self._gap(live), *_indented(live, margin)], self._live)
        return [*self._lines, *self._live]

    def _settle(self, lines: list[Content]) -> None:
        """Most of these lines, or all, were the live ones."""
        self._lines += _kept([*self._gap(lines), *lines], self._live)
        self._live = []

    def _gap(self, lines: list[Content]) -> list[Content]:
        return [Content("")] if lines and self._lines else []


def _indented(lines: list[Content], margin: int) -> list[Content]:
    return [Content.assemble(" " * margin, line) for line in lines] if margin else lines


def _kept(lines: list[Content], before: list[Content]) -> list[Content]:
    """The lines, those that were there before as the objects that they were."""
    pairs = zip(lines, before, strict=False)
    known = [old if new.plain == old.plain and new.spans == old.spans else new for new, old in pairs]
    return [*known, *lines[len(known) :]]
