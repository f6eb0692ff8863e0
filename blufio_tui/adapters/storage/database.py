"""The one SQLite database: a single writer, read-only connections, numbered migrations.

A write returns once it is durable (WAL, `synchronous=FULL`). Writes that queue up while the disk is busy
share one transaction, each in a savepoint of its own, so that many small writes cost one fsync.
"""

from __future__ import annotations

import os
import queue
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from blufio_tui.adapters.private_folder import make_private
from blufio_tui.adapters.storage.disk_trouble import cause_of, trouble_of
from blufio_tui.adapters.storage.identity import FileIdentity, file_identity
from blufio_tui.adapters.storage.writer import Act, Write, Writer
from blufio_tui.core.errors import StorageError

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

    from blufio_tui.core.acting import Acting

T = TypeVar("T")
U = TypeVar("U")
Job = Callable[[sqlite3.Connection], Any]

_BUSY_TIMEOUT_SECS = 10.0
_RESERVE_BYTES = 1024 * 1024
_CACHE_KIB = 512
"""Pages that a connection keeps. SQLite's own limit is 2 MB for each of three, and the system keeps the file anyway."""
_MIGRATION_NAME = re.compile(r"(\d{3})_\w+\.sql$")


def _as_it_is(value: T) -> T:
    return value


class Database:
    """A handle on the database file; safe to share between threads.

    Raises:
        StorageError: from every method, when the file cannot be opened, read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: Writer | None = None
        self._writes: sqlite3.Connection | None = None
        self._starting = threading.Lock()
        self._readers: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        self._closed = False
        self._identity: FileIdentity | None = None
        self._beside: list[tuple[Path, FileIdentity | None]] = []
        self._reserve = path.with_name(f"{path.name}-reserve")

    def open(self) -> None:
        """Create the file if there is none and bring its schema up to date. The first write starts the writer."""
        self._closed = False
        try:
            connection = _opened(self.path)
            _keep_reserve(self._reserve)
        except StorageError:
            if not self._give_up_reserve():
                raise
            connection = _opened(self.path)
        self._identity = file_identity(self.path)
        self._beside = [(path, file_identity(path)) for path in map(self._side_file, ("-wal", "-shm"))]
        self._writes = connection

    def check_in_place(self) -> None:
        """Make sure that what is written goes into the files that others will find. SQLite removes those beside the
        database only when nobody has it open.

        Raises:
            StorageError: one was removed or replaced while it was open.
        """
        if file_identity(self.path) != self._identity:
            raise StorageError(f"the database {self.path} was removed or replaced at runtime; put it back, or restart")
        for path, identity in self._beside:
            if identity is not None and file_identity(path) != identity:
                raise StorageError(
                    f"{path}, with the newest part of the database, was removed or replaced at runtime; put it back, "
                    "or restart"
                )

    def _side_file(self, end: str) -> Path:
        return self.path.with_name(self.path.name + end)

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run `job` in a transaction on the writer thread; return once it is committed.

        Cancelling the caller does not undo a write that has been queued.
        """
        from blufio_tui.core.tasks import outlasting

        return await outlasting(self.begin_write(job))

    def begin_write(
        self, job: Callable[[sqlite3.Connection], T], after: Callable[[Any], Any] = _as_it_is
    ) -> asyncio.Future[Any]:
        """As `write`, to be awaited by a caller who keeps it from being cancelled.

        Args:
            after: called on the writer thread once the write is durable; its result is the one that is awaited.
        """
        import asyncio

        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Any] = loop.create_future()

        def told(value: Any, failure: BaseException | None) -> None:
            with suppress(RuntimeError):  # the loop is closed, so nobody waits
                loop.call_soon_threadsafe(_settle, waiting, value, failure)

        self._submit(Write(job, after, told))
        return waiting

    def begin_acting(
        self, job: Callable[[sqlite3.Connection], Any], after: Callable[[Any], U], work: Callable[[], T]
    ) -> Acting[U, T]:
        """As `begin_write`, and `work` once it is durable, on a thread of the database if one is free."""
        from blufio_tui.core.acting import Acting

        acting: Acting[U, T] = Acting(work)
        try:
            self._submit(Write(job, after, acting.tell, acting.run))
        except StorageError as error:
            acting.fail(error)
        return acting

    async def write_to_free(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """As `write`, for what makes room: on a full disk it gets what was set aside for it."""
        try:
            return await self.write(job)
        except StorageError:
            if not self._give_up_reserve():
                raise
            return await self.write(job)

    def write_sync(self, job: Callable[[sqlite3.Connection], T]) -> T:
        return self.write_then_sync(job, _as_it_is)

    def write_then_sync(self, job: Callable[[sqlite3.Connection], T], after: Callable[[T], U]) -> U:
        """As `begin_write`, for code without an event loop."""
        from concurrent.futures import Future

        done: Future[U] = Future()
        self._submit(Write(job, after, partial(_settle, done)))
        return done.result()

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run `job` on a read-only connection in a worker thread."""
        import asyncio

        return await asyncio.to_thread(self.read_sync, job)

    def read_sync(self, job: Callable[[sqlite3.Connection], T]) -> T:
        with _reported(self.path):
            connection = self._take_reader()
            try:
                return _read(connection, job)
            except sqlite3.OperationalError:
                self.check_in_place()  # says more than "disk I/O error"
                raise
            finally:
                self._give_back(connection)

    def close(self) -> None:
        """Finish the queued writes and close every connection."""
        self._closed = True
        with self._starting:
            connection, self._writes = self._writes, None
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.end()
        elif connection is not None:
            connection.close()
        while not self._readers.empty():
            self._readers.get().close()

    def empty_journal(self) -> None:
        """Bring what the journal holds into the database and cut it off, as far as no reader is in the way."""
        with _reported(self.path):
            connection = _connect(self.path)
            try:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.close()

    def _give_up_reserve(self) -> bool:
        """Let the disk have what was set aside; False if there is nothing. The next `open` sets it aside again."""
        try:
            self._reserve.unlink()
        except OSError:
            return False
        return True

    def _submit(self, write: Write) -> None:
        with self._starting:
            if self._writes is None:
                raise StorageError(f"the database {self.path} is closed")
            if self._writer is None:
                self._writer = self._started_writer(self._writes)
            if write.act is not None:
                self._writer.may_act()
            self._writer.put(write)

    def _started_writer(self, connection: sqlite3.Connection) -> Writer:
        try:
            return Writer(partial(_commit_group, connection, self.path), connection.close)
        except RuntimeError as error:  # the system has no thread left
            raise StorageError(f"nothing can be written to the database {self.path}: {error}") from None

    def _take_reader(self) -> sqlite3.Connection:
        try:
            return self._readers.get_nowait()
        except queue.Empty:
            connection = _connect(self.path)
            connection.execute("PRAGMA query_only = 1")
            return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if self._closed:
            connection.close()
        else:
            self._readers.put(connection)


def _read(connection: sqlite3.Connection, job: Callable[[sqlite3.Connection], T]) -> T:
    """Run `job`, again with what is not UTF-8 replaced when there is such text: one damaged row hides no other."""
    try:
        return job(connection)
    except sqlite3.OperationalError as error:
        if "decode to UTF-8" not in str(error):
            raise
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    try:
        return job(connection)
    finally:
        connection.text_factory = str


def _commit_group(connection: sqlite3.Connection, path: Path, group: list[Write], may_act: bool) -> Act | None:
    """Run the jobs in one transaction and only then tell their callers.

    Args:
        may_act: whether one that was to act may be left to the caller of this.

    Returns:
        What that one is to do; None if there is none.
    """
    try:
        with _reported(path):
            connection.execute("BEGIN IMMEDIATE")
            answers = _run_group(connection, path, group)
            connection.execute("COMMIT")
    except BaseException as error:  # noqa: BLE001 - every waiting caller gets it
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        for write in group:
            write.told(None, error)
        return None
    act: Act | None = None
    for write, (value, failure) in zip(group, answers, strict=True):
        if failure is None:
            try:
                value = write.after(value)
            except BaseException as error:  # noqa: BLE001 - the waiting caller gets it
                failure = error
        if failure is None and may_act and write.act is not None and act is None:
            act = partial(write.act, value)
        else:
            write.told(value, failure)
    return act


def _run_group(
    connection: sqlite3.Connection, path: Path, group: list[Write]
) -> list[tuple[Any, BaseException | None]]:
    """A job that is alone needs no savepoint: the transaction is its own."""
    if len(group) == 1:
        return [(group[0].job(connection), None)]
    return [_run_in_savepoint(connection, path, write.job) for write in group]


def _run_in_savepoint(connection: sqlite3.Connection, path: Path, job: Job) -> tuple[Any, BaseException | None]:
    """One job of a group; its failure undoes its own changes and leaves the others'."""
    connection.execute("SAVEPOINT job")
    try:
        with _reported(path):
            value = job(connection)
    except BaseException as error:
        if not connection.in_transaction:
            raise  # SQLite rolled the whole transaction back (disk full, I/O error): the group failed
        connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")
        return None, error
    connection.execute("RELEASE job")
    return value, None


def _settle(waiting: asyncio.Future[Any] | Future[Any], value: Any, failure: BaseException | None) -> None:
    if waiting.done():  # the one who waited was cancelled
        return
    if failure is None:
        waiting.set_result(value)
    else:
        waiting.set_exception(failure)


def _opened(path: Path) -> sqlite3.Connection:
    with _reported(path):
        _make_file(path)
        _mend_modes(path)
        connection = _connect(path)
        if _is_older(connection):
            _require_alone(connection)
            migrate(connection)
            use_journal(connection)
        else:
            migrate(connection)
    return connection


def _is_older(connection: sqlite3.Connection) -> bool:
    """Whether an earlier version wrote it."""
    try:
        applied = {row[0] for row in connection.execute("SELECT number FROM applied_migration")}
    except sqlite3.OperationalError:
        return False
    return bool(applied) and not applied.issuperset(number for number, _ in migrations())


def _require_alone(connection: sqlite3.Connection) -> None:
    """An earlier version that has it open would go on writing as it did before: what it then writes into the log
    looks forged. SQLite leaves the write-ahead log only while nobody else has the database open.

    Raises:
        StorageError: another program has it open.
    """
    try:
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if getattr(error, "sqlite_errorname", "") not in ("SQLITE_BUSY", "SQLITE_LOCKED"):
            raise
        raise StorageError(
            "an earlier version of blufio-tui, which is still running, has the database open; quit it, then start again"
        ) from error


def _keep_reserve(path: Path) -> None:
    """Set some of the disk aside: even deleting writes, and on a full disk nothing else could be deleted."""
    if path.exists():
        return
    with suppress(OSError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, os.urandom(_RESERVE_BYTES))  # what could be compressed would set nothing aside
        except OSError:
            path.unlink()
        finally:
            os.close(handle)


def _make_file(path: Path) -> None:
    """Make an empty database if there is none, whole or not at all: a file of no bytes is one that was cut off.

    Raises:
        StorageError: there is such a file.
    """
    make_private(path.parent)
    if path.exists():
        if path.stat().st_size == 0:
            raise StorageError(
                f"the database {path} is empty: its content is gone; restore a copy, or remove it to start afresh"
            )
        return
    import tempfile

    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        fresh = Path(folder) / path.name
        fresh.touch(mode=0o600)
        connection = _connect(fresh)
        try:
            migrate(connection)
        finally:
            connection.close()
        with suppress(FileExistsError):  # another program that starts now was quicker
            _link(fresh, path)


def _link(fresh: Path, path: Path) -> None:
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if not path.exists():
            fresh.rename(path)


def _mend_modes(path: Path) -> None:
    """SQLite's files beside the database have its mode. One left over with another would lock its owner out."""
    mode = path.stat().st_mode & 0o777
    for end in ("-wal", "-shm"):
        beside = path.with_name(path.name + end)
        with suppress(OSError):  # not there, or another person's: opening says so
            if beside.stat().st_mode & 0o600 != 0o600:
                beside.chmod(mode | 0o600)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_SECS, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    use_journal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    return connection


def use_journal(connection: sqlite3.Connection) -> str:
    """Choose the write-ahead log, or the older journal where the disk cannot share memory, as network disks cannot.

    Returns:
        The journal that is in use. Both are as durable; with the older one readers and the writer take turns.
    """
    try:
        return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
    except sqlite3.OperationalError as error:
        if not _cannot_share_memory(error):
            raise
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # a log that is there is read without shared memory
    mode = str(connection.execute("PRAGMA journal_mode = TRUNCATE").fetchone()[0])
    connection.execute("PRAGMA locking_mode = NORMAL")
    connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()  # lets the lock go
    return mode


def _cannot_share_memory(error: sqlite3.OperationalError) -> bool:
    name = getattr(error, "sqlite_errorname", "") or ""
    return name.startswith(("SQLITE_PROTOCOL", "SQLITE_IOERR_SHM", "SQLITE_IOERR_LOCK"))


def migrate(connection: sqlite3.Connection) -> None:
    """Apply the migrations the file has not seen; two programs starting at once take turns."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("CREATE TABLE IF NOT EXISTS applied_migration (number INTEGER PRIMARY KEY)")
        applied = {row[0] for row in connection.execute("SELECT number FROM applied_migration")}
        known = list(migrations())
        if newer := applied - {number for number, _ in known}:
            raise StorageError(
                f"the database was written by a newer version of blufio-tui (migration {max(newer)}); "
                "upgrade, or set BLUFIO_HOME to another folder"
            )
        for number, script in known:
            if number not in applied:
                for statement in _statements(script.read_text(encoding="utf-8")):
                    connection.execute(statement)
                connection.execute("INSERT INTO applied_migration VALUES (?)", (number,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.close()
        raise


def migrations() -> Iterator[tuple[int, Path]]:
    """The numbered scripts of the package, in order."""
    for entry in sorted(Path(__file__).with_name("migrations").iterdir()):
        if match := _MIGRATION_NAME.match(entry.name):
            yield int(match[1]), entry


def _statements(script: str) -> Iterator[str]:
    """Split a script at the ends of its statements, triggers' inner semicolons left alone."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into a sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(_explain(path, error)) from error
    except OSError as error:
        why = cause_of(error, path.parent) or f"{error.strerror or error}; BLUFIO_HOME can name another folder"
        raise StorageError(f"the database {path} cannot be used: {why}") from error


def _explain(path: Path, error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return f"the database {path} is damaged ({error}); restore a copy, or move it away to start afresh"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"the database {path} was locked by another program for {_BUSY_TIMEOUT_SECS:.0f} s; try again"
    if name.startswith("SQLITE_PROTOCOL"):
        return f"the disk with {path} cannot lock files ({error}); set BLUFIO_HOME to a folder on a local disk"
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_CANTOPEN")):
        return f"the database {path} cannot be written: {trouble_of(path.parent) or _of_file(path, name, error)}"
    return f"the database {path} reported: {error}"


def _of_file(path: Path, name: str, error: sqlite3.Error) -> str:
    """The folder takes what is written, so the trouble is the file's own, or over now."""
    if name.startswith("SQLITE_FULL"):
        return "the disk is full, or was a moment ago; free some space and try again"
    if path.exists() and not path.is_file():
        return "it is not a file; move it away"
    if not os.access(path, os.R_OK | os.W_OK):
        return f"you may not read and write the file ({error}); check its owner and permissions"
    return f"{error}; check the file's permissions, its disk and the system's log"
