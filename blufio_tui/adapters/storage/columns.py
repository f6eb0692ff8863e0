"""Columns as their table declares them, whatever somebody who changed the file left there.

SQLite holds a `STRICT` table to its types when a row is written, not when it is read: who defines the table anew can
leave anything in it.
"""

_LATEST = 1e11
"""Of seconds, the year 5138; of milliseconds, three years."""


def blob(value: object) -> bytes:
    """A column of bytes; b"" for anything else. Of a number, `bytes` would make that many zeros."""
    return value if isinstance(value, bytes) else b""


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def whole(value: object) -> int:
    """A column of whole numbers that are never negative; -1 for anything else."""
    return value if isinstance(value, int) else -1


def real(value: object) -> float:
    """A column of seconds since the epoch or of milliseconds that something took; 0.0 for what can be neither."""
    return value if isinstance(value, float) and 0 <= value < _LATEST else 0.0
