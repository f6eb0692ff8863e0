"""The rows of a long audit log, checked in pieces side by side on all processors.

A piece is checked by itself, given the hash of the row before it. Whether pieces fit together is for `ChainCheck.take`
to say, and what is wrong with one for `ChainCheck.feed`: here is only found out which are as they were written.
"""

import asyncio
import json
import logging
import os
import sqlite3
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.chain import CHAINED_COLUMNS, EMPTY, Head, Piece
from blufio_tui.core.audit.sound import sound_piece
from blufio_tui.core.tasks import begin
from blufio_tui.core.text.json_types import Json

log = logging.getLogger(__name__)

PIECE_ROWS = 10_000
"""Rows that are checked at a time, about 0.1 s."""
ROWS_A_PROCESS = 100_000
"""Rows that are worth the start and the memory of another process."""
FIRST_POSSIBLE = -(2**63)
_ROWS = f"SELECT {', '.join(CHAINED_COLUMNS)}, row_hash FROM audit WHERE seq >= ? AND seq <= ? ORDER BY seq"  # noqa: S608
_WORKER = "blufio_tui.adapters.audit.piece_worker"

Pair = tuple[int, int]
"""The numbers of the first and of the last row."""
Check = Callable[[Pair], Awaitable[Piece | None]]


def piece_of(connection: sqlite3.Connection, *, key: bytes, head: Head | None, rows: Pair) -> Piece | None:
    """The rows from one number to another; None if there is anything to be told about them."""
    first, last = rows
    cursor = connection.cursor()
    cursor.row_factory = None
    found = cursor.execute(_ROWS, (first - 1 if first > 1 else FIRST_POSSIBLE, last))
    before = EMPTY
    if first > 1:
        previous = next(found, None)
        if previous is None or previous[0] != first - 1 or not isinstance(previous[-1], bytes):
            return None
        before = Head(first - 1, previous[-1])
    return sound_piece(key, head, before, found)


async def checked_pieces(
    database: Database, key: bytes, head: Head, processes: int = 0, first: int = 1
) -> AsyncGenerator[tuple[int, Piece | None], None]:
    """The rows up to the one that the head record names, in order: the number of the last row of each piece, and the
    piece, None if its rows have to be looked at one by one.

    Args:
        processes: how many may check at once; 0 for as many as there are processors.
        first: the row to begin with.

    Raises:
        StorageError: the log cannot be read.
    """
    pairs = [(one, min(one + PIECE_ROWS - 1, head.seq)) for one in range(first, head.seq + 1, PIECE_ROWS)]

    async def here(rows: Pair) -> Piece | None:
        return await database.read(partial(piece_of, key=key, head=head, rows=rows))

    count = min(processes or os.cpu_count() or 1, (head.seq - first + 1) // ROWS_A_PROCESS)
    if count < 2:
        for rows in pairs:
            yield rows[1], await here(rows)
        return
    async with AsyncExitStack() as stack:
        free = asyncio.Queue[Check]()
        for _ in range(count):
            free.put_nowait(await stack.enter_async_context(_other_process(database.path, key, head)))
        tasks = [begin(_checked(rows, free, here)) for rows in pairs]
        try:
            for (_, last), task in zip(pairs, tasks, strict=True):
                yield last, await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def _checked(rows: Pair, free: "asyncio.Queue[Check]", here: Check) -> Piece | None:
    check = await free.get()
    try:
        return await check(rows)
    except _EndedEarly as error:
        log.warning("a process that checks the audit log ended: %s; its part is checked in this one", error)
        check = here
        return await here(rows)
    finally:
        free.put_nowait(check)


class _EndedEarly(Exception):
    pass


@asynccontextmanager
async def _other_process(database: Path, key: bytes, head: Head) -> AsyncGenerator[Check, None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-m", _WORKER,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={},
    )  # fmt: skip
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None and stdout is not None
    request = {"database": str(database), "key": key.hex(), "head": [head.seq, head.row_hash.hex()]}
    stdin.write(json.dumps(request).encode() + b"\n")

    async def check(rows: Pair) -> Piece | None:
        try:
            stdin.write(b"%d %d\n" % rows)
            await stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise _EndedEarly(str(error)) from error
        said = await stdout.readline()
        if not said.endswith(b"\n"):
            raise _EndedEarly("it stopped answering")
        return _read(json.loads(said))

    try:
        yield check
    finally:
        stdin.close()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await process.wait()


def as_json(piece: Piece | None) -> Json:
    """For the way between two processes."""
    if piece is None:
        return None
    before, last = piece.before, piece.last
    return [before.seq, before.row_hash.hex(), last.seq, last.row_hash.hex(), piece.earliest, piece.latest]


def _read(said: Any) -> Piece | None:
    if said is None:
        return None
    before, before_hash, last, last_hash, earliest, latest = said
    return Piece(Head(before, bytes.fromhex(before_hash)), Head(last, bytes.fromhex(last_hash)), earliest, latest)
