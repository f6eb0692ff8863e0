"""Differences are read with the numbers their lines truly have, or not at all."""

import difflib
import random

import pytest

from blufio_tui.core.text.difference import changed_lines, paired, parse_difference

CHANGE = "--- now\n+++ after\n@@ -2,3 +2,4 @@\n a\n-b\n+B\n+C\n d"


def test_each_line_has_its_number_on_both_sides() -> None:
    ((*lines,),) = parse_difference(CHANGE)
    assert [(line.sign, line.text, line.old, line.new) for line in lines] == [
        (" ", "a", 2, 2),
        ("-", "b", 3, None),
        ("+", "B", None, 3),
        ("+", "C", None, 4),
        (" ", "d", 4, 5),
    ]
    assert changed_lines(CHANGE) == (2, 1)


def test_what_was_removed_stands_beside_what_came_in_its_place() -> None:
    (hunk,) = parse_difference(CHANGE)
    sides = [(left and left.text, right and right.text) for left, right in paired(hunk)]
    assert sides == [("a", "a"), ("b", "B"), (None, "C"), ("d", "d")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no change",
        "new content, 3 bytes:\nabc",
        "@@ -1,2 +1,2 @@\n-a\n+b",  # cut short
        "a warning\n@@ -1 +1 @@\n-a\n+b",
        "@@ -1 +1 @@\n-a\n+b\nand more",
        "@@ -1 +1 @@\n\\ odd\n-a\n+b",
    ],
)
def test_what_is_no_whole_difference_is_none(text: str) -> None:
    assert parse_difference(text) == () and changed_lines(text) is None


def test_a_line_of_the_file_that_looks_like_a_head_is_one_of_the_file() -> None:
    text = "@@ -1 +1,2 @@\n-@@ -9 +9 @@\n+@@ -1 +1 @@\n++++ after"
    assert changed_lines(text) == (2, 1)
    assert [line.text for line in parse_difference(text)[0]] == ["@@ -9 +9 @@", "@@ -1 +1 @@", "+++ after"]


def test_any_difference_is_read_whole_and_its_sides_are_those_of_the_texts() -> None:
    chance = random.Random(18)
    for _ in range(200):
        old = [chance.choice("abc+-@ ") * chance.randrange(3) for _ in range(chance.randrange(12))]
        new = [line for line in old if chance.random() > 0.3] + [chance.choice(["", "+x", "-- y"])]
        text = "\n".join(difflib.unified_diff(old, new, "now", "after", lineterm="", n=2))
        if not text:
            continue
        for line in (line for hunk in parse_difference(text) for line in hunk):
            assert line.old is None or old[line.old - 1] == line.text
            assert line.new is None or new[line.new - 1] == line.text
        for hunk in parse_difference(text):
            flat = paired(hunk)
            assert [left.text for left, _ in flat if left] == [line.text for line in hunk if line.old is not None]
            assert [right.text for _, right in flat if right] == [line.text for line in hunk if line.new is not None]
