"""Leaving the app in the middle of a turn: what ran has its end in the session and in the log."""

import asyncio
import signal
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.rows import AuditFilter, RowType
from blufio_tui.core.sessions.conversation_repair import tool_results
from tests.e2e.conftest import World
from tests.e2e.terminal import Terminal
from tests.fakes.corpus import sampled
from tests.fakes.messages_api import KEY, Reply, serving, tool_use

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals and a terminal")
_CALLS = 5


def _leave(terminal: Terminal, how: str) -> int:
    if how == "ctrl+q":
        terminal.press("ctrl+q")
    else:
        terminal.process.send_signal(getattr(signal, how))
    code = terminal.wait_for_exit()
    assert "Traceback" not in terminal.text
    assert "never retrieved" not in terminal.text
    return code


def _stored(world: World) -> tuple[list[str], list[str]]:
    """The results in the session, and the outcomes of the commands in the log."""
    database = Database(world.home / "blufio.db")
    database.open()

    async def read() -> tuple[list[str], list[str]]:
        sessions = SqliteSessions(database, SystemClock())
        session = (await sessions.recent(limit=1))[0]
        messages = [one.message for one in await sessions.all_messages(session.session_id)]
        results = [result.content for message in messages for result in tool_results(message)]
        rows = await AuditStore(database, AuditKey(world.home / "key"), SystemClock()).page(AuditFilter(kind="exec"))
        return results, [row.entry.outcome for row in rows if row.entry.row_type is not RowType.EFFECTS]

    with closing(database):
        return asyncio.run(read())


@pytest.mark.parametrize(("how", "code"), sampled([("ctrl+q", 0), ("SIGTERM", 130), ("SIGHUP", 130)]))
def test_every_running_call_has_its_result_and_every_row_its_outcome(world: World, how: str, code: int) -> None:
    """The first runs, the others wait for it."""
    commands = [{"command": f"touch begun{n}; sleep 300"} for n in range(_CALLS)]
    with serving(Reply(*(tool_use(f"toolu_{n}", "bash", command) for n, command in enumerate(commands)))) as api:
        env = {**world.env, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
        with replace(world, env=env).terminal("--mode", "allow-all") as terminal:
            terminal.wait_for("Ask for something")
            terminal.send("go")
            terminal.press("enter")
            terminal.wait_for(lambda _text: (world.project / "begun0").exists())
            assert _leave(terminal, how) == code
    results, outcomes = _stored(world)
    assert results.count("interrupted by the user before it finished") == 1
    assert sum(result.startswith("NOT RUN: the user interrupted") for result in results) == _CALLS - 1
    assert outcomes == ["cancelled"]


@pytest.mark.parametrize(("how", "code"), sampled([("ctrl+q", 0), ("SIGTERM", 130)]))
def test_a_call_that_was_being_asked_about_is_known_not_to_have_run(world: World, how: str, code: int) -> None:
    world.home.mkdir(exist_ok=True)
    (world.home / "config.toml").write_text('[commands]\nask = "commands"\n')
    with serving(Reply(tool_use("toolu_1", "bash", {"command": "touch never"}))) as api:
        env = {**world.env, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
        with replace(world, env=env).terminal() as terminal:
            terminal.wait_for("Ask for something")
            terminal.send("go")
            terminal.press("enter")
            terminal.wait_for("touch never")
            terminal.wait_for("Refuse")
            assert _leave(terminal, how) == code
    assert not (world.project / "never").exists()
    assert _stored(world) == (["interrupted by the user before it did anything"], ["cancelled"])
