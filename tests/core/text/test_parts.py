"""Parts of long texts."""

import io

import pytest

from blufio_tui.core.text.parts import (
    MAX_LINE,
    bounded_lines,
    fitting_lines,
    line_range,
    line_test,
    parse_range,
)

LINES = [f"line {number}" for number in range(1, 101)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [("120-180", (120, 180)), ("7", (7, 7)), (" 7 - ", (7, 10**12)), ("3:9", (3, 9)), ("3..9", (3, 9))],
)
def test_a_range_of_lines_is_written_in_several_ways(written: str, expected: tuple[int, int]) -> None:
    assert parse_range(written) == expected


@pytest.mark.parametrize("written", ["", "0-3", "9-3", "a-b", "-5", "1-2-3", "9" * 40])
def test_what_is_no_range_is_told(written: str) -> None:
    with pytest.raises(ValueError, match="a range such as 120-180"):
        parse_range(written)


def test_whole_lines_are_taken_as_long_as_there_is_room() -> None:
    part = line_range(LINES, 10, 90, 100)
    assert part.lines == tuple((number, f"line {number}") for number in range(10, 16))
    assert (part.total, part.next) == (100, 16)
    assert line_range(LINES, 99, 200, 100).next == 0
    assert line_range(LINES, 5, 5, 1).lines == ((5, "line 5"),)
    assert line_range([], 1, 5, 100) == line_range(LINES[:0], 1, 1, 1)


def test_lines_that_fit_are_counted_also_where_there_is_no_room_for_them() -> None:
    part = fitting_lines(LINES, line_test("0$"), 30, 30)
    assert [number for number, _ in part.lines] == [30, 40]
    assert (part.total, part.next) == (10, 50)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(", "(.*)*x"])
def test_a_pattern_that_is_none_or_never_ends_is_told(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        line_test(pattern)


def test_a_line_of_any_length_takes_little_room() -> None:
    file = io.StringIO("short\n" + "x" * 300_000 + "\n\nlast")
    lines = list(bounded_lines(file))
    assert lines == ["short", f"{'x' * MAX_LINE} [… 296,000 more characters in this line]", "", "last"]
    assert list(bounded_lines(io.StringIO("x" * MAX_LINE + "\ny"))) == ["x" * MAX_LINE, "y"]
    assert list(bounded_lines(io.StringIO("x" * (MAX_LINE + 1)))) == [
        f"{'x' * MAX_LINE} [… 1 more characters in this line]"
    ]
