"""Lines without their caches are the same lines."""

import subprocess
import sys

_RUN = """
import sys
from rich.segment import Segment
from rich.style import Style
from textual.cache import FIFOCache
from textual.color import Color
from textual.filter import Monochrome
from textual.strip import Strip
from blufio_tui.ui.textual_fixes.lean_strips import make_caches_later

before = Strip([Segment("made before")])
if sys.argv[1] == "late":
    assert make_caches_later() and not make_caches_later()
line = Strip([Segment("Hello, ", Style(bold=True)), Segment("wörld 🌍", Style(color="red"))])

def shown(strip):
    return [(text, str(style)) for text, style, _ in strip], strip.cell_length

def twice(make):
    first, second = make(), make()
    return first == second, shown(first)

said = [
    twice(lambda: line.crop(2, 9)), twice(lambda: line.crop_extend(3, 40, Style(dim=True))),
    twice(lambda: line.apply_filter(Monochrome(), Color(0, 0, 0))), twice(lambda: line.adjust_cell_length(30)),
    twice(lambda: line.apply_style(Style(italic=True))), [shown(part) for part in line.divide([3, 8, 16])],
    [shown(part) for part in line.divide([line.cell_length, 99])],
    [shown(part) for part in line.divide([3, line.cell_length])],
    line.divide([3, 8, 16]) is line.divide([3, 8, 16]), line.crop(2, 9) is line.crop(2, 9),
    twice(lambda: line.apply_offsets(1, 2)), shown(Strip.join([line, None, line.crop(0, 5)])),
    [str(part) for part in line.text], line == Strip(line._segments), bool(Strip([])), before.crop(0, 4).text,
    type(line._crop_cache).__name__, line._crop_cache._maxsize, line._divide_cache._maxsize, len(line._crop_cache),
]
print(*said, sep="\\n")
"""


def _said(how: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", _RUN, how], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_they_are_cut_styled_and_joined_as_before_and_know_what_they_made() -> None:
    late = _said("late")
    assert len(late) == 20
    assert late == _said("usual")


def test_a_line_that_is_only_kept_has_no_cache() -> None:
    code = """
from rich.segment import Segment
from textual.strip import Strip
from blufio_tui.ui.textual_fixes.lean_strips import make_caches_later
slot = vars(Strip)["_crop_cache"]
make_caches_later()
line = Strip([Segment("kept")])
print(hasattr(type(line), "_crop_cache"), slot.__get__(line) if line._cell_length else "none yet")
try:
    slot.__get__(line)
except AttributeError:
    print("no cache")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["True none yet", "no cache"]


def test_a_line_that_is_cut_nowhere_is_gone_once_nobody_holds_it() -> None:
    code = """
import gc
from rich.segment import Segment
from textual.strip import Strip
from blufio_tui.ui.textual_fixes.lean_strips import make_caches_later
make_caches_later()
gc.disable()
line = Strip([Segment("gone")])
line.divide([4])
del line
print(sum(isinstance(each, Strip) for each in gc.get_objects()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"]
