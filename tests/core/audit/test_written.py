"""Rows that were kept for the next checkpoint count only as long as they are in the log exactly so."""

import pytest

from blufio_tui.core.audit.chain import Column
from blufio_tui.core.audit.written import MAX_ROW_CHARS, MAX_ROWS, WrittenRow, WrittenRows


def row(seq: int, text: str = "x") -> WrittenRow:
    return WrittenRow(b"before %d" % seq, (seq, text, b"hash"), b"leaf %d" % seq)


@pytest.mark.parametrize(
    ("seq", "previous", "columns", "leaf"),
    [
        (2, b"before 2", (2, "x", b"hash"), b"leaf 2"),
        (2, b"before 2", (2, "y", b"hash"), None),
        (2, b"before 2", (2, "x", b"other"), None),
        (2, b"before 2", (3, "x", b"hash"), None),
        (2, b"before 3", (2, "x", b"hash"), None),
        (3, b"before 2", (2, "x", b"hash"), None),
        (4, b"before 4", (4, "x", b"hash"), None),
    ],
)
def test_a_row_has_its_leaf_as_long_as_it_is_what_was_written(
    seq: int, previous: bytes, columns: tuple[Column, ...], leaf: bytes | None
) -> None:
    rows = WrittenRows()
    rows.keep([row(2)])
    assert rows.leaf(seq, previous, columns) == leaf


def test_rows_that_are_covered_and_rows_that_are_large_are_not_kept() -> None:
    rows = WrittenRows()
    rows.keep([row(1), row(2), row(3, "x" * MAX_ROW_CHARS), row(4, "x" * (MAX_ROW_CHARS + 1))])
    rows.forget(1)
    assert len(rows) == 2
    assert rows.leaf(3, b"before 3", (3, "x" * MAX_ROW_CHARS, b"hash")) == b"leaf 3"


def test_a_log_that_is_never_signed_does_not_fill_the_memory() -> None:
    rows = WrittenRows()
    for seq in range(3 * MAX_ROWS):
        rows.keep([row(seq)])
    assert len(rows) <= MAX_ROWS
