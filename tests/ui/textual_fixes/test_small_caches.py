"""What is kept of a day of drawing is little, and everything is measured as before."""

import subprocess
import sys

_RUN = """
import sys
from rich import cells
from rich.cells import cell_len
from rich.segment import Segment
from textual.content import Content
from textual.geometry import Offset, Region
from blufio_tui.ui.textual_fixes.small_caches import keep_caches_small

if sys.argv[1] == "small":
    keep_caches_small()
    keep_caches_small()
texts = [f"{number} wörld 🌍" for number in range(6000)]
print(sum(map(cell_len, texts)), sum(Content(f"content {text}").cell_length for text in texts))
print(len({part.text for text in texts for part in Segment(text).split_cells(11)}))
regions = [Region(number % 70, number % 50, number % 40, 9) for number in range(6000)]
fixed = Region(5, 5, 30, 30)
print(sum(map(fixed.overlaps, regions)), sum(map(fixed.contains_region, regions)))
print(sum(fixed.intersection(one).area for one in regions), regions[7].translate(Offset(3, 4)))
caches = cells.cached_cell_len, Segment._split_cells, Region.overlaps, Region.intersection
if sys.argv[1] == "small":
    from textual import _cells, content
    assert content.cell_len is _cells.cell_len is cells.cached_cell_len
print(*(cache.cache_info().currsize for cache in caches), file=sys.stderr)
"""


def _said(how: str) -> tuple[list[str], list[int]]:
    done = subprocess.run([sys.executable, "-c", _RUN, how], capture_output=True, text=True, check=True)
    return done.stdout.splitlines(), [int(size) for size in done.stderr.split()]


def test_fewer_texts_and_regions_are_kept_and_all_is_as_wide_as_before() -> None:
    (small, kept_small), (usual, kept) = _said("small"), _said("usual")
    assert small == usual
    assert kept_small == [512, 256, 256, 512]
    assert kept[0] == 4096
