"""Rows that were kept for the next checkpoint count only as long as they are in the log exactly so."""

import pytest

from blufio_tui.core.audit.chain import Column
from blufio_tui.core.audit.written import MAX_ROW_BYTES, MAX_ROWS, WrittenRow, WrittenRows


def row(seq: int, text: str = "x") -> WrittenRow:
    return WrittenRow(seq, b"hash %d" % (seq - 1), (seq, text, b"hash %d" % seq), b"leaf %d" % seq, len(text))


@pytest.mark.parametrize(
    ("seq", "previous", "columns", "leaf"),
    [
        (2, b"hash 1", (2, "x", b"hash 2"), b"leaf 2"),
        (2, b"hash 1", (2, "y", b"hash 2"), None),
        (2, b"hash 1", (2, "x", b"other"), None),
        (2, b"hash 1", (3, "x", b"hash 2"), None),
        (2, b"other", (2, "x", b"hash 2"), None),
        (3, b"hash 1", (2, "x", b"hash 2"), None),
        (4, b"hash 3", (4, "x", b"hash 4"), None),
    ],
)
def test_a_row_has_its_leaf_as_long_as_it_is_what_was_written(
    seq: int, previous: bytes, columns: tuple[Column, ...], leaf: bytes | None
) -> None:
    rows = WrittenRows()
    rows.keep([row(2)])
    assert rows.leaf(seq, previous, columns) == leaf
    assert rows.leaves(seq, previous, [columns]) == (None if leaf is None else [leaf])


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("field", range(3))
def test_many_rows_have_their_leaves_only_if_each_is_what_was_written(number: int, field: int) -> None:
    kept = WrittenRows()
    kept.keep([row(seq) for seq in range(1, 8)])
    rows = [row(seq).row for seq in range(2, 8)]
    assert kept.leaves(2, b"hash 1", rows) == [b"leaf %d" % seq for seq in range(2, 8)]
    changed = list(rows[number])
    changed[field] = (0, "y", b"other")[field]
    rows[number] = tuple(changed)
    assert kept.leaves(2, b"hash 1", rows) is None


def test_many_rows_have_no_leaves_when_one_of_them_is_unknown_or_follows_on_another() -> None:
    kept = WrittenRows()
    kept.keep([row(1), row(2), row(4), row(5), row(6)._replace(previous=b"other"), row(7)])
    assert kept.leaves(1, b"hash 0", [row(1).row, row(2).row]) == [b"leaf 1", b"leaf 2"]
    assert kept.leaves(1, b"hash 0", [row(1).row, row(2).row, row(3).row]) is None
    assert kept.leaves(4, b"hash 3", [row(4).row, row(5).row, row(6).row]) is None
    assert kept.leaves(6, b"hash 5", [row(6).row, row(7).row]) is None
    assert kept.leaves(8, b"hash 7", []) == []


def test_rows_that_are_covered_and_rows_that_are_large_are_not_kept() -> None:
    rows = WrittenRows()
    rows.keep([row(1), row(2), row(3, "x" * MAX_ROW_BYTES), row(4, "x" * (MAX_ROW_BYTES + 1))])
    rows.forget(1)
    assert len(rows) == 2
    assert rows.leaf(3, b"hash 2", (3, "x" * MAX_ROW_BYTES, b"hash 3")) == b"leaf 3"


def test_a_log_that_is_never_signed_does_not_fill_the_memory() -> None:
    rows = WrittenRows()
    for seq in range(3 * MAX_ROWS):
        rows.keep([row(seq)])
    assert len(rows) <= MAX_ROWS
