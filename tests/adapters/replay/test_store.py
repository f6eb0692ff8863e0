"""Every change of a record, of the module it ran or of the row that names it is found."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.replay.store import Kept, RecordStore, unsound_record
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.chain import CHAINED_COLUMNS
from blufio_tui.core.audit.rows import AuditEntry, AuditFilter, RowType
from blufio_tui.core.errors import NotThere, StorageError
from blufio_tui.core.replay.record import CallRecord, Guest, digest, encode
from blufio_tui.core.replay.stored_call import KEPT, StoredCall
from tests.fakes.call_records import read, record_of
from tests.fakes.loose_tables import ODD_VALUES, loosen
from tests.fakes.session_clock import SettableClock

MODULE = b"\0asm the module"
SHA256 = hashlib.sha256(MODULE).hexdigest()


def record(call_id: str = "c1") -> CallRecord:
    return record_of([read("/a")], guest=Guest("skill.wasm", SHA256), call_id=call_id)


class Home:
    """A database with records in it."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder / "blufio.db")
        self.database.open()
        self.audit = AuditStore(self.database, AuditKey(folder / "audit.key"), SettableClock())
        self.records = RecordStore(self.database, self.audit)

    async def keep(self, one: CallRecord, module: bytes = MODULE, room: int = 0) -> None:
        body = encode(one)
        names = (one.call_id, one.session_id, one.skill, one.content_hash)
        stored = StoredCall(*names, SHA256, one.created, body, len(body))
        store = RecordStore(self.database, self.audit, room) if room else self.records
        row = AuditEntry(
            RowType.RECORD,
            "record",
            one.skill,
            actor=one.skill,
            actor_hash=one.content_hash,
            session_id=one.session_id,
            call_id=one.call_id,
            rule=KEPT,
            outcome="ok",
            body_sha256=digest(body),
            body_bytes=len(body),
        )
        await store.put_all([Kept(row, stored, module)])

    async def change(self, sql: str, *values: object) -> None:
        await self.database.write(lambda connection: connection.execute(sql, values))


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    home = Home(tmp_path)
    await home.audit.append(AuditEntry(RowType.MODE, "mode", "ask"))
    await home.keep(record())
    yield home
    home.database.close()


async def test_what_was_kept_comes_back(home: Home) -> None:
    loaded = await home.records.load("c1")
    assert (loaded.record, loaded.module) == (record(), MODULE)
    assert await home.records.count("probe", "aa" * 32) == 1
    assert [one.record.call_id for one in await home.records.of_skill("probe", "aa" * 32)] == ["c1"]


async def test_a_call_that_was_not_recorded_is_not_there(home: Home) -> None:
    with pytest.raises(NotThere, match=r"record\.calls"):
        await home.records.load("c2")


def test_no_byte_of_a_record_can_change_without_its_digest() -> None:
    body = encode(record())
    for place in range(len(body)):
        assert digest(body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]) != digest(body)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.2, 0.4, 0.6, 0.8, 0.99])
async def test_a_changed_byte_is_found(home: Home, share: float) -> None:
    body = bytearray(encode(record()))
    body[int(share * len(body))] ^= 1
    await home.change("UPDATE call_record SET body = ?", bytes(body))
    with pytest.raises(StorageError, match="not the one that the audit log names"):
        await home.records.load("c1")


@pytest.mark.parametrize(
    "column", [name for name in CHAINED_COLUMNS if name not in ("seq", "call_id", "kind", "about_seq")]
)
async def test_a_changed_row_is_found(home: Home, column: str) -> None:
    is_text = column not in ("ts_us", "body_bytes", "duration_us")
    await home.change(f"UPDATE audit SET {column} = ? WHERE kind = 'record'", "other" if is_text else 77)
    with pytest.raises(StorageError, match="was changed"):
        await home.records.load("c1")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET row_hash = x'00' WHERE kind = 'record'",
        "UPDATE audit SET row_hash = x'00' WHERE kind = 'mode'",
        "UPDATE audit SET call_id = 'c9' WHERE kind = 'record'",
        "UPDATE audit SET kind = 'mode' WHERE kind = 'record'",
        "UPDATE audit SET about_seq = 1 WHERE kind = 'record'",
        "UPDATE audit SET seq = 9 WHERE kind = 'record'",
        "DELETE FROM audit WHERE kind = 'record'",
        "UPDATE recorded_module SET body = x'00'",
        "DELETE FROM recorded_module",
    ],
)
async def test_a_row_or_module_that_is_gone_or_moved_is_found(home: Home, sql: str) -> None:
    await home.change(sql)
    with pytest.raises(StorageError):
        await home.records.load("c1")


@pytest.mark.parametrize("value", ODD_VALUES)
@pytest.mark.parametrize("table", ["call_record", "recorded_module"])
async def test_a_body_of_another_type_is_found(home: Home, table: str, value: str) -> None:
    await home.database.write(lambda connection: loosen(connection, table))
    await home.change(f"UPDATE {table} SET body = {value}")
    with pytest.raises(StorageError):
        await home.records.load("c1")
    assert await home.database.read(unsound_record) is not None


async def test_the_record_of_another_call_does_not_stand_in(home: Home) -> None:
    await home.keep(record("c2"))
    await home.change("UPDATE call_record SET call_id = 'c1' WHERE call_id = 'c2'")
    with pytest.raises(StorageError, match="not the one"):
        await home.records.load("c1")


async def test_a_row_of_another_log_does_not_vouch(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    await other.audit.append(AuditEntry(RowType.MODE, "mode", "ask"))
    forged = record_of([read("/b")], guest=Guest("skill.wasm", SHA256))
    await other.keep(forged)
    columns = ", ".join((*CHAINED_COLUMNS, "row_hash"))
    row = await other.database.read(lambda c: tuple(c.execute(f"SELECT {columns} FROM audit WHERE seq = 2").fetchone()))
    other.database.close()
    await home.change("DELETE FROM audit WHERE seq = 2")
    await home.change(f"INSERT INTO audit ({columns}) VALUES ({', '.join('?' * len(row))})", *row)
    await home.change("UPDATE call_record SET body = ?", encode(forged))
    with pytest.raises(StorageError, match="was changed"):
        await home.records.load("c1")


async def test_the_oldest_records_make_room_and_their_modules_go(home: Home) -> None:
    await home.keep(record("c2"), b"")
    await home.keep(record("c3"), b"", room=len(encode(record())))
    with pytest.raises(NotThere, match="is gone"):
        await home.records.load("c1")
    assert (await home.records.load("c3")).module == MODULE
    erased = [row async for row in home.audit.rows(AuditFilter(kind="erase"))]
    assert [row.entry.resource for row in erased] == ["the records of calls up to row 3"]
    assert erased[0].entry.detail.startswith("2 records (")


async def test_a_deleted_session_takes_its_records(home: Home) -> None:
    await home.change("INSERT INTO sessions (session_id, project, created, updated) VALUES ('s1', '/', 0, 0)")
    await home.change("DELETE FROM sessions WHERE session_id = 's1'")
    with pytest.raises(NotThere):
        await home.records.load("c1")
