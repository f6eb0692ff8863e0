"""Recorded calls in the database, each bound to its row of the audit log by its number.

The row holds the digest of the record's bytes and the names it is stored under, and the log's key seals the row: a
record of which anything was changed is not replayed, and neither is one whose row was.
"""

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from blufio_tui.adapters.audit.query import ROW_COLUMNS, any_text, as_row
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.storage.columns import blob
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.errors import NotThere, StorageError
from blufio_tui.core.replay.record import CallRecord, decode
from blufio_tui.core.replay.stored_call import KEPT, RecordRow, StoredCall, first_missing, made_room, why_unsound
from blufio_tui.core.text.amounts import size

MAX_TOTAL_BYTES = 512 * 1024 * 1024
"""Of all records; the oldest are forgotten first."""
_LOOK_EVERY = 64
"""Records between two looks at how much there is."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of the audit log, and the record that it is about, if there is one.

    Attributes:
        module: what the record's `module_sha256` names; b"" when that is kept already or there is none.
    """

    row: AuditEntry
    call: StoredCall | None = None
    module: bytes = b""


@dataclass(frozen=True, slots=True)
class LoadedCall:
    """A record that is what was written. `module`: the bytes that ran, b"" for a script."""

    record: CallRecord
    module: bytes


class RecordStore:
    """Safe to use from several processes."""

    def __init__(self, database: Database, audit: AuditStore, max_total: int = MAX_TOTAL_BYTES) -> None:
        self._database = database
        self._audit = audit
        self._max_total = max_total
        self._put = 0
        self._looked = 0

    async def put_all(self, kept: Sequence[Kept]) -> None:
        """Keep records with their rows, all or none; durable once it returns.

        Raises:
            StorageError: they cannot be stored.
        """
        self._put += len(kept)
        room = 0
        if self._put >= self._looked + _LOOK_EVERY or not self._looked:
            self._looked, room = self._put, self._max_total
        await self._audit.append_along([one.row for one in kept], partial(_insert_all, kept=kept, room=room))

    async def has_module(self, sha256: str) -> bool:
        return await self._database.read(partial(_has_module, sha256=sha256))

    async def is_recorded(self, call_id: str) -> bool:
        """Whether there is a record of the call; nothing is said of its soundness."""
        return await self._database.read(partial(_is_recorded, call_id=call_id))

    async def load(self, call_id: str) -> LoadedCall:
        """The last record of a call, if it is what was written.

        Raises:
            NotThere: the call was not recorded, or its record is gone.
            StorageError: the record, its audit row or its module was changed, or cannot be read.
        """
        stored = await self._database.read(partial(_last_of_call, call_id=call_id))
        if stored is None:
            if any(row.entry.rule == KEPT for row in await self._audit.sealed(call_id, RowType.RECORD)):
                raise NotThere(f"the record of the call {call_id} is gone; `audit verify` says whether it was erased")
            hint = "`record.calls = true` in config.toml records the calls that follow"
            raise NotThere(f"the call {call_id} was not recorded; {hint}")
        return await self._checked(stored)

    async def of_skill(self, skill: str, content_hash: str, limit: int = 200) -> list[LoadedCall]:
        """The newest records of a skill as it was with this content, newest first. Raises as `load`."""
        job = partial(_of_skill, skill=skill, content_hash=content_hash, limit=limit)
        return [await self._checked(stored) for stored in await self._database.read(job)]

    async def count(self, skill: str, content_hash: str) -> int:
        """How many calls are recorded of a skill as it was with this content."""
        return await self._database.read(partial(_count, skill=skill, content_hash=content_hash))

    async def _checked(self, stored: StoredCall) -> LoadedCall:
        rows = {row.seq: row.entry for row in await self._audit.sealed(stored.call_id, RowType.RECORD)}
        if problem := why_unsound(stored, rows.get(stored.seq)):
            raise StorageError(f"the record of the call {stored.call_id} {problem}; it is not replayed")
        record = decode(stored.body)
        if record.guest.script:
            return LoadedCall(record, b"")
        module = await self._database.read(partial(_module, sha256=record.guest.sha256))
        if hashlib.sha256(module).hexdigest() != record.guest.sha256:
            raise StorageError(f"the module that the call {stored.call_id} ran is gone or was changed")
        return LoadedCall(record, module)


_COLUMNS = "call_id, session_id, skill, content_hash, module_sha256, created, body, bytes, id"
_INSERT = f"INSERT INTO call_record ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608


def _insert_all(
    connection: sqlite3.Connection, seqs: Sequence[int], *, kept: Sequence[Kept], room: int
) -> Sequence[AuditEntry]:
    modules = [(one.call.module_sha256, one.module) for one in kept if one.call and one.module]
    connection.executemany("INSERT OR IGNORE INTO recorded_module VALUES (?, ?)", modules)
    connection.executemany(_INSERT, [_row_of(one.call, seq) for seq, one in zip(seqs, kept, strict=True) if one.call])
    return _forget_oldest(connection, room) if room else ()


def _row_of(call: StoredCall, seq: int) -> tuple[object, ...]:
    names = (call.call_id, call.session_id, call.skill, call.content_hash, call.module_sha256)
    return (*names, call.created, call.body, call.size, seq)


