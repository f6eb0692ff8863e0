"""Rows that this program appended, kept until a checkpoint covers them.

Their leaves were made while they were appended, from what was written. A checkpoint takes such a leaf only for a row
that the database still holds exactly so, behind the row that it was written behind: it signs no less carefully than
from the key of the chain, at a tenth of the cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from blufio_tui.core.audit.chain import Column

MAX_ROWS = 4000
"""More are not kept: a log that cannot be signed must not fill the memory."""
MAX_ROW_CHARS = 4096
"""A row with more text than this is not kept either. The checkpoint then makes its leaf from the database."""


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """
    Attributes:
        previous: the hash of the row before it.
        row: its columns in the order of CHAINED_COLUMNS, then its hash.
        leaf: the hash of its leaf.
    """

    previous: bytes
    row: tuple[Column, ...]
    leaf: bytes

    @property
    def seq(self) -> int:
        return _seq(self.row)


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
        self._rows.update((one.seq, one) for one in rows if _length(one.row) <= MAX_ROW_CHARS)

    def leaf(self, seq: int, previous: bytes, row: tuple[Column, ...]) -> bytes | None:
        """The leaf of a row with its hash behind its columns, as the database holds it now.

        Args:
            previous: the hash of the row before it, which was looked at already.

        Returns:
            None where the row is not known to be what was written.
        """
        known = self._rows.get(seq)
        return known.leaf if known is not None and known.row == row and known.previous == previous else None

    def forget(self, last: int) -> None:
        """Rows up to this number are covered."""
        self._rows = {seq: one for seq, one in self._rows.items() if seq > last}


def _seq(row: Sequence[Column]) -> int:
    seq = row[0]
    assert isinstance(seq, int), "this program numbered it"
    return seq


def _length(row: Sequence[Column]) -> int:
    return sum(len(value) for value in row if isinstance(value, str))
