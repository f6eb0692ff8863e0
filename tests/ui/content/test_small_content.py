"""Small pieces of the screen that are only text."""

import pytest

from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, NetworkCapability
from blufio_tui.core.text.amounts import ago
from blufio_tui.ui.content.capability_lines import capability_sentences, capability_symbols
from blufio_tui.ui.content.sparkline import sparkline
from blufio_tui.ui.state.summaries import input_summary
from blufio_tui.ui.text.code import arguments_lines, pretty
from blufio_tui.ui.text.columns import hanging_lines


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


def test_a_calls_input_is_told_in_a_line_and_what_has_lines_of_its_own_is_counted() -> None:
    written = input_summary({"action": "write", "path": "a.py", "content": "one\ntwo\n"})
    assert written == "write a.py content=2 lines"
    assert input_summary({"path": "a.py", "edits": [{"old": "1", "new": "2"}]}) == "a.py edits=1"
    assert input_summary({"path": "a.py", "tags": ["a", "b"]}) == 'a.py tags=["a", "b"]'


def test_in_the_trace_a_files_content_has_lines_of_its_own() -> None:
    lines = arguments_lines({"action": "write", "path": "a.py", "content": "def one():\n    pass\n"}, 60)
    assert [line.plain for line in lines[-4:]] == ["}", "content", "  def one():", "      pass"]
    assert [line.plain for line in arguments_lines({}, 60)] == ["{}"]


def test_long_lines_of_prose_break_between_words_and_columns_stay_columns() -> None:
    prose, table = "one two three four five", "name      12  34"
    assert [line.plain.rstrip() for line in pretty(prose, 14)] == ["one two three", "four five"]
    assert [line.plain for line in pretty(table, 14)] == ["name      12  ", "34"]


def test_what_stands_in_columns_is_wrapped_within_its_column() -> None:
    texts = (
        "Two things.  The second is a sentence.",
        "✓ storage        /home/ada/a folder/blufio.db",
        "    → set a key, or a server",
    )
    text = "\n".join(texts)
    assert [line.plain for line in hanging_lines(text, 36)] == [
        "Two things.  The second is a",
        "sentence.",
        "✓ storage        /home/ada/a",
        "                 folder/blufio.db",
        "    → set a key, or a server",
    ]
    assert [line.plain.rstrip() for line in hanging_lines("    → set a key, or name a server", 20)] == [
        "    → set a key, or",
        "    name a server",
    ]
    assert [line.plain for line in hanging_lines("\nx", 20)] == ["", "x"]


@pytest.mark.parametrize("levels", [100, 900, 2_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ("[", "")])
def test_output_nested_however_deeply_is_shown(levels: int, opening: str, closing: str) -> None:
    text = opening * levels + "1" + closing * levels
    shown = "".join(line.plain for line in pretty(text, 2_000))
    assert shown.count(opening[0]) >= min(levels, 100)
