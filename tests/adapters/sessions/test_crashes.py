"""Several programs on one database, and programs that die: nothing is lost, nothing is there twice."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.conversation import Message, Role, TextBlock
from tests.fakes.session_clock import SettableClock

WRITER = """
import asyncio, sys
from pathlib import Path
from blufio_tui.adapters.storage.database import Database
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.core.conversation import Message, Role, TextBlock
from tests.fakes.session_clock import SettableClock

async def main(path, session_id, name, count):
    database = Database(Path(path))
    database.open()
    store = SqliteSessions(database, SettableClock())
    await store.messages(session_id)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(count)):
        role = Role.ASSISTANT if number % 2 else Role.USER
        message = Message(role, (TextBlock(f"{name}{number}"),))
        await store.append(session_id, f"{name}{number // 2}", message, sequence=number % 2)
        print(number, flush=True)
    database.close()

asyncio.run(main(*sys.argv[1:]))
"""

ROOT = Path(__file__).parents[3]


def start_writer(path: Path, session_id: str, name: str, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(path), session_id, name, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def begin(*processes: "subprocess.Popen[str]") -> None:
    """Let all write once all have opened the session."""
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()


async def new_session(path: Path) -> str:
    database = Database(path)
    database.open()
    store = SqliteSessions(database, SettableClock())
    session_id = await store.create("/p")
    await store.append(session_id, "first", Message(Role.USER, (TextBlock("first"),)))
    database.close()
    return session_id


async def every_text(path: Path, session_id: str) -> list[list[str]]:
    """The texts of each branch, after the common first message."""
    database = Database(path)
    database.open()
    store = SqliteSessions(database, SettableClock())
    branches = []
    for end in await store.branch_ends(session_id):
        await store.switch_branch(session_id, end.leaf_id)
        branches.append([stored.message.text for stored in await store.messages(session_id)][1:])
    check = database.read_sync(lambda conn: conn.execute("PRAGMA integrity_check").fetchone()[0])
    database.write_sync(lambda conn: conn.execute("INSERT INTO messages_fts (messages_fts) VALUES ('integrity-check')"))
    database.close()
    assert check == "ok"
    return branches


async def test_two_programs_that_write_at_once_keep_every_message_once_and_apart(tmp_path: Path) -> None:
    path = tmp_path / "blufio.db"
    session_id = await new_session(path)
    writers = [start_writer(path, session_id, name, 60) for name in "ab"]
    begin(*writers)
    assert [writer.wait(60) for writer in writers] == [0, 0]
    branches = await every_text(path, session_id)
    assert sorted(branches) == [[f"{name}{number}" for number in range(60)] for name in "ab"]


@pytest.mark.parametrize("seed", range(5))
async def test_a_program_killed_at_any_moment_loses_nothing_it_was_told_is_stored(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "blufio.db"
    session_id = await new_session(path)
    writer = start_writer(path, session_id, "k", 1_000_000)
    begin(writer)
    assert writer.stdout
    told = [writer.stdout.readline() for _ in range(random.Random(seed).randrange(1, 80))]
    os.kill(writer.pid, signal.SIGKILL)
    told += [line for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    writer.wait()
    [branch] = await every_text(path, session_id)
    assert branch == [f"k{number}" for number in range(len(branch))]
    assert len(branch) > int(told[-1])
