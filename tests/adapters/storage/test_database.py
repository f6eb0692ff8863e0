"""The database: durable writes, migrations, errors that say what to do."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from blufio_tui.adapters.storage.database import Database, migrations
from blufio_tui.core.errors import StorageError


@pytest.fixture
def database(tmp_path: Path):
    opened = Database(tmp_path / "data" / "blufio.db")
    opened.open()
    opened.write_sync(lambda c: c.execute("CREATE TABLE note (text TEXT UNIQUE)"))
    yield opened
    opened.close()


def add(text: str):
    return lambda connection: connection.execute("INSERT INTO note VALUES (?)", (text,)).rowcount


def notes(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT text FROM note ORDER BY text")]


async def test_a_write_is_there_for_the_next_read(database: Database) -> None:
    assert await database.write(add("one")) == 1
    assert await database.read(notes) == ["one"]


async def test_a_failing_write_of_a_group_leaves_the_others(database: Database) -> None:
    results = await asyncio.gather(
        *(database.write(add(text)) for text in ("a", "b", "a", "c")), return_exceptions=True
    )
    assert [type(result) for result in results] == [int, int, StorageError, int]
    assert await database.read(notes) == ["a", "b", "c"]


async def test_a_failing_job_undoes_its_own_changes(database: Database) -> None:
    def add_then_fail(connection: sqlite3.Connection) -> None:
        add("lost")(connection)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await database.write(add_then_fail)
    assert await database.read(notes) == []


async def test_a_full_disk_is_an_error_that_says_so_and_the_next_write_works(database: Database) -> None:
    pages = database.write_sync(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    database.write_sync(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 1}").fetchone())
    with pytest.raises(StorageError, match="disk is full"):
        await database.write(add("x" * 100_000))
    database.write_sync(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchone())
    await database.write(add("after"))
    assert await database.read(notes) == ["after"]


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError):
        database.read_sync(add("no"))


def test_a_damaged_file_is_reported_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "blufio.db"
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(StorageError, match="damaged"):
        Database(path).open()


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    database = Database(tmp_path / "blufio.db")
    database.open()
    database.write_sync(lambda c: c.execute("INSERT INTO applied_migration VALUES (999)"))
    database.close()
    with pytest.raises(StorageError, match="newer version"):
        Database(database.path).open()


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be used"):
        Database(tmp_path / "file" / "blufio.db").open()


def test_the_file_is_private(database: Database) -> None:
    assert database.path.stat().st_mode & 0o077 == 0


def test_opening_twice_applies_each_migration_once(tmp_path: Path) -> None:
    for _ in range(2):
        database = Database(tmp_path / "blufio.db")
        database.open()
        applied = database.read_sync(lambda c: [r[0] for r in c.execute("SELECT number FROM applied_migration")])
        assert applied == [number for number, _ in migrations()]
        database.close()


def test_a_file_from_before_requests_were_timed_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = list(migrations())
    database = Database(tmp_path / "blufio.db")
    with monkeypatch.context() as before:
        before.setattr("blufio_tui.adapters.storage.database.migrations", lambda: scripts[:4])
        database.open()
        row = "'s', 't', 'm', 1, 2, 3, 4, 0.5, 6.0, 'end_turn'"
        database.write_sync(lambda c: c.execute(f"INSERT INTO model_requests VALUES (NULL, {row})"))
        database.close()
    database.open()
    assert database.read_sync(lambda c: c.execute("SELECT duration_ms FROM model_requests").fetchone()[0]) == 0.0
    database.close()


def test_a_closed_database_refuses_writes(database: Database) -> None:
    database.close()
    with pytest.raises(StorageError, match="closed"):
        database.write_sync(add("no"))


def test_text_that_is_not_utf8_is_read_with_a_mark_and_hides_no_other_row(database: Database) -> None:
    database.write_sync(lambda c: c.execute("CREATE TABLE t (x TEXT)"))
    database.write_sync(lambda c: c.execute("INSERT INTO t VALUES (CAST(x'61ff' AS TEXT)), ('ü')"))
    for _ in range(2):
        rows = database.read_sync(lambda c: c.execute("SELECT x FROM t").fetchall())
        assert [row[0] for row in rows] == ["a\N{REPLACEMENT CHARACTER}", "ü"]


async def test_a_failing_write_that_is_alone_leaves_nothing_and_the_next_one_goes_through(database: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO note VALUES ('half')")
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        await database.write(half)
    assert await database.write(add("whole")) == 1
    assert await database.read(notes) == ["whole"]


async def test_what_comes_after_a_write_finds_it_committed_and_gives_the_result(database: Database) -> None:
    writing = database.begin_write(add("one"), lambda count: (count, database.read_sync(notes)))
    assert await writing == (1, ["one"])


async def test_a_failure_after_a_write_is_the_callers_and_the_write_stands(database: Database) -> None:
    def fail(_count: int) -> None:
        raise StorageError("too late")

    with pytest.raises(StorageError, match="too late"):
        await database.begin_write(add("one"), fail)
    with pytest.raises(StorageError, match="too late"):
        database.write_then_sync(add("two"), fail)
    assert await database.read(notes) == ["one", "two"]


async def test_a_write_whose_caller_is_cancelled_is_finished_with_what_comes_after(database: Database) -> None:
    seen: list[int] = []
    writing = database.begin_write(add("one"), seen.append)
    writing.cancel()
    await database.write(add("two"))
    assert seen == [1]
    assert await database.read(notes) == ["one", "two"]


def test_a_write_outlives_the_event_loop_that_began_it(database: Database) -> None:
    seen: list[int] = []

    async def begin() -> None:
        database.begin_write(lambda connection: (held.acquire(), add("one")(connection))[1], seen.append)

    held = threading.Lock()
    held.acquire()
    asyncio.run(begin())
    held.release()
    database.write_sync(add("two"))
    assert seen == [1]
    assert database.read_sync(notes) == ["one", "two"]


def test_reading_starts_no_thread_and_the_first_write_starts_one(tmp_path: Path) -> None:
    others = writers()  # of tests that left a database open
    opened = Database(tmp_path / "blufio.db")
    opened.open()
    assert opened.read_sync(lambda c: c.execute("SELECT 1").fetchone()[0]) == 1
    assert writers() <= others
    opened.write_sync(lambda c: c.execute("CREATE TABLE note (text TEXT UNIQUE)"))
    assert len(writers() - others) == 1
    opened.close()
    assert writers() <= others


def writers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "database-writer"}


def test_a_write_where_no_thread_can_be_started_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    opened = Database(tmp_path / "blufio.db")
    opened.open()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(StorageError, match="nothing can be written to the database .*: can't start new thread"):
            opened.write_sync(lambda _connection: None)
    assert opened.write_sync(lambda _connection: 3) == 3
    opened.close()


def test_what_comes_after_closing_is_refused_whether_or_not_anything_was_written(tmp_path: Path) -> None:
    for jobs in (0, 1):
        opened = Database(tmp_path / "blufio.db")
        opened.open()
        for _ in range(jobs):
            opened.write_sync(lambda _connection: None)
        opened.close()
        with pytest.raises(StorageError, match="is closed"):
            opened.write_sync(lambda _connection: None)


def test_a_database_of_an_earlier_version_is_not_changed_while_a_program_has_it_open(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "next.sql"
    script.write_text("CREATE TABLE later (text TEXT);")
    ours = (*migrations(), (9999, script))
    monkeypatch.setattr("blufio_tui.adapters.storage.database.migrations", lambda: iter(ours))
    monkeypatch.setattr("blufio_tui.adapters.storage.database._BUSY_TIMEOUT_SECS", 0.01)
    path = tmp_path / "data" / "blufio.db"
    newer = Database(path)
    with pytest.raises(StorageError, match="earlier version of blufio-tui, which is still running"):
        newer.open()
    assert database.write_sync(lambda c: c.execute("INSERT INTO note VALUES ('still')").rowcount) == 1
    database.close()
    newer.open()
    try:
        assert newer.write_sync(lambda c: c.execute("PRAGMA journal_mode").fetchone()[0]) == "wal"
        assert newer.write_sync(notes) == ["still"]
        assert newer.write_sync(lambda c: c.execute("SELECT count(*) FROM later").fetchone()[0]) == 0
    finally:
        newer.close()
