"""Trouble with the disk is named by its cause."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database, use_journal
from blufio_tui.adapters.storage.disk_trouble import cause, trouble_of
from blufio_tui.adapters.storage.private_file import replace_file
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.errors import StorageError

Mount = Callable[[str], Path]


@pytest.mark.parametrize(
    ("number", "free_inodes", "words"),
    [
        (errno.ENOSPC, 5, "is full"),
        (errno.ENOSPC, -1, "is full"),
        (errno.ENOSPC, 0, "no inodes"),
        (errno.EDQUOT, 0, "quota"),
        (errno.EROFS, -1, "read-only"),
        (errno.EACCES, -1, "permissions"),
        (errno.EPERM, -1, "permissions"),
        (errno.EIO, -1, "read or write errors"),
        (errno.EMFILE, -1, "ulimit"),
        (errno.ENOTDIR, -1, "not a folder"),
    ],
)
def test_each_number_has_its_own_sentence(number: int, free_inodes: int, words: str) -> None:
    assert words in cause(number, Path("/home/x"), free_inodes=free_inodes)


def test_a_number_that_is_not_about_disks_has_none() -> None:
    assert cause(errno.EPIPE, Path("/home/x")) == ""


def test_a_disk_that_takes_what_is_written_has_no_trouble(tmp_path: Path) -> None:
    assert trouble_of(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def _fill(folder: Path) -> None:
    with (folder / "filling").open("wb", buffering=0) as file:
        while True:
            try:
                file.write(bytes(4096))
            except OSError:
                return


def test_a_disk_that_is_full_at_the_start_is_called_full(disk: Mount) -> None:
    folder = disk("size=256k")
    _fill(folder)
    with pytest.raises(StorageError, match="is full; free some space"):
        Database(folder / "home" / "blufio.db").open()
    (folder / "filling").unlink()
    assert not (folder / "home" / "blufio.db").exists()


def test_a_disk_that_becomes_full_is_called_full_and_the_next_write_works(disk: Mount) -> None:
    folder = disk("size=2m")
    database = Database(folder / "blufio.db")
    database.open()
    with closing(database):
        _fill(folder)
        with pytest.raises(StorageError, match="is full"):
            database.write_sync(lambda c: c.execute("CREATE TABLE big AS SELECT zeroblob(1000000) AS x").fetchall())
        (folder / "filling").unlink()
        database.write_sync(lambda c: c.execute("CREATE TABLE small (x)").fetchall())


async def test_on_a_full_disk_a_session_can_still_be_deleted_after_a_new_start(disk: Mount) -> None:
    folder = disk("size=8m")
    with _sessions(folder) as sessions:
        session = await sessions.create("/project")
        for number in range(50):
            message = Message(Role.USER, (TextBlock(f"{number} " + "word " * 1000),))
            await sessions.append(session, "turn", message, sequence=number)
    _fill(folder)
    with _sessions(folder) as sessions:
        await sessions.delete(session)
        assert await sessions.recent() == []
        await sessions.create("/another project")


async def test_a_running_program_can_delete_when_the_disk_becomes_full(disk: Mount) -> None:
    folder = disk("size=8m")
    with _sessions(folder) as sessions:
        session = await sessions.create("/project")
        await sessions.append(session, "turn", Message(Role.USER, (TextBlock("word " * 10000),)))
        _fill(folder)
        await sessions.delete(session)
        assert await sessions.recent() == []


@contextmanager
def _sessions(folder: Path) -> Iterator[SqliteSessions]:
    database = Database(folder / "blufio.db")
    database.open()
    with closing(database):
        yield SqliteSessions(database, SystemClock())


def test_a_disk_without_inodes_says_so(disk: Mount) -> None:
    folder = disk("size=4m,nr_inodes=8")
    made = 0
    while True:
        try:
            (folder / f"file{made}").touch()
        except OSError:
            break
        made += 1
    with pytest.raises(StorageError, match="no inodes are left"):
        Database(folder / "blufio.db").open()


def test_a_read_only_disk_says_so(disk: Mount) -> None:
    folder = disk("size=4m")
    database = Database(folder / "blufio.db")
    database.open()
    database.close()
    disk("remount,ro")
    for path in (folder / "blufio.db", folder / "new" / "blufio.db"):
        with pytest.raises(StorageError, match="mounted read-only"):
            Database(path).open()


def test_a_database_cut_to_nothing_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "blufio.db"
    path.touch()
    with pytest.raises(StorageError, match="is empty: its content is gone"):
        Database(path).open()
    assert path.stat().st_size == 0


def test_two_that_start_at_once_make_one_database(tmp_path: Path) -> None:
    first, second = Database(tmp_path / "blufio.db"), Database(tmp_path / "blufio.db")
    first.open()
    second.open()
    first.write_sync(lambda c: c.execute("CREATE TABLE mine (x)").fetchall())
    assert second.read_sync(lambda c: c.execute("SELECT COUNT(*) FROM mine").fetchone()[0]) == 0
    first.close()
    second.close()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["blufio.db", "blufio.db-reserve"]
    assert (tmp_path / "blufio.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("end", ["-shm", "-wal"])
def test_a_file_beside_the_database_that_its_owner_may_not_write_is_mended(tmp_path: Path, end: str) -> None:
    database = Database(tmp_path / "blufio.db")
    database.open()
    database.close()
    beside = tmp_path / f"blufio.db{end}"
    beside.touch(mode=0o400)
    database.open()
    assert os.access(beside, os.W_OK) and beside.stat().st_mode & 0o777 == 0o600
    database.close()


class _NetworkDisk(sqlite3.Connection):
    """SQLite on a disk that cannot share memory, as it answers there."""

    def execute(self, statement: str, *more: object) -> sqlite3.Cursor:  # type: ignore[override]
        if statement == "PRAGMA journal_mode = WAL":
            error = sqlite3.OperationalError("locking protocol")
            error.sqlite_errorname = "SQLITE_PROTOCOL"
            raise error
        return super().execute(statement, *more)


def test_without_shared_memory_the_older_journal_serves_and_locks_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / "blufio.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as usual:
        usual.execute("PRAGMA journal_mode = WAL")
        usual.execute("CREATE TABLE told (x)")
    one, other = (sqlite3.connect(path, factory=_NetworkDisk, isolation_level=None, timeout=1) for _ in range(2))
    with closing(one), closing(other):
        assert [use_journal(one), use_journal(other)] == ["truncate", "truncate"]
        one.execute("INSERT INTO told VALUES (1)")
        other.execute("INSERT INTO told VALUES (2)")
        assert one.execute("SELECT COUNT(*) FROM told").fetchone() == (2,)


def test_a_file_that_a_full_disk_did_not_take_is_named(disk: Mount) -> None:
    folder = disk("size=64k")
    with pytest.raises(OSError, match="No space left") as raised:
        replace_file(folder / "grants.toml", bytes(200_000))
    assert raised.value.filename == str(folder / "grants.toml")
    assert list(folder.iterdir()) == []
