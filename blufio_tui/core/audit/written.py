"""Rows that this program appended, kept until a checkpoint covers them.

Their leaves were made while they were appended, from what was written. A checkpoint takes such a leaf only for a row
that the database still holds exactly so, behind the row that it was written behind: it signs no less carefully than
from the key of the chain, at a tenth of the cost.
"""

from collections.abc import Sequence
from typing import NamedTuple

from blufio_tui.core.audit.chain import Column

MAX_ROWS = 4000
"""More are not kept: a log that cannot be signed must not fill the memory."""
MAX_ROW_BYTES = 4096
"""A longer row is not kept either. The checkpoint then makes its leaf from the database."""


class WrittenRow(NamedTuple):
    """
    Attributes:
        previous: the hash of the row before it.
        row: its columns in the order of CHAINED_COLUMNS, then its hash.
        leaf: the hash of its leaf.
        size: how many bytes its columns have as the chain encodes them.
    """

    seq: int
    previous: bytes
    row: tuple[Column, ...]
    leaf: bytes
    size: int


class WrittenRows:
    """Changed on one thread; any thread may ask for a leaf meanwhile."""

    def __init__(self) -> None:
        self._rows: dict[int, WrittenRow] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def keep(self, rows: Sequence[WrittenRow]) -> None:
        """Rows whose commit is done."""
        if len(self._rows) + len(rows) > MAX_ROWS:
            self._rows.clear()
        for one in rows:
            if one.size <= MAX_ROW_BYTES:
                self._rows[one.seq] = one

    def leaf(self, seq: int, previous: bytes, row: tuple[Column, ...]) -> bytes | None:
        """The leaf of a row with its hash behind its columns, as the database holds it now.

        Args:
            previous: the hash of the row before it, which was looked at already.

        Returns:
            None where the row is not known to be what was written.
        """
        known = self._rows.get(seq)
        return known.leaf if known is not None and known.row == row and known.previous == previous else None

    def leaves(self, first: int, previous: bytes, rows: Sequence[tuple[Column, ...]]) -> list[bytes] | None:
        """As `leaf` for rows that follow on each other, from number `first` on; None where one of them has none."""
        known = [self._rows.get(seq) for seq in range(first, first + len(rows))]
        there = [one for one in known if one is not None]
        if len(there) < len(rows) or [one.row for one in there] != list(rows):
            return None
        if [one.previous for one in there] != [previous, *(row[-1] for row in rows)][: len(rows)]:
            return None
        return [one.leaf for one in there]

    def forget(self, last: int) -> None:
        """Rows up to this number are covered."""
        self._rows = {seq: one for seq, one in self._rows.items() if seq > last}
