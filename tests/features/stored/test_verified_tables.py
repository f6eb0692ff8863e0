"""`audit verify` finds a change of any column of any table that it answers for. The tables and their columns are read
from the schema, so that a new one cannot be forgotten."""

import asyncio
import hmac
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.replay.store import Kept, RecordStore
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.rows import AuditEntry, AuditFilter, RowType, Verification
from blufio_tui.core.replay.record import Guest, digest, encode
from blufio_tui.core.replay.stored_call import KEPT, StoredCall
from blufio_tui.core.settings.schema import Settings
from blufio_tui.features.stored.stores import VERIFIED_TABLES, audit_on, guardian_on, opened_database
from tests.fakes.call_records import read, record_of

NOT_VERIFIED = {
    "applied_migration": "what the schema is; a database with another one does not open",
    "disabled_bundled_skill": "a setting",
    "drafts": "unsent prompts",
    "messages": "conversations: said to be outside",
    "messages_fts": "an index of messages",
    "messages_fts_config": "an index of messages",
    "messages_fts_data": "an index of messages",
    "messages_fts_docsize": "an index of messages",
    "messages_fts_idx": "an index of messages",
    "model_requests": "costs",
    "publisher": "trust of the installer, which checks signatures itself",
    "sessions": "conversations: said to be outside",
    "skill": "the installer compares each skill with its content hash, and rows of the log name that",
    "skill_generation": "a counter for caches",
    "sqlite_sequence": "of SQLite",
    "tool_calls": "conversations: said to be outside",
}
MODULE = b"\0asm the module"


def schema() -> list[tuple[str, str]]:
    """Each table with each of its columns, of an empty database of this version."""
    connection = sqlite3.connect(":memory:")
    from blufio_tui.adapters.storage.database import migrations

    for _, script in migrations():
        connection.executescript(script.read_text())
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = [(name, row[1]) for name in tables for row in connection.execute(f"PRAGMA table_info({name})")]
    connection.close()
    return sorted(found)


COLUMNS = [(table, column) for table, column in schema() if table in VERIFIED_TABLES]


class Home:
    """A home with a log, two checkpoints over it, and the records of a module and of a script."""

    rows = 260

    def __init__(self) -> None:
        self.paths = Paths.from_environment()
        self.database = opened_database(self.paths)

    def fill(self) -> None:
        asyncio.run(self._fill())
        assert self.verified() == Verification(ok=True, rows=self.rows)

    def store(self) -> AuditStore:
        return audit_on(self.database, self.paths, guardian_on(self.database, self.paths, Settings, print))

    async def _fill(self) -> None:
        audit = self.store()
        assert audit.guardian is not None
        await audit.append_many([AuditEntry(RowType.MODE, "mode", f"m{number}") for number in range(258)])
        await audit.guardian.checkpoints.make()
        records = RecordStore(self.database, audit)
        for call_id, guest in (("c1", Guest("skill.wasm", digest(MODULE))), ("c2", Guest("s.py", "bb" * 32, b"x = 1"))):
            await records.put_all([kept(call_id, guest)])
        await audit.guardian.checkpoints.make()

    def verified(self) -> Verification:
        return asyncio.run(self.store().verify())

    def change(self, sql: str, *values: object) -> int:
        with sqlite3.connect(self.database.path) as connection:
            changed = connection.execute(sql, values).rowcount
        connection.close()
        return changed

    def redefine(self, name: str, before: str, after: str) -> None:
        """Change what the schema says of an index, and not the index."""
        with sqlite3.connect(self.database.path) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            sql = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = ?"
            assert connection.execute(sql, (f"WHERE {before}", f"WHERE {after}", name)).rowcount == 1
        connection.close()

    def rowids(self, table: str) -> list[int]:
        return self.database.read_sync(lambda c: [row[0] for row in c.execute(f"SELECT rowid FROM {table}")])

    def value(self, table: str, column: str, rowid: int) -> object:
        sql = f"SELECT {column} FROM {table} WHERE rowid = ?"
        return self.database.read_sync(lambda c: c.execute(sql, (rowid,)).fetchone()[0])


def kept(call_id: str, guest: Guest) -> Kept:
    record = replace(record_of([read("/a")], guest=guest), call_id=call_id)
    body = encode(record)
    module = "" if guest.script else guest.sha256
    names = (call_id, record.session_id, record.skill, record.content_hash, module)
    row = AuditEntry(
        RowType.RECORD,
        "record",
        record.skill,
        actor=record.skill,
        actor_hash=record.content_hash,
        session_id=record.session_id,
        call_id=call_id,
        rule=KEPT,
        outcome="ok",
        body_sha256=digest(body),
        body_bytes=len(body),
    )
    return Kept(row, StoredCall(*names, record.created, body, len(body)), MODULE if module else b"")


