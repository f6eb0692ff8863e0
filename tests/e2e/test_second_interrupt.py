"""Ctrl-C while the program is closing ends it at once; what is stored stays, and what was started ends too."""

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.command import Program
from tests.e2e.conftest import World
from tests.fakes.messages_api import KEY, Reply, serving, text, tool_use

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")
PATIENCE_SECS = 60
"""For a busy machine; whoever waited for the witness would end with another status and say so."""


def until(what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 60
    while not (done := what()) and time.monotonic() < deadline:
        time.sleep(0.01)  # the processor is for what is waited for
    return done


@pytest.fixture
def slow(world: World) -> World:
    """A witness of the audit log never answers, so that closing takes its time."""
    folder = world.project.parent
    witness = folder / "witness"
    witness.write_text(f"#!/bin/sh\necho $$ > {folder}/new\nmv {folder}/new {folder}/closing\nexec sleep 600\n")
    witness.chmod(0o755)
    world.home.mkdir(0o700, exist_ok=True)
    (world.home / "config.toml").write_text(f'[audit]\nwitness = ["command:{witness}"]\n')
    return replace(world, env={**world.env, "ANTHROPIC_API_KEY": KEY})


def outcomes(home: Path) -> list[str]:
    with sqlite3.connect(home / "blufio.db") as database:
        rows = database.execute("SELECT outcome FROM audit WHERE row_type = 'outcome' AND kind <> 'model'").fetchall()
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    return [outcome for (outcome,) in rows]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    "signals",
    [
        [signal.SIGINT],
        pytest.param([signal.SIGINT] * 3, marks=pytest.mark.corpus),
        [signal.SIGTERM, signal.SIGINT],
    ],
)
def test_ask_ends_at_once_when_it_is_told_so_while_closing(slow: World, signals: list[signal.Signals]) -> None:
    closing = slow.project.parent / "closing"
    with serving(Reply(tool_use("a", "bash", {"command": "echo hi"})), Reply(text("finished"))) as api:
        options = ("--model", "m", "--base-url", api.url, "--mode", "allow-all")
        program = Program("ask", *options, "hi", env=slow.env, cwd=slow.project)
        assert until(closing.exists)
        for number in signals:
            program.process.send_signal(number)
        done = program.ended()
    assert done.returncode in (130, -signal.SIGINT)
    assert done.stdout == "finished\n"
    assert "Traceback" not in done.stderr
    assert "did not answer" not in done.stderr
    assert outcomes(slow.home) == ["ok"]
    assert until(lambda: not is_running(int(closing.read_text())))


def test_the_app_ends_at_once_too(slow: World) -> None:
    closing = slow.project.parent / "closing"
    with serving(Reply(tool_use("a", "bash", {"command": "echo hi"})), Reply(text("finished it"))) as api:
        options = ("--model", "m", "--base-url", api.url, "--mode", "allow-all")
        with slow.terminal(*options) as terminal:
            terminal.wait_for("❯")
            terminal.send("hi\r")
            terminal.wait_for("finished it")
            terminal.press("ctrl+q")
            assert until(closing.exists)
            terminal.process.send_signal(signal.SIGINT)
            assert terminal.wait_for_exit(PATIENCE_SECS) == 130
            assert "Traceback" not in terminal.said_at_the_end
    assert outcomes(slow.home) == ["ok"]
    assert until(lambda: not is_running(int(closing.read_text())))
