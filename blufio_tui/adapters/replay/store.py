"""Recorded calls in the database, each bound to its row of the audit log.

The row holds the digest of the record's bytes, and the log's key seals the row: a record of which a byte was
changed is not replayed, and neither is one whose row was.
"""

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.rows import RowType
from blufio_tui.core.errors import NotThere, StorageError
from blufio_tui.core.replay.record import CallRecord, decode, digest

MAX_TOTAL_BYTES = 512 * 1024 * 1024
"""Of all records; the oldest are forgotten first."""
_LOOK_EVERY = 64
"""Records between two looks at how much there is."""


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A record as bytes, before anybody vouches for it."""

    call_id: str
    session_id: str
    skill: str
    content_hash: str
    module_sha256: str
    created: float
    body: bytes


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

    async def put_all(self, calls: Sequence[tuple[StoredCall, bytes]]) -> None:
        """Keep records, all or none; durable once it returns.

        Args:
            calls: each with what its `module_sha256` names, b"" if that is kept already or there is none.

        Raises:
            StorageError: they cannot be stored.
        """
        self._put += len(calls)
        room = 0
        if self._put >= self._looked + _LOOK_EVERY or not self._looked:
            self._looked, room = self._put, self._max_total
        await self._database.write(partial(_insert_all, calls=calls, room=room))

    async def has_module(self, sha256: str) -> bool:
        return await self._database.read(partial(_has_module, sha256=sha256))

    async def is_recorded(self, call_id: str) -> bool:
        """Whether there is a record of the call; nothing is said of its soundness."""
        return await self._database.read(partial(_is_recorded, call_id=call_id))

    async def load(self, call_id: str) -> LoadedCall:
        """The last record of a call, if it is what was written.

        Raises:
            NotThere: the call was not recorded.
            StorageError: the record, its audit row or its module was changed, or cannot be read.
        """
        stored = await self._database.read(partial(_last_of_call, call_id=call_id))
        if stored is None:
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
        name = digest(stored.body)
        rows = await self._audit.sealed(stored.call_id, RowType.RECORD)
        if name not in {row.entry.body_sha256 for row in rows}:
            raise StorageError(
                f"the record of the call {stored.call_id} is not the one that the audit log names: it was changed, "
                "or its row is gone. It is not replayed"
            )
        record = decode(stored.body)
        if record.call_id != stored.call_id:
            raise StorageError(f"the record of the call {stored.call_id} belongs to another call")
        if record.guest.script:
            return LoadedCall(record, b"")
        module = await self._database.read(partial(_module, sha256=record.guest.sha256))
        if hashlib.sha256(module).hexdigest() != record.guest.sha256:
            raise StorageError(f"the module that the call {stored.call_id} ran is gone or was changed")
        return LoadedCall(record, module)


_COLUMNS = "call_id, session_id, skill, content_hash, module_sha256, created, body"


def _insert_all(connection: sqlite3.Connection, calls: Sequence[tuple[StoredCall, bytes]], room: int) -> None:
    for call, module in calls:
        _insert(connection, call, module)
    if room:
        _forget_oldest(connection, room)


def _insert(connection: sqlite3.Connection, call: StoredCall, module: bytes) -> None:
    if module:
        connection.execute("INSERT OR IGNORE INTO recorded_module VALUES (?, ?)", (call.module_sha256, module))
    connection.execute(
        f"INSERT INTO call_record ({_COLUMNS}, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            *(call.call_id, call.session_id, call.skill, call.content_hash, call.module_sha256, call.created),
            *(call.body, len(call.body)),
        ),
    )


def _forget_oldest(connection: sqlite3.Connection, room: int) -> None:
    """The newest records that fit stay, and the modules that they need."""
    connection.execute(
        "DELETE FROM call_record WHERE id IN (SELECT id FROM (SELECT id, SUM(bytes) OVER (ORDER BY id DESC) AS so_far "
        "FROM call_record) WHERE so_far > ?)",
        (room,),
    )
    connection.execute(
        "DELETE FROM recorded_module WHERE sha256 NOT IN (SELECT module_sha256 FROM call_record)",
    )


def _has_module(connection: sqlite3.Connection, sha256: str) -> bool:
    return connection.execute("SELECT 1 FROM recorded_module WHERE sha256 = ?", (sha256,)).fetchone() is not None


def _is_recorded(connection: sqlite3.Connection, call_id: str) -> bool:
    return connection.execute("SELECT 1 FROM call_record WHERE call_id = ?", (call_id,)).fetchone() is not None


def _module(connection: sqlite3.Connection, sha256: str) -> bytes:
    found = connection.execute("SELECT body FROM recorded_module WHERE sha256 = ?", (sha256,)).fetchone()
    return bytes(found[0]) if found else b""


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
    call_id, session_id, skill, content_hash, module_sha256, created, body = row
    return StoredCall(call_id, session_id, skill, content_hash, module_sha256, created, bytes(body))
