"""What the caged runner does with the old content of changed files: it goes to the keeper, in time and exactly."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.cage.program_side.cage import CagePool, Output
from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.adapters.cage.program_side.runner import CagedRunner, Premises
from blufio_tui.core.audit.rows import AuditEntry
from blufio_tui.core.cage.inside import Inside
from blufio_tui.core.cage.report import Effects
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.errors import CapabilityDenied, HostError
from blufio_tui.core.files.replay import Left
from blufio_tui.core.running import CommandEnded, Launch
from blufio_tui.core.tools import CallContext

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")


class Rows:
    """An audit log that only remembers."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    async def append_many(self, entries: list[AuditEntry]) -> list[int]:
        self.entries += entries
        return list(range(len(entries)))


class Kept:
    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes | None, int]] = {}

    def keep_command(
        self, call_id: str, changes: Sequence[Mapping[str, Any]], batch: str = "", left: Sequence[Left] = ()
    ) -> None:
        for one in changes:
            if one["what"] in ("changed", "removed", "created"):
                before = Path(one["before"]).read_bytes() if one["before"] else None
                self.files.setdefault(Path(one["path"]).name, (before, one["mode"]))


async def _refuse(_effect: Effect, _context: CallContext) -> EffectResult:
    raise CapabilityDenied("no")


def _inside() -> Inside:
    return Inside(_refuse, Actor(ActorKind.TOOL, "bash"), CallContext("s", "t", "c", lambda _event: None))


async def _run(runner: CagedRunner, launch: Launch) -> CommandEnded:
    async with aclosing(runner.run(launch)) as events:
        async for event in events:
            last = event
    assert isinstance(last, CommandEnded)
    return last


async def test_old_content_goes_to_the_keeper_and_a_new_file_is_told_as_new(tmp_path: Path) -> None:
    project = Path(os.path.realpath(tmp_path)) / "project"
    project.mkdir()
    for name in ("edited", "removed", "replaced", "read"):
        (project / name).write_text(f"old {name}")
        (project / name).chmod(0o640)
    rows, kept, pool = Rows(), Kept(), CagePool(spare=False)
    premises = Premises(str(project), str(Path.home()), kept=tmp_path / "kept")
    runner = CagedRunner(pool, premises, rows, keeper=kept)  # type: ignore[arg-type]
    command = "echo 1 >> edited; rm removed; echo new > n; mv n replaced; cat read; echo x > made"
    ended = await _run(runner, Launch(command, str(project), dict(os.environ), 20, _inside()))
    pool.close()
    assert ended.status == 0
    assert kept.files == {
        "edited": (b"old edited", 0o640),
        "removed": (b"old removed", 0o640),
        "replaced": (b"old replaced", 0o640),
        "n": (None, 0),
        "made": (None, 0),
    }
    assert list((tmp_path / "kept").iterdir()) == []
    assert {Path(row.resource).name for row in rows.entries[:-1]} >= {"edited", "removed", "replaced", "made"}


async def test_a_command_without_anybody_to_decide_does_not_run(tmp_path: Path) -> None:
    runner = CagedRunner(CagePool(spare=False), Premises(str(tmp_path), str(Path.home())), Rows())  # type: ignore[arg-type]
    with pytest.raises(HostError, match="when nobody decides"):
        await _run(runner, Launch("true", str(tmp_path), {}))


async def test_what_cannot_be_decided_on_is_refused_and_told(tmp_path: Path) -> None:
    async def break_down(_effect: Effect, _context: CallContext) -> EffectResult:
        raise RuntimeError("a fault of this program")

    project = Path(os.path.realpath(tmp_path)) / "project"
    project.mkdir()
    (project.parent / "tmp").mkdir()
    (tmp_path / "secret").write_text("secret")
    pool, effects = CagePool(spare=False), Effects()
    runner = CagedRunner(pool, Premises(str(project), str(Path.home())), Rows())  # type: ignore[arg-type]
    inside = Inside(break_down, Actor(ActorKind.TOOL, "bash"), CallContext("s", "t", "c", lambda _event: None))
    words, tmp = ("cat", f"{tmp_path}/secret"), str(project.parent / "tmp")
    command = runner.command(words, str(project), dict(os.environ), tmp, 20)
    output = b""
    async with aclosing(runner.events(command, inside, effects)) as events:
        async for event in events:
            output += event.data if isinstance(event, Output) and event.stream == "stdout" else b""
    pool.close()
    assert output == b""
    assert [(one["decision"], one["rule"]) for one in effects.decided] == [
        ("deny", "could not be decided on: RuntimeError: a fault of this program")
    ]


async def test_how_long_a_stopped_command_waited_for_an_answer_is_known(tmp_path: Path) -> None:
    is_asked = asyncio.Event()

    async def never(_effect: Effect, _context: CallContext) -> EffectResult:
        is_asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    project = Path(os.path.realpath(tmp_path)) / "project"
    project.mkdir()
    (tmp_path / "secret").write_text("secret")
    pool = CagePool(spare=False)
    runner = CagedRunner(pool, Premises(str(project), str(Path.home())), Rows())  # type: ignore[arg-type]
    inside = Inside(never, Actor(ActorKind.TOOL, "bash"), CallContext("s", "t", "c", lambda _event: None))
    launch = Launch(f"cat {tmp_path}/secret", str(project), dict(os.environ), 20, inside)
    running = asyncio.create_task(_run(runner, launch))
    await is_asked.wait()
    running.cancel()
    await asyncio.wait([running])
    pool.close()
    assert running.cancelled()
    assert inside.stood_still.secs > 0


async def test_a_search_path_that_a_command_leaves_behind_widens_nothing(tmp_path: Path) -> None:
    root = Path(os.path.realpath(tmp_path))
    (root / "project").mkdir()
    (root / "letters").mkdir()
    (root / "letters/secret").write_text("CANARY")
    pool = CagePool(spare=False)
    runner = CagedRunner(pool, Premises(str(root / "project"), str(root / "home")), Rows())  # type: ignore[arg-type]
    first = await _run(
        runner, Launch(f"export PATH={root}/letters:$PATH", str(root / "project"), dict(os.environ), 20, _inside())
    )
    assert first.environment["PATH"].startswith(f"{root}/letters:")
    second = await _run(
        runner, Launch("cat ../letters/secret", str(root / "project"), dict(first.environment), 20, _inside())
    )
    pool.close()
    assert second.status == 1
