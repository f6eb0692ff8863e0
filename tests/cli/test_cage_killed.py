"""A program killed with SIGKILL while a caged command runs: what the command changed can be taken back afterwards."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.cage.program_side import probe
from tests.fakes import piped

pytestmark = pytest.mark.skipif(bool(probe.why_not()), reason=probe.why_not() or "a cage can be made")

SCRIPT = """
echo changed >> edited; rm removed; mv moved elsewhere; mkdir new; echo x > new/made; chmod 600 mode; ln -s x link
echo ready > ready; sleep 600
"""

# The `bash` tool as the app runs it: the call, its session and its turn are the app's.
APP = """
import asyncio, sys
from pathlib import Path
from blufio_tui.core.tools import CallContext
from blufio_tui.wiring.backend import open_backend
from blufio_tui.features.start.arguments import StartOptions

async def main(project, command):
    start = StartOptions(project=Path(project), mode="ask", offline=True)
    async with open_backend(start, interactive=True) as backend:
        context = CallContext("session-1", "turn-1", "call-1", lambda event: None)
        await backend.equipment.tools.get("bash").invoke({"command": command}, context)

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


class Box:
    def __init__(self, root: Path) -> None:
        self.project, self.home = root / "project", root / "home"
        self.project.mkdir()
        for name in ("edited", "removed", "moved", "mode"):
            (self.project / name).write_text(f"old {name}")
            (self.project / name).chmod(0o640)
        self.before = self.look()
        self.environment = {**os.environ, "BLUFIO_HOME": str(self.home)}

    def look(self) -> dict[str, tuple[int, str]]:
        found = {}
        for path in sorted(self.project.rglob("*")):
            content = path.read_text() if path.is_file() and not path.is_symlink() else ""
            found[str(path.relative_to(self.project))] = (path.lstat().st_mode, content)
        return found

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, *words], cwd=self.project, env=self.environment, stdout=subprocess.DEVNULL
        )

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return piped.run(*words, env=self.environment, cwd=self.project)

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json").stdout)

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """Kill the program alone, once the command has done its work, and wait until the family is gone too."""
        until(lambda: (self.project / "ready").exists())
        process.send_signal(signal.SIGKILL)
        process.wait()
        until(lambda: not _sleepers(self.project))


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def _sleepers(folder: Path) -> list[str]:
    """Processes of the command that still work in the project."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if link.readlink() == folder and (link.parent / "comm").read_text() == "sleep\n":
                found.append(link.parent.name)
        except OSError:
            continue
    return found


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(Path(os.path.realpath(tmp_path)))


def test_what_a_command_of_a_killed_app_changed_is_taken_back_after_a_restart(box: Box) -> None:
    box.kill(box.start("-c", APP, str(box.project), SCRIPT))
    assert box.look() != box.before
    shown = box.json("undo", "--last", "--dry-run")
    assert shown["call_id"] == "call-1"
    assert shown["refused"] == []
    done = box.json("undo", "call-1")
    assert done["refused"] == []
    assert box.look() == box.before
    assert list((box.home / "kept").iterdir()) == []


@pytest.mark.corpus
def test_the_command_of_a_killed_app_has_its_rows(box: Box) -> None:
    box.kill(box.start("-c", APP, str(box.project), SCRIPT))
    said = box.run("undo", "--last", "--dry-run").stderr
    assert "was running when blufio-tui was killed" in said
    assert "blufio-tui undo call-1" in said
    rows = [row for row in box.json("audit", "list") if row["call_id"] == "call-1"]
    closing = [row for row in rows if row["kind"] == "exec" and row["outcome"].startswith("error")]
    assert [row["outcome"] for row in closing] == ["error: blufio-tui ended while it ran"]
    assert {row["session_id"] for row in closing} == {"session-1"}
    assert {Path(row["resource"]).name for row in rows if row["kind"] == "fs.write"} >= {"edited", "made"}
    assert box.run("audit", "effects", "call-1").returncode == 0
    assert box.run("audit", "verify").returncode == 0
    again = box.run("undo", "--last", "--dry-run").stderr
    assert "ran when" not in again


@pytest.mark.corpus
def test_a_change_after_the_kill_is_left_alone(box: Box) -> None:
    process = box.start("-c", APP, str(box.project), SCRIPT)
    box.kill(process)
    until(lambda: '"written"' in "".join(file.read_text() for file in box.home.glob("kept/*/changes.jsonl")))
    (box.project / "edited").write_text("by a person")
    done = box.json("undo", "--last")
    assert [(Path(one["path"]).name, one["why"]) for one in done["refused"]] == [("edited", "it changed since")]
    assert (box.project / "edited").read_text() == "by a person"
    assert (box.project / "removed").read_text() == "old removed"


@pytest.mark.corpus
def test_everything_killed_at_once_is_taken_back_too(box: Box) -> None:
    """As when the machine runs out of memory: the supervisor and the warden have no chance to write a word."""
    process = box.start("-m", "blufio_tui", "cage", "--", "sh", "-c", SCRIPT)
    until(lambda: (box.project / "ready").exists())
    family = _descendants(process.pid)
    for pid in (process.pid, *family):
        os.kill(pid, signal.SIGSTOP)
    for pid in (process.pid, *family):
        os.kill(pid, signal.SIGKILL)
    process.wait()
    until(lambda: not _sleepers(box.project))
    assert box.json("undo", "--last")["refused"] == []
    assert box.look() == box.before


def test_a_command_that_still_runs_is_not_taken_up(box: Box) -> None:
    process = box.start("-m", "blufio_tui", "cage", "--", "sh", "-c", SCRIPT)
    try:
        until(lambda: (box.project / "ready").exists())
        assert "nothing to undo" in box.run("undo", "--last").stderr
        assert len(list((box.home / "kept").iterdir())) == 1
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    assert box.json("undo", "--last")["refused"] == []
    assert box.look() == box.before


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            children.setdefault(int(status.read_text().rpartition(")")[2].split()[1]), []).append(
                int(status.parent.name)
            )
        except OSError:
            continue
    found, pending = [], [pid]
    while pending:
        below = children.get(pending.pop(), [])
        found += below
        pending += below
    return found
