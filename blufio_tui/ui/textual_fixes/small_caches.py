"""Caches of Rich and Textual that hold what a screen draws, not what a day of drawing has shown.

They keep thousands of texts and regions that are never asked for again: the clock of a running call is a new text each
time it ticks. The width of a text takes a microsecond to find, whether two regions overlap half of one.
"""

import sys
from functools import lru_cache
from typing import Any

from rich import cells
from rich.segment import Segment
from textual.geometry import Region

_TEXTS = 512
_SPLITS = 256
_REGIONS = {"overlaps": 256, "contains_region": 256, "intersection": 512, "translate": 256}


def keep_caches_small() -> None:
    """Change the caches themselves; one that a version does not have, or not as known here, stays as it is."""
    usual = cells.cached_cell_len
    _make_smaller(cells, "cached_cell_len", _TEXTS)
    _exchange(usual, cells.cached_cell_len)
    _make_smaller(Segment, "_split_cells", _SPLITS)
    for name, size in _REGIONS.items():
        _make_smaller(Region, name, size)


def _make_smaller(owner: Any, name: str, size: int) -> None:
    known = vars(owner).get(name)
    cached: Any = known.__func__ if isinstance(known, classmethod) else known
    if (limit := getattr(cached, "cache_parameters", None)) is None or (limit()["maxsize"] or 0) <= size:
        return
    smaller: Any = lru_cache(size)(cached.__wrapped__)
    setattr(owner, name, classmethod(smaller) if isinstance(known, classmethod) else smaller)


def _exchange(usual: Any, smaller: Any) -> None:
    """Textual's modules import the function that measures a text by one of two names."""
    for module_name, module in list(sys.modules.items()):
        if module_name.partition(".")[0] in ("rich", "textual"):
            for name in ("cell_len", "cached_cell_len"):
                if vars(module).get(name) is usual:
                    setattr(module, name, smaller)
