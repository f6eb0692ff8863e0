"""Unified differences taken apart: each line with the numbers it truly has on both sides."""

import re
from dataclasses import dataclass
from itertools import zip_longest

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")

NEW_FILE = "--- nothing"
"""Names the left side of the difference that a new file is."""

NEW_CONTENT = "new content, "
"""How the line begins behind which the content itself follows, where no difference can be made."""


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One line of a hunk.

    Attributes:
        sign: ` `, `+` or `-`.
        old, new: its number on that side, counted from 1; None if it is not there.
    """

    sign: str
    text: str
    old: int | None
    new: int | None


Hunk = tuple[DifferenceLine, ...]


def parse_difference(text: str) -> tuple[Hunk, ...]:
    """The hunks of a unified difference of one file; () for any other text.

    What a hunk holds is counted by its head, so that a line of the file that looks like a head is one of the file.
    Lines before the first hunk (`--- now`, `+++ after`) are passed over; anything else between hunks, or a hunk that
    is cut short, makes it no difference: it is then shown as it is rather than in part.
    """
    lines = text.rstrip("\n").split("\n")
    at = next((index for index, line in enumerate(lines) if _HUNK.fullmatch(line)), len(lines))
    if any(not line.startswith(("--- ", "+++ ")) for line in lines[:at]):
        return ()
    hunks: list[Hunk] = []
    while at < len(lines):
        hunk = _hunk(lines, at)
        if hunk is None:
            return ()
        hunks.append(hunk)
        at += 1 + len(hunk)
    return tuple(hunks)


def _hunk(lines: list[str], at: int) -> Hunk | None:
    head = _HUNK.fullmatch(lines[at])
    if head is None:
        return None
    old, new = int(head[1]), int(head[3])
    old_left, new_left = int(head[2] or 1), int(head[4] or 1)
    found: list[DifferenceLine] = []
    for line in lines[at + 1 :]:
        if not old_left and not new_left:
            break
        sign = line[:1] or " "  # an empty line of context may have lost its blank on the way
        is_old, is_new = sign in " -", sign in " +"
        if not is_old and not is_new:
            return None
        found.append(DifferenceLine(sign, line[1:], old if is_old else None, new if is_new else None))
        old, new = old + is_old, new + is_new
        old_left, new_left = old_left - is_old, new_left - is_new
    return tuple(found) if old_left == 0 and new_left == 0 else None


def changed_lines(text: str) -> tuple[int, int] | None:
    """How many lines a difference adds and removes; None for what is not a difference."""
    hunks = parse_difference(text)
    signs = [line.sign for hunk in hunks for line in hunk]
    return (signs.count("+"), signs.count("-")) if hunks else None


def first_changed_line(text: str) -> int:
    """Where, in the file as it is after, something is first not as before; 1 for what is not a difference."""
    for hunk in parse_difference(text):
        for index, line in enumerate(hunk):
            if line.sign != " ":
                near = (*hunk[index:], *hunk[:index][::-1])  # of what was removed, the line that is there now
                return next((other.new for other in near if other.new is not None), 1)
    return 1


def paired(hunk: Hunk) -> list[tuple[DifferenceLine | None, DifferenceLine | None]]:
    """The lines of a hunk side by side: what was removed beside what came in its place."""
    rows: list[tuple[DifferenceLine | None, DifferenceLine | None]] = []
    removed: list[DifferenceLine] = []
    added: list[DifferenceLine] = []
    for line in (*hunk, None):
        if line is not None and line.sign == "-" and not added:
            removed.append(line)
        elif line is not None and line.sign == "+":
            added.append(line)
        else:
            rows += zip_longest(removed, added)
            removed, added = [], []
            if line is not None and line.sign == "-":
                removed = [line]
            elif line is not None:
                rows.append((line, line))
    return rows
