"""Lines on the screen that make their caches when they use them.

Textual gives each line seven caches, a kilobyte in all, and thousands of lines are kept; most of them use two. One of
them held the line itself, for a line that is cut nowhere: such a line went only when Python looked for garbage.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.segment import Segment
from textual.cache import FIFOCache
from textual.strip import Strip

_SIZES = {
    "_divide_cache": 4,
    "_crop_cache": 16,
    "_style_cache": 16,
    "_filter_cache": 4,
    "_line_length_cache": 4,
    "_crop_extend_cache": 4,
    "_offsets_cache": 4,
}
"""As Textual has them."""
_OTHERS = {"_segments", "_cell_length", "_render_cache", "_link_ids", "_cell_count"}


class _CacheLater:
    """Stands before a slot of `Strip`."""

    def __init__(self, slot: Any, size: int) -> None:
        self._slot = slot
        self._size = size

    def __get__(self, strip: Strip | None, owner: type[Strip]) -> Any:
        if strip is None:
            return self
        try:
            return self._slot.__get__(strip)
        except AttributeError:
            cache: FIFOCache[Any, Any] = FIFOCache(self._size)
            self._slot.__set__(strip, cache)
            return cache

    def __set__(self, strip: Strip, cache: Any) -> None:
        self._slot.__set__(strip, cache)


def make_caches_later() -> bool:
    """Change `Strip` itself; False, and nothing is changed, where it has other parts than those known here."""
    if set(Strip.__slots__) != _OTHERS | set(_SIZES) or isinstance(vars(Strip)["_crop_cache"], _CacheLater):
        return False
    for name, size in _SIZES.items():
        setattr(Strip, name, _CacheLater(vars(Strip)[name], size))
    setattr(Strip, "__init__", _begin)  # noqa: B010 - mypy knows that it is a method
    setattr(Strip, "divide", _divide)  # noqa: B010
    return True


_divide_anywhere = Strip.divide


def _divide(self: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    """As Textual's, which would keep the line in its own cache if it is only cut at its end."""
    length = self.cell_length
    cuts = [cut for cut in cuts if cut <= length]
    return [self] if cuts == [length] else _divide_anywhere(self, cuts)


def _begin(self: Strip, segments: Iterable[Segment], cell_length: int | None = None) -> None:
    self._segments = list(segments)
    self._cell_length = cell_length
    self._render_cache = None
    self._link_ids = None
    self._cell_count = None
