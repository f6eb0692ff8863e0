"""A long audit log checked piece by piece on all processors.

Only a log without any fault is passed here. Whatever a piece finds odd makes the log be checked from its first row on,
in order: what is said of a fault does not depend on how the log was cut into pieces.
"""

import asyncio
import os
import signal
import sqlite3
from array import array
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from blufio_tui.adapters.audit import query as audit_query
from blufio_tui.core.audit.chain import EMPTY, ChainCheck, Head

WORTH_IT = 200_000
"""Rows from which on it is quicker to start processes first."""
_PIECE = 25_000
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Piece:
    """What was found of the rows after `start`: none is odd.

    Attributes:
        start: the row before the first, with its hash as it is stored.
        stamps: when each row was written; microseconds.
    """

    start: Head
    end: Head
    stamps: "array[int]"


def length(connection: sqlite3.Connection) -> int:
    """How many rows there are, where they are numbered from 1 without a gap; else 0."""
    count, first, last = connection.execute("SELECT count(*), min(seq), max(seq) FROM audit").fetchone()
    return count if (first, last) == (1, count) and isinstance(last, int) else 0


async def checked_ahead(
    path: Path, key: bytes, head: Head | None, last: int, told: Callable[[int], None] | None
) -> ChainCheck | None:
    """A check that has taken the rows up to `last`, to go on with those after it; None where it must be done in order.

    Args:
        head: the head record as it was read before.
        told: hears how many rows were checked.
    """
    borders = [*range(0, last, _PIECE), last]
    check = ChainCheck(key, head)
    workers = min(len(os.sched_getaffinity(0)), len(borders) - 1)
    try:
        pool = ProcessPoolExecutor(workers, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))
    except OSError:
        return None
    try:
        for future in [pool.submit(check_piece, path, key, head, *piece) for piece in pairwise(borders)]:
            piece = await asyncio.wrap_future(future)
            if piece is None or not check.take(piece.start, piece.end, piece.stamps):
                return None
            if told is not None:
                told(check.rows)
    except (OSError, BrokenProcessPool):  # no more processes to be had
        return None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return check


def check_piece(path: Path, key: bytes, head: Head | None, before: int, last: int) -> Piece | None:
    """Check the rows `before` + 1 to `last`, in a process of its own; None when anything about them is odd."""
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error:
        return None
    try:
        return _checked(connection, ChainCheck(key, head, _stored(connection, before)), last)
    except (sqlite3.Error, ValueError):
        return None
    finally:
        connection.close()


def _stored(connection: sqlite3.Connection, seq: int) -> Head:
    """A row's hash as it is stored, which the piece before this one checks.

    Raises:
        ValueError: there is no such row, or it has no hash.
    """
    if not seq:
        return EMPTY
    (*_, row_hash), *_ = audit_query.chained_rows(connection, seq, 1) or [(None,)]
    if not isinstance(row_hash, bytes):
        raise ValueError(f"row {seq} has no hash")
    return Head(seq, row_hash)


def _checked(connection: sqlite3.Connection, check: ChainCheck, last: int) -> Piece | None:
    start, stamps = Head(check.seq, check.row_hash), array("q")
    while check.seq < last:
        rows = audit_query.chained_rows(connection, check.seq + 1, min(_CHUNK, last - check.seq))
        if not rows:
            return None
        for *columns, row_hash in rows:
            if check.feed(columns, row_hash) is not None or not isinstance(columns[1], int):
                return None
            stamps.append(columns[1])
    return Piece(start, Head(check.seq, check.row_hash), stamps)
