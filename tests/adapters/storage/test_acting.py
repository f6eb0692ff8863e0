"""Work that begins when its write is durable, on a thread of the database."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.acting import Acting
from blufio_tui.core.errors import StorageError

ROOT = Path(__file__).parents[3]
PATIENCE = 30


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "blufio.db")
    opened.open()
    opened.write_sync(lambda c: c.execute("CREATE TABLE note (text TEXT UNIQUE)"))
    yield opened
    opened.close()


class Blocking:
    """Work that waits until it may go on."""

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.thread = ""

    def __call__(self) -> str:
        self.thread = threading.current_thread().name
        self.begun.set()
        assert self.may_end.wait(PATIENCE)
        return "done"

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, PATIENCE)


def add(text: str) -> Callable[[sqlite3.Connection], str]:
    return lambda connection: (connection.execute("INSERT INTO note VALUES (?)", (text,)), text)[1]


def notes(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT text FROM note ORDER BY rowid")]


def begin(database: Database, text: str, work: Callable[[], Any]) -> Acting[str, Any]:
    return database.begin_acting(add(text), lambda text: text, work)


async def test_the_work_finds_its_row_durable_and_needs_no_other_thread(database: Database) -> None:
    def work() -> tuple[list[str], str]:
        other = sqlite3.connect(database.path)
        try:
            return notes(other), threading.current_thread().name
        finally:
            other.close()

    for number in range(5):
        acting = begin(database, str(number), work)
        await acting.done
        assert acting.durable.result() == str(number)
        assert acting.result() == ([str(one) for one in range(number + 1)], "database-writer")


async def test_what_cannot_be_written_is_not_done(database: Database) -> None:
    done: list[int] = []
    await begin(database, "one", lambda: done.append(1)).done
    acting = begin(database, "one", lambda: done.append(2))
    assert await acting.done == (None, None)
    assert isinstance(acting.durable.exception(), StorageError)
    database.close()
    acting = begin(database, "two", lambda: done.append(3))
    assert await acting.done == (None, None)
    assert isinstance(acting.durable.exception(), StorageError)
    assert done == [1]


async def test_on_a_full_disk_nothing_is_done(database: Database) -> None:
    done: list[int] = []
    pages = database.write_sync(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    database.write_sync(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 1}").fetchone())
    acting = begin(database, "x" * 100_000, lambda: done.append(1))
    await acting.done
    with pytest.raises(StorageError, match="disk is full"):
        acting.durable.result()
    assert done == []


async def test_what_fails_behind_the_commit_keeps_the_work_from_beginning(database: Database) -> None:
    done: list[int] = []

    def fail(_text: str) -> str:
        raise StorageError("the head cannot be written")

    acting = database.begin_acting(add("one"), fail, lambda: done.append(1))
    await acting.done
    with pytest.raises(StorageError, match="head"):
        acting.durable.result()
    assert done == []
    assert await database.read(notes) == ["one"]


async def test_what_the_work_raises_is_its_own_and_the_row_stands(database: Database) -> None:
    def work() -> None:
        raise StorageError("of the work")

    acting = begin(database, "one", work)
    await acting.done
    assert acting.durable.result() == "one"
    with pytest.raises(StorageError, match="of the work"):
        acting.result()


async def test_while_the_work_takes_its_time_others_write_in_their_order_and_are_told(database: Database) -> None:
    slow, slower = Blocking(), Blocking()
    first = begin(database, "slow", slow)
    await slow.has_begun()
    for text in "abc":
        await database.write(add(text))
    second = begin(database, "slower", slower)
    await slower.has_begun()
    assert (slow.thread, slower.thread) != ("database-writer", "database-writer"), "there is always a writer"
    await asyncio.gather(*(database.write(add(text)) for text in "def"))
    assert database.read_sync(notes) == ["slow", *"abc", "slower", *"def"]
    assert await first.durable == "slow", "settled, though the work is not over"
    slow.may_end.set()
    slower.may_end.set()
    await asyncio.gather(first.done, second.done)
    assert (first.result(), second.result()) == ("done", "done")
    third = begin(database, "third", lambda: threading.current_thread().name)
    await third.done
    assert third.result() == "database-writer", "there is a spare thread again"


async def test_many_at_once_are_all_done_once_each_behind_its_row(database: Database) -> None:
    seen: list[str] = []

    def work(text: str) -> Callable[[], None]:
        return lambda: (seen.append(text), database.write_sync(add(f"{text} done")))[0]

    texts = [str(number) for number in range(200)]
    actings = [begin(database, text, work(text)) for text in texts]
    for acting in actings:
        await acting.done
    rows = await database.read(notes)
    assert sorted(seen) == sorted(texts)
    assert [row for row in rows if not row.endswith("done")] == texts
    assert all(rows.index(text) < rows.index(f"{text} done") for text in texts)


async def test_work_that_is_withdrawn_in_time_never_begins(database: Database) -> None:
    done: list[int] = []
    held = threading.Event()

    def job(connection: sqlite3.Connection) -> str:
        assert held.wait(PATIENCE)
        return add("one")(connection)

    acting = database.begin_acting(job, lambda text: text, lambda: done.append(1))
    assert acting.withdraw()
    held.set()
    assert await acting.durable == "one"
    assert await acting.done == (None, None)
    assert done == []


async def test_work_that_has_begun_is_not_withdrawn(database: Database) -> None:
    slow = Blocking()
    acting = begin(database, "one", slow)
    await slow.has_begun()
    assert not acting.withdraw()
    assert acting.written == "one"
    slow.may_end.set()
    assert await acting.done == ("done", None)


async def test_closing_waits_for_rows_and_not_for_work(database: Database) -> None:
    slow = Blocking()
    acting = begin(database, "slow", slow)
    await slow.has_begun()
    later = database.begin_write(add("later"))
    await asyncio.wait_for(asyncio.to_thread(database.close), PATIENCE)
    assert await later == "later"
    database.open()
    assert database.read_sync(notes) == ["slow", "later"]
    slow.may_end.set()
    assert await acting.done == ("done", None)
    again = begin(database, "again", lambda: threading.current_thread().name)
    await again.done
    assert again.result() == "database-writer"


def test_work_outlives_the_event_loop_that_began_it(database: Database) -> None:
    slow = Blocking()

    async def start() -> None:
        begin(database, "one", slow)
        await slow.has_begun()

    asyncio.run(start())
    slow.may_end.set()
    database.write_sync(add("two"))
    assert database.read_sync(notes) == ["one", "two"]


async def test_work_that_finds_no_thread_any_more_fails_and_hangs_nobody(database: Database) -> None:
    slow = Blocking()
    first = begin(database, "slow", slow)
    await slow.has_begun()
    await database.write(add("later"))  # the other thread is the writer now, and has no time for work
    asyncio.get_running_loop()._default_executor.shutdown()  # type: ignore[attr-defined]
    second = begin(database, "second", lambda: "never")
    await second.done
    assert second.durable.result() == "second"
    with pytest.raises(RuntimeError):
        second.result()
    slow.may_end.set()
    await first.done


KILLED = """
import asyncio, os, sys
from pathlib import Path
from blufio_tui.adapters.storage.database import Database

async def main(folder):
    database = Database(folder / "blufio.db")
    database.open()
    database.write_sync(lambda c: c.execute("CREATE TABLE note (text TEXT)"))
    for number in range(1_000_000):
        def job(connection):
            connection.execute("INSERT INTO note VALUES (?)", (str(number),))
        acting = database.begin_acting(job, lambda _: 0, lambda: (folder / "done" / str(number)).touch())
        await acting.done
        print(number, flush=True)

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("told", [1, 7, 40])
def test_a_program_killed_at_any_moment_has_a_row_for_all_that_it_did(tmp_path: Path, told: int) -> None:
    (tmp_path / "done").mkdir()
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        for _ in range(told):
            assert program.stdout.readline()
        os.kill(program.pid, signal.SIGKILL)
    database = Database(tmp_path / "blufio.db")
    database.open()
    rows = database.read_sync(notes)
    database.close()
    done = {int(path.name) for path in (tmp_path / "done").iterdir()}
    assert rows == [str(number) for number in range(len(rows))]
    assert done <= set(range(len(rows))) and len(done) >= told
