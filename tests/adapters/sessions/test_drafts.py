"""What is typed and not sent outlives the program."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from blufio_tui.adapters.commands.processes import is_running, process_mark
from blufio_tui.adapters.sessions.drafts import Drafts
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.errors import StorageError
from tests.fakes.session_clock import SettableClock


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "blufio.db")
    database.open()
    yield database
    database.close()


@pytest.fixture
def drafts(database: Database) -> Drafts:
    return Drafts(database, SettableClock())


def ended_process() -> str:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return f"{child.pid}:1"


def of_a_dead_program(database: Database) -> Drafts:
    drafts = Drafts(database, SettableClock())
    drafts._process = ended_process()
    return drafts


async def test_a_draft_is_kept_for_its_session_until_it_is_sent(drafts: Drafts) -> None:
    await drafts.save("s1", "/p", "half a tho\ud800ught")
    await drafts.save("s2", "/p", "other")
    assert await drafts.load("s1") == "half a tho?ught"
    await drafts.save("s1", "/p", "")
    assert (await drafts.load("s1"), await drafts.load("s2")) == ("", "other")


async def test_a_draft_of_a_killed_program_that_began_no_session_is_taken_over_once(
    database: Database, drafts: Drafts
) -> None:
    await of_a_dead_program(database).save("", "/p", "typed and killed")
    assert await drafts.abandoned("/elsewhere") == ""
    assert await drafts.abandoned("/p") == "typed and killed"
    assert await drafts.abandoned("/p") == ""


async def test_a_draft_of_a_program_that_runs_is_left_alone(database: Database, drafts: Drafts) -> None:
    await drafts.save("", "/p", "being typed")
    assert await Drafts(database, SettableClock()).abandoned("/p") == ""


async def test_a_draft_of_a_session_with_messages_belongs_to_that_session(database: Database, drafts: Drafts) -> None:
    store = SqliteSessions(database, SettableClock())
    session_id = await store.create("/p")
    await store.append(session_id, "t", Message(Role.USER, (TextBlock("x"),)))
    await of_a_dead_program(database).save(session_id, "/p", "next question")
    assert await drafts.abandoned("/p") == ""
    assert await drafts.load(session_id) == "next question"


async def test_a_draft_that_cannot_be_written_is_told(database: Database, drafts: Drafts) -> None:
    database.write_sync(lambda conn: conn.execute("PRAGMA max_page_count = 1").fetchone())
    with pytest.raises(StorageError, match="disk is full"):
        await drafts.save("s", "/p", "x" * 300_000)


def test_a_process_id_that_is_used_again_is_another_process() -> None:
    mark = process_mark()
    assert is_running(mark)
    assert not is_running(mark + "0")
    assert not is_running(ended_process())
    assert not is_running("rubbish")
    assert not is_running("1:0")