def _forget_oldest(connection: sqlite3.Connection, room: int) -> Sequence[AuditEntry]:
    """The newest records that fit stay, and the modules that they need. Gives the row that says what was erased."""
    last, count, freed = connection.execute(
        "SELECT max(id), count(*), sum(bytes) FROM (SELECT id, bytes, SUM(bytes) OVER (ORDER BY id DESC) AS so_far "
        "FROM call_record) WHERE so_far > ?",
        (room,),
    ).fetchone()
    if not count:
        return ()
    connection.execute("DELETE FROM call_record WHERE id <= ?", (last,))
    connection.execute(
        "DELETE FROM recorded_module WHERE sha256 NOT IN (SELECT module_sha256 FROM call_record)",
    )
    return (made_room(last, count, size(freed), size(room)),)


def _has_module(connection: sqlite3.Connection, sha256: str) -> bool:
    return connection.execute("SELECT 1 FROM recorded_module WHERE sha256 = ?", (sha256,)).fetchone() is not None


def _is_recorded(connection: sqlite3.Connection, call_id: str) -> bool:
    return connection.execute("SELECT 1 FROM call_record WHERE call_id = ?", (call_id,)).fetchone() is not None


def _module(connection: sqlite3.Connection, sha256: str) -> bytes:
    found = connection.execute("SELECT body FROM recorded_module WHERE sha256 = ?", (sha256,)).fetchone()
    return blob(found[0]) if found else b""


def _last_of_call(connection: sqlite3.Connection, call_id: str) -> StoredCall | None:
    sql = f"SELECT {_COLUMNS} FROM call_record WHERE call_id = ? ORDER BY id DESC LIMIT 1"  # noqa: S608
    found = connection.execute(sql, (call_id,)).fetchone()
    return _stored(found) if found else None


def _of_skill(connection: sqlite3.Connection, skill: str, content_hash: str, limit: int) -> list[StoredCall]:
    sql = (
        f"SELECT {_COLUMNS} FROM call_record WHERE skill = ? AND content_hash = ? "  # noqa: S608
        "ORDER BY id DESC LIMIT ?"
    )
    return [_stored(row) for row in connection.execute(sql, (skill, content_hash, limit))]


def _count(connection: sqlite3.Connection, skill: str, content_hash: str) -> int:
    sql = "SELECT count(*) FROM call_record WHERE skill = ? AND content_hash = ?"
    return int(connection.execute(sql, (skill, content_hash)).fetchone()[0])


def _stored(row: sqlite3.Row) -> StoredCall:
    call_id, session_id, skill, content_hash, module_sha256, created, body, size, seq = row
    return StoredCall(call_id, session_id, skill, content_hash, module_sha256, created, blob(body), size, seq)


def unsound_record(connection: sqlite3.Connection) -> tuple[int, str] | None:
    """The first record or module that is not what was stored, or is gone: the number of its row (0 for a module), and
    what is wrong with it in words.

    The rows of the audit log that name the records are taken for what was written: check the chain first.
    """
    connection.execute("BEGIN")  # all from one moment of the database
    try:
        return _unsound_record(connection)
    finally:
        connection.execute("ROLLBACK")


def _unsound_record(connection: sqlite3.Connection) -> tuple[int, str] | None:
    cursor = connection.cursor()
    cursor.row_factory = None
    with any_text(connection, "surrogateescape"):
        for columns in cursor.execute(_WITH_ROWS):
            call = _stored(columns[:_COUNT])
            row = as_row(columns[_COUNT:]).entry if columns[_COUNT] is not None else None
            if problem := why_unsound(call, row):
                return call.seq, f"the record of the call {call.call_id} {problem}"
        stored = {row[0] for row in cursor.execute("SELECT id FROM call_record NOT INDEXED")}
        about = cursor.execute(_ABOUT_RECORDS, (RowType.RECORD, KEPT, RowType.ERASE))
        if (gone := first_missing(map(_record_row, about), stored)) is not None:
            return gone.seq, f"the record of the call {gone.call_id} is gone, and no row says that it was erased"
    sql = (
        "SELECT call_record.id, call_id FROM call_record LEFT JOIN recorded_module ON module_sha256 = sha256 "
        "WHERE module_sha256 <> '' AND sha256 IS NULL ORDER BY call_record.id LIMIT 1"
    )
    if (missing := connection.execute(sql).fetchone()) is not None:
        return missing[0], f"the module that the call {missing[1]} ran is gone"
    for sha256, body in connection.execute("SELECT sha256, body FROM recorded_module"):
        if hashlib.sha256(blob(body)).hexdigest() != sha256:
            return 0, f"the module {sha256} of recorded calls was changed"
    return None


_COUNT = _COLUMNS.count(",") + 1
_WITH_ROWS = (
    f"SELECT {', '.join(f'r.{name}' for name in _COLUMNS.split(', '))}, "  # noqa: S608
    f"{', '.join(f'a.{name}' for name in ROW_COLUMNS)} "
    "FROM call_record AS r LEFT JOIN audit AS a ON a.seq = r.id ORDER BY r.id"
)
_ABOUT_RECORDS = (
    "SELECT seq, row_type, call_id, session_id, resource FROM audit NOT INDEXED "
    "WHERE (row_type = ? AND rule = ?) OR row_type = ?"
)


def _record_row(columns: Sequence[Any]) -> RecordRow:
    seq, row_type, call_id, session_id, resource = columns
    return RecordRow(seq, row_type == RowType.RECORD, call_id, session_id, resource)
