"""Where each block of lines starts in a long column, so that any line can be found without drawing the rest."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Offsets:
    """Heights of blocks as running sums. Blocks have at least one line."""

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._starts: list[int] = [0]
        self.replace(heights)

    def __len__(self) -> int:
        return len(self._starts) - 1

    @property
    def total(self) -> int:
        return self._starts[-1]

    def start(self, block: int) -> int:
        return self._starts[block]

    def height(self, block: int) -> int:
        return self._starts[block + 1] - self._starts[block]

    def replace(self, heights: Iterable[int]) -> None:
        self._starts = [0, *accumulate(heights)]

    def cut(self, block: int) -> None:
        """Forget the blocks from `block` on."""
        del self._starts[block + 1 :]

    def append(self, height: int) -> None:
        self._starts.append(self.total + height)

    def change(self, block: int, height: int) -> None:
        """Give one block another height; the blocks after it move."""
        delta = height - self.height(block)
        if delta:
            self._starts[block + 1 :] = [start + delta for start in self._starts[block + 1 :]]

    def at(self, line: int) -> tuple[int, int]:
        """The block that holds a line, and which of its lines that is.

        Raises:
            IndexError: there is no such line.
        """
        if not 0 <= line < self.total:
            raise IndexError(line)
        block = bisect_right(self._starts, line) - 1
        return block, line - self._starts[block]