def head_of_an_earlier_version(path: Path) -> None:
    """Rewrite the head record as it was when it named no checkpoint."""
    keys = AuditKey(path)
    key = keys.key(log_is_empty=False)
    head = keys.head(key)
    assert head is not None and head.checkpoint.number == 2
    text = f"blufio-audit-head-1 {head.seq:020d} {head.row_hash.hex()}"
    keys.head_path.write_text(f"{text} {hmac.digest(key, text.encode(), 'sha256').hex()}\n")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a filled home; each test has a copy."""
    folder = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BLUFIO_HOME", str(folder))
        home = Home()
        home.fill()
        home.database.close()
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filled: Path) -> Iterator[Home]:
    shutil.copytree(filled, tmp_path / "home")
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    home = Home()
    yield home
    home.database.close()


def other_values(value: object) -> list[object]:
    """Values of the same kind, near and far."""
    match value:
        case int():
            return [value + 1, value + 1000, -value - 1, 2**62]
        case float():
            return [value + 1, value + 1e-6]
        case str():
            return [value + "x", value[:-1] + " " if value else " ", ""] if value else ["x", " "]
        case bytes():
            return [bytes([value[0] ^ 1]) + value[1:], value[:-1] + bytes([value[-1] ^ 128]), value[:-1], value + b"\0"]
    raise AssertionError(type(value))


def test_each_table_is_verified_or_said_not_to_be() -> None:
    assert {table for table, _ in schema()} | {"applied_migration"} == {*VERIFIED_TABLES, *NOT_VERIFIED}


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_no_column_can_be_changed_unnoticed(home: Home, table: str, column: str) -> None:
    rowids = home.rowids(table)
    for rowid in {rowids[0], rowids[len(rowids) // 2], rowids[-1]}:
        before = home.value(table, column, rowid)
        for other in other_values(before):
            try:
                home.change(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", other, rowid)
            except sqlite3.IntegrityError:
                continue  # another row has this number
            assert not home.verified().ok, (rowid, before, other)
            moved = other if column in ("seq", "id", "number") else rowid
            home.change(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", before, moved)
    assert home.verified().ok


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM audit WHERE seq = 7",
        "DELETE FROM audit_block",
        "INSERT INTO audit_block VALUES (7, zeroblob(32))",
        "DELETE FROM audit_checkpoint WHERE id = 1",
        "INSERT INTO audit_checkpoint SELECT id + 1, rows, peaks, envelope, seal FROM audit_checkpoint WHERE id = 2",
        "INSERT INTO audit_checkpoint SELECT id + 2, rows, peaks, envelope, seal FROM audit_checkpoint WHERE id = 2",
        "DELETE FROM recorded_module",
        "INSERT INTO recorded_module VALUES ('aa', x'00')",
        "UPDATE call_record SET id = CASE id WHEN 259 THEN -260 ELSE -259 END",
        "INSERT INTO call_record SELECT id + 9, call_id, session_id, skill, content_hash, module_sha256, created, "
        "bytes, body FROM call_record WHERE id = 259",
    ],
)
def test_no_row_can_come_go_or_move_unnoticed(home: Home, sql: str) -> None:
    assert home.change(sql) > 0
    found = home.verified()
    assert not found.ok
    assert found.reason


@pytest.mark.parametrize(
    "sql",
    [
        "DROP INDEX audit_denied",
        "CREATE INDEX more ON audit (rule)",
        "CREATE TRIGGER more AFTER INSERT ON audit BEGIN SELECT 1; END",
        "CREATE TRIGGER more AFTER DELETE ON call_record BEGIN SELECT 1; END",
        "ALTER TABLE audit ADD COLUMN more TEXT",
        "ALTER TABLE recorded_module ADD COLUMN more TEXT",
    ],
)
def test_no_definition_can_be_changed_unnoticed(home: Home, sql: str) -> None:
    home.change(sql)
    assert "is defined otherwise" in home.verified().reason


def test_an_index_that_hides_rows_is_found(home: Home) -> None:
    home.change("DROP INDEX audit_denied")
    home.change("CREATE INDEX audit_denied ON audit (seq) WHERE about_seq = 0 AND decision = 'deny' AND seq <> 7")
    assert "audit_denied in the database is defined otherwise" in home.verified().reason


@pytest.mark.parametrize(
    ("index", "condition"),
    [
        ("audit_denied", "about_seq = 0 AND decision = 'deny'"),
        ("audit_call", "about_seq = 0 AND call_id <> ''"),
        ("audit_session", "about_seq = 0 AND session_id <> ''"),
        ("audit_actor", "about_seq = 0"),
    ],
)
def test_an_index_that_lacks_entries_is_found(home: Home, index: str, condition: str) -> None:
    entry = AuditEntry(RowType.DECISION, "exec", "x", "bash", session_id="s1", call_id="c9", decision="deny")
    asyncio.run(home.store().append(entry))
    where = AuditFilter(actor="bash", session_id="s1", call_id="c9", decision="deny")
    assert len(asyncio.run(home.store().page(where))) == 1
    home.database.close()
    home.redefine(index, condition, f"{condition} AND seq <> 261")
    home.change(f"REINDEX {index}")
    home.redefine(index, f"{condition} AND seq <> 261", condition)
    home.database.open()
    found = home.verified()
    assert (found.ok, found.first_bad_seq) == (False, 1)
    assert f"from index {index}" in found.reason and "so lists may lack rows" in found.reason
    home.change(f"REINDEX {index}")
    assert home.verified().ok


def test_a_record_that_is_gone_is_missed(home: Home) -> None:
    home.change("DELETE FROM call_record WHERE call_id = 'c1'")
    home.change("DELETE FROM recorded_module")
    found = home.verified()
    assert (found.ok, found.first_bad_seq) == (False, 259)
    assert "the record of the call c1 is gone, and no row says that it was erased" in found.reason


def test_records_that_made_room_are_not_missed(home: Home) -> None:
    asyncio.run(RecordStore(home.database, home.store(), 1).put_all([kept("c3", Guest("s.py", "bb" * 32, b"x"))]))
    assert home.rowids("call_record") == []
    assert home.verified() == Verification(ok=True, rows=262)


def test_records_of_an_erased_session_are_not_missed(home: Home) -> None:
    home.change("INSERT INTO sessions (session_id, project, created, updated) VALUES ('s1', '/', 0, 0)")
    home.change("DELETE FROM sessions WHERE session_id = 's1'")
    assert home.rowids("call_record") == []
    assert home.verified().first_bad_seq == 259, "its rows do not say that it was erased"
    asyncio.run(home.store().append(AuditEntry(RowType.ERASE, "erase", "session s1", session_id="s1")))
    assert home.verified().ok


def test_records_that_an_earlier_version_erased_are_not_missed(home: Home) -> None:
    row = replace(kept("c3", Guest("s.py", "bb" * 32, b"x")).row, rule="")
    asyncio.run(home.store().append(row))
    assert home.verified().ok


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("DELETE FROM audit_checkpoint WHERE id = 2", "checkpoint 2 is gone, which the head record names"),
        ("DELETE FROM audit_checkpoint", "checkpoints 1 to 2 are gone, which the head record names"),
    ],
)
def test_the_newest_checkpoints_are_missed(home: Home, sql: str, reason: str) -> None:
    home.change(sql)
    home.change("DELETE FROM audit_block WHERE number > 0 OR NOT EXISTS (SELECT 1 FROM audit_checkpoint)")
    assert reason in home.verified().reason


def test_records_of_an_earlier_version_get_the_numbers_of_their_rows(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.database.close()
    home.change("UPDATE call_record SET id = id - 258")
    home.change("INSERT INTO call_record SELECT 9, 'c3', '', '', '', '', 0, 1, x'00'")
    home.change("DROP TABLE audit_checkpoint")
    home.change("CREATE TABLE audit_checkpoint (id INTEGER PRIMARY KEY, rows, peaks, envelope)")
    home.change("DELETE FROM applied_migration WHERE number = 21")
    head_of_an_earlier_version(home.paths.audit_key)
    home.database = Database(home.paths.database)
    home.database.open()
    assert home.rowids("call_record") == [259, 260]
    assert home.verified() == Verification(ok=True, rows=260)
    loaded = asyncio.run(RecordStore(home.database, home.store()).load("c1"))
    assert loaded.module == MODULE
    assert asyncio.run(home.store().append(AuditEntry(RowType.MODE, "mode", "ask"))) == 261
    assert home.verified().ok
