"""Read-only lines that scroll: the body of the approval card and the right side of the explorer screens."""

from collections.abc import Callable, Hashable, Iterator
from functools import partial

from textual.content import Content

from blufio_tui.ui.jump_targets import JumpTarget
from blufio_tui.ui.widgets.line_selection import SelectsLines

Lines = Callable[[int], list[Content]]
"""Makes the lines for a width."""


class Facts(SelectsLines):
    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._make: Lines = lambda _width: []
        self._lines: list[Content] = []
        self.following = False

    def show(self, make: Lines) -> None:
        """Show other lines, from the top."""
        self._make = make
        self.forget_all()
        self.rebuild()
        self.following = False
        self.scroll_to(y=0, animate=False, immediate=True, force=True)

    def rebuild(self) -> None:
        self._lines = self._make(self.content_width) if self.content_width else []
        super().rebuild()

    def block_count(self) -> int:
        return len(self._lines)

    def block_key(self, index: int) -> Hashable:
        return index

    def block_height(self, _index: int) -> int:
        return 1

    def block_lines(self, index: int, _width: int) -> list[Content]:
        return [self._lines[index]]

    @property
    def line_count(self) -> int:
        return len(self._lines)

    @property
    def is_cut(self) -> bool:
        """True while there is more below than fits."""
        return self.scroll_y + self.size.height < self.offsets.total

    def jump_targets(self) -> Iterator[JumpTarget]:
        """Its beginning, where it can be read and scrolled."""
        if self.can_focus and self.line_count:
            yield JumpTarget(self.content_region.x, self.content_region.y, partial(self.screen.set_focus, self))
