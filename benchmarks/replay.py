"""What recording costs: calls of bundled skills with it and without, everything written at the end."""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Result
from blufio_tui.cli import parse
from blufio_tui.cli.start import start_options
from blufio_tui.core.gate.approvers import DenyAll
from blufio_tui.core.skills.tool import SkillTool
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import CallContext
from blufio_tui.wiring.backend import Backend, open_backend

CALLS, MANY = 20, 100
"""Calls in a row; many of those that take no longer than a commit."""
ROUNDS = 15
_CASES: tuple[tuple[str, str, JsonObject], ...] = (
    ("c", "text-stats", {"path": "README.md"}),
    ("nothing", "diff-text", {"old": "one\ntwo\n", "new": "one\nthree\n"}),
    ("python", "csv-summary", {"path": "table.csv"}),
    ("compute", "calc", {"expression": "15 % of 2^70 + 1/3"}),
)


def measure(*, full: bool = False) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        home, project = Path(folder).resolve() / "home", Path(folder).resolve() / "project"
        home.mkdir()
        project.mkdir()
        (project / "README.md").write_text("some words\n" * 400)
        (project / "table.csv").write_text("name,age\n" + "ada,36\n" * 300)
        before, os.environ["BLUFIO_HOME"] = os.environ.get("BLUFIO_HOME"), str(home)
        try:
            yield from asyncio.run(_compare(project, ROUNDS * 3 if full else ROUNDS))
        finally:
            os.environ.pop("BLUFIO_HOME")
            if before is not None:
                os.environ["BLUFIO_HOME"] = before


async def _compare(project: Path, rounds: int) -> list[Result]:
    found: list[Result] = []
    args = parse(["--project", str(project), "doctor"])
    async with open_backend(start_options(args), interactive=True, approver=DenyAll()) as backend:
        for name, skill, given in _CASES:
            times: dict[bool, list[float]] = {True: [], False: []}
            for number in range(rounds + 1):
                for on in (False, True) if number % 2 else (True, False):
                    spent = await _calls(backend, skill, given, on, MANY if name == "nothing" else CALLS)
                    if number:
                        times[on].append(spent)
            without, recorded = (statistics.median(times[on]) for on in (False, True))
            title = f"a recorded call of {skill}, its record stored"
            found.append(Figure(f"replay.{name}", title, recorded, "ms", 1.3, without, "the same call not recorded"))
    return found


async def _calls(backend: Backend, skill: str, given: JsonObject, on: bool, calls: int) -> float:
    """Milliseconds a call, with all that is written behind it."""
    session = f"recorded {on}"
    backend.stored.recorder.set_session(session, on)
    tool = SkillTool(backend.stored.skills.get(skill), backend.equipment.skill_host)
    started = time.perf_counter()
    for number in range(calls):
        outcome = await tool.invoke(given, CallContext(session, "t", f"c{number}", lambda _event: None))
        assert not outcome.is_error, outcome
    await backend.gate.settle()
    await backend.stored.recorder.settle()
    return (time.perf_counter() - started) * 1000 / calls
