"""A program killed in the middle of turns: what it had told is stored, and the conversation can go on.

`BLUFIO_KILLS=100` runs a hundred of them.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.core.events import TurnFinished
from blufio_tui.core.sessions.conversation_repair import tool_results
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.wiring.backend import open_backend
from tests.fakes.corpus import sampled
from tests.fakes.messages_rules import as_parsed, problem_of
from tests.fakes.provider import FakeProvider, says

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("BLUFIO_KILLS", "4"))

# Turns without end: words, two reads of a file side by side, words. Each event is told once it has happened.
CHILD = """
import asyncio, json, sys
from pathlib import Path
from blufio_tui.core.agent.event_json import event_to_json
from blufio_tui.wiring.backend import open_backend
from blufio_tui.features.start.arguments import StartOptions
from tests.fakes.provider import FakeProvider, calls, says

async def main(project):
    async with open_backend(StartOptions(project=Path(project)), interactive=False) as backend:
        session = await backend.stored.sessions.create(project)
        print(json.dumps({"session": session}), flush=True)
        for turn in range(10_000):
            read = {"action": "read", "path": "README.md"}
            uses = [(f"call-{turn}-{n}", "file", read) for n in range(2)]
            steps = calls(*uses, text=f"reading {turn}"), says("word " * 5, f"end {turn}")
            backend.agent.provider = FakeProvider(*steps)
            async for event in backend.agent.act(f"prompt {turn}", session_id=session):
                print(json.dumps(event_to_json(event, 0.0)), flush=True)

asyncio.run(main(sys.argv[1]))
"""


def killed_run(project: Path, after_lines: int) -> list[dict[str, Any]]:
    """What a program told before it was killed."""
    command = [sys.executable, "-c", CHILD, str(project)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(after_lines)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
    return [json.loads(line) for line in told if line.endswith("\n")]


async def check(project: Path, told: list[dict[str, Any]]) -> None:
    session_id = told[0]["session"]
    args = StartOptions(project=project)
    async with open_backend(args, interactive=False) as backend:
        await backend.stored.sessions.resume(session_id)
        stored = [one.message for one in await backend.stored.sessions.all_messages(session_id)]
        texts = [message.text for message in stored]
        results = Counter(result.tool_use_id for message in stored for result in tool_results(message))
        for event in told[1:]:
            match event["type"]:
                case "turn_started" | "request_started":
                    pass
                case "tool_call_finished":
                    assert results[event["call_id"]] == 1
                case "turn_finished":
                    assert event["text"] in texts
        assert max(results.values(), default=1) == 1
        prompts = Counter(text for text in texts if text.startswith("prompt"))
        assert max(prompts.values(), default=1) == 1
        await go_on(backend, session_id)
        assert (await backend.stored.audit.verify()).ok


async def go_on(backend: Any, session_id: str) -> None:
    provider = backend.agent.provider = FakeProvider(says("still here"))
    events = [event async for event in backend.agent.act("and now?", session_id=session_id)]
    assert isinstance(events[-1], TurnFinished)
    assert events[-1].text == "still here"
    assert problem_of(as_parsed(provider.requests[0])) == ""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", sampled(range(KILLS), 2))
def test_a_killed_program_has_every_completed_step_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    project = tmp_path / "project"
    project.mkdir()
    (project / "README.md").write_text("some words\n")
    told = killed_run(project, random.Random(seed).randrange(2, 120))
    asyncio.run(check(project, told))
