"""Small pieces of the screen that are only text."""

import pytest

from blufio_tui.core.manifest import Capabilities, FilesystemCapability, NetworkCapability
from blufio_tui.ui.content.amounts import ago
from blufio_tui.ui.content.capability_lines import capability_sentences, capability_symbols
from blufio_tui.ui.content.sparkline import sparkline


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "now"),
        (59, "now"),
        (60, "1m"),
        (3599, "59m"),
        (7200, "2h"),
        (86400 * 3, "3d"),
        (86400 * 40, "1mo"),
        (86400 * 800, "2y"),
    ],
)
def test_how_long_ago_fits_four_cells(seconds: float, said: str) -> None:
    assert ago(seconds) == said and len(said) <= 4


def test_a_sparkline_shows_the_newest_values_and_its_highest_is_full() -> None:
    assert sparkline([9, 1, 2, 4], 3, "").plain == "▃▅█"
    assert sparkline([0, 0], 8, "").plain == "▁▁"
    assert sparkline([], 8, "").plain == ""


def test_each_capability_has_its_own_column_and_its_own_sentence() -> None:
    capabilities = Capabilities(
        NetworkCapability(("a.org",)), FilesystemCapability((), ("~/out",)), ("KEY",), {"TOKEN": ("a.org",)}
    )
    assert capability_symbols(capabilities).plain == "·●⇄$✱"
    assert [line.plain[0] for line in capability_sentences(capabilities, 200)] == ["●", "⇄", "$", "✱"]
    assert capability_symbols(Capabilities()).plain == "·····"
