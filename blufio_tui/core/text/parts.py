"""Parts of a long text: a range of its lines, or the lines that fit a pattern. Works on lines as they come."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from blufio_tui.core.text.safe_regex import is_safe, syntax_problem

MAX_LINE = 4_000
"""Characters of one line that are looked at and shown; `offset` reads a longer one to its end."""


@dataclass(frozen=True, slots=True)
class LinePart:
    """
    Attributes:
        lines: each with its number.
        total: lines of the whole text, or those that fit.
        next: the number of the line to continue at, 0 at the end.
    """

    lines: tuple[tuple[int, str], ...]
    total: int
    next: int


def bounded_lines(file: IO[str]) -> Iterator[str]:
    """The lines without their ends, each at most `MAX_LINE` characters and a note: one may be gigabytes long."""
    while line := file.readline(MAX_LINE + 1):
        if line.endswith("\n") or len(line) <= MAX_LINE:
            yield line.removesuffix("\n")
            continue
        left_out = len(line) - MAX_LINE
        while rest := file.readline(65_536):
            left_out += len(rest)
            if rest.endswith("\n"):
                left_out -= 1
                break
        yield f"{line[:MAX_LINE]} [… {left_out:,} more characters in this line]"


def line_range(lines: Iterable[str], first: int, last: int, room: int) -> LinePart:
    """Lines `first` to `last`, from 1, as many whole ones as fit into `room` characters, at least one."""
    chosen: list[tuple[int, str]] = []
    total = following = 0
    for total, line in enumerate(lines, 1):
        if first <= total <= last and not following:
            room -= len(line) + 8
            if room < 0 and chosen:
                following = total
            else:
                chosen.append((total, line))
    return LinePart(tuple(chosen), total, following)


def fitting_lines(lines: Iterable[str], fits: Callable[[str], bool], first: int, room: int) -> LinePart:
    """The lines from number `first` on that fit, as many as fit into `room` characters. `total` counts all of them."""
    chosen: list[tuple[int, str]] = []
    total = following = 0
    for number, line in enumerate(lines, 1):
        if not fits(line):
            continue
        total += 1
        if number < first or following:
            continue
        room -= len(line) + 8
        if room < 0 and chosen:
            following = number
        else:
            chosen.append((number, line))
    return LinePart(tuple(chosen), total, following)


def line_test(pattern: str) -> Callable[[str], bool]:
    """Whether a line holds what a regular expression describes, in time that is bounded whatever both are.

    Raises:
        ValueError: it is not one, or one that could take forever; the text says what to do.
    """
    if problem := syntax_problem(pattern):
        raise ValueError(
            f"the pattern is not a regular expression: {problem}; escape special characters that you mean literally"
        )
    if not is_safe(pattern):
        raise ValueError("the pattern could take forever; use fewer of * and +, and do not nest them")
    expression = re.compile(pattern)
    return lambda line: expression.search(line) is not None


_RANGE = re.compile(r"\s*(\d{1,12})\s*(?:(-|–|:|,|\.\.)\s*(\d{0,12}))?\s*")


def parse_range(written: str) -> tuple[int, int]:
    """`120-180`, `120-` or `120` as the first and the last line.

    Raises:
        ValueError: it is not one of them.
    """
    match = _RANGE.fullmatch(written)
    first = int(match[1]) if match else 0
    last = first if match and not match[2] else int(match[3]) if match and match[3] else 10**12
    if not match or first < 1 or last < first:
        raise ValueError(f"lines must be a range such as 120-180, not {written[:40]!r}")
    return first, last
