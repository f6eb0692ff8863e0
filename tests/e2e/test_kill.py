"""kill -9 at random moments of a turn: what was announced is there, and the conversation can go on.

Three times in the ordinary run; `BLUFIO_KILLS=100 make test ARGS=tests/e2e/test_kill.py` for more.
"""

import asyncio
import json
import os
import random
import select
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.conversation import ToolResultBlock
from blufio_tui.core.sessions.records import StoredMessage
from tests.e2e.command import Program, blufio
from tests.e2e.conftest import World
from tests.fakes.messages_api import KEY, Reply, serving, text, tool_use

KILLS = int(os.environ.get("BLUFIO_KILLS", "3"))


def turn(number: int) -> list[Reply]:
    calls = [tool_use(f"toolu_{number}_{part}", "text_stats", {"path": "README.md"}) for part in range(3)]
    more = tool_use(f"toolu_{number}_last", "file", {"action": "list", "path": "."})
    return [Reply(text("Looking."), *calls), Reply(more), Reply(text(f"That was turn {number}."))]


def announced_before_the_kill(
    command: Sequence[str], env: dict[str, str], world: World, after: float
) -> list[dict[str, Any]]:
    """Start a turn, kill it `after` seconds past its first event, and return the events that came out."""
    reader, writer = os.pipe()
    process = Program(*command, env=env, cwd=world.project, stdout=writer).process
    os.close(writer)
    with open(reader, "rb", buffering=0) as stdout:
        data = stdout.read(65536)
        deadline = time.monotonic() + after
        while (left := deadline - time.monotonic()) > 0 and process.poll() is None:
            if select.select([stdout], [], [], left)[0]:
                data += (more := stdout.read(65536))
                if not more:
                    break
        process.kill()
        data += stdout.read()
    process.wait(60)
    return [json.loads(line) for line in data.decode().splitlines(keepends=True) if line.endswith("\n")]


def stored(world: World, session_id: str) -> list[StoredMessage]:
    database = Database(world.home / "blufio.db")
    database.open()
    with closing(database):
        return asyncio.run(SqliteSessions(database, SystemClock()).all_messages(session_id))


def check_is_stored(events: list[dict[str, Any]], messages: list[StoredMessage]) -> None:
    results = {
        block.tool_use_id: block.content
        for one in messages
        for block in one.message.blocks
        if isinstance(block, ToolResultBlock)
    }
    prompts = [one.message.typed for one in messages]
    for event in events:
        match event["type"]:
            case "request_started" if event["iteration"] == 1:
                assert events[0]["prompt"] in prompts
            case "tool_call_finished":
                assert results[event["call_id"]] == event["content"]
            case "turn_finished":
                assert event["text"] in prompts


def test_whatever_was_announced_survives_a_kill_and_the_conversation_goes_on(world: World) -> None:
    moments = random.Random(20261124)
    done = blufio("ask", "begin", "--offline", "--json", env=world.env, cwd=world.project)
    session_id = json.loads(done.stdout.splitlines()[0])["session_id"]
    for number in range(KILLS):
        with serving(*turn(number)) as api:
            env = {**world.env, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
            command = ("ask", f"turn {number}", "--json", "--resume", session_id)
            events = announced_before_the_kill(command, env, world, moments.uniform(0, 1.2))
            assert api.refused == []
        check_is_stored(events, stored(world, session_id))
    with serving(Reply(text("Still here."))) as api:
        env = {**world.env, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
        last = blufio("ask", "are you there?", "--resume", session_id, env=env, cwd=world.project)
        assert (last.stdout.strip(), api.refused) == ("Still here.", [])
    verdict = blufio("audit", "verify", env=world.env, cwd=world.project)
    assert verdict.returncode == 0, verdict.stdout
