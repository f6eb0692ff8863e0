"""Servers on this machine, in the cage and behind the gate: real processes, friendly and hostile."""

import asyncio
import json
import os
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.adapters.mcp import session as session_module
from blufio_tui.adapters.mcp.server import State
from blufio_tui.core.audit.rows import AuditFilter, AuditRow
from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import Event, HostCallFinished, ToolOutputDelta
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime
from blufio_tui.core.tools import CallContext, ToolOutcome
from blufio_tui.wiring.backend import Backend, open_backend

needs_cage = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")
FAKE = Path(__file__).parents[1] / "fakes" / "mcp_server.py"


@dataclass
class Person:
    """Answers as `decides` says, and remembers the questions."""

    decides: Callable[[ApprovalQuestion], bool] = lambda _question: False
    asked: list[ApprovalQuestion] = field(default_factory=list)

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer:
        self.asked.append(question)
        once = next(offer for offer in question.offers if offer.lifetime is Lifetime.CALL)
        allowed = self.decides(question)
        return ApprovalAnswer(Verdict.ALLOW if allowed else Verdict.DENY, once if allowed else None)


@dataclass
class Room:
    root: Path
    stack: AsyncExitStack
    person: Person = field(default_factory=Person)
    events: list[Event] = field(default_factory=list)
    calls: int = 0

    backend: Backend = field(init=False)

    @property
    def project(self) -> Path:
        return self.root / "project"

    async def open(self, config: str = "", *options: str, mode: str = "ask") -> list[str]:
        """Configure the server `fake` and get to know it; what `prepare` says."""
        folder = self.project.parent / "home"
        words = json.dumps([str(FAKE), *options])
        (folder / "config.toml").write_text(
            config.replace("FAKE", f'command = {json.dumps(sys.executable)}\nargs = {words}')
            if config
            else f'[mcp.servers.fake]\ncommand = {json.dumps(sys.executable)}\nargs = {words}\n'
        )
        args = Namespace(project=self.project, mode=mode, offline=True)
        self.backend = await self.stack.enter_async_context(open_backend(args, interactive=True, approver=self.person))
        return await self.backend.servers.prepare()

    async def call(self, tool: str, **arguments: Any) -> ToolOutcome:
        found = self.backend.tools.get(tool if "__" in tool else f"fake__{tool}")
        assert found is not None, self.backend.tools.names()
        self.calls += 1
        return await found.invoke(arguments, CallContext("s1", "t1", f"c{self.calls}", self.events.append))

    @property
    def server(self) -> Any:
        return self.backend.servers.get("fake")

    async def rows(self, kind: Kind | None = None) -> list[AuditRow]:
        found = await self.backend.audit.rows(AuditFilter(), limit=500)
        return [row for row in found if kind is None or row.kind == kind]


@pytest.fixture
async def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    root = Path(os.path.realpath(tmp_path))
    for name in ("project", "outside", "home"):
        (root / name).mkdir()
    (root / "outside" / "a.txt").write_text("outside")
    monkeypatch.setenv("BLUFIO_HOME", str(root / "home"))
    async with AsyncExitStack() as stack:
        yield Room(root, stack)


# ── ordinary use ───────────────────────────────────────────────────────────────────────────────────


@needs_cage
async def test_a_caged_server_works_without_a_question_and_is_recorded(room: Room) -> None:
    assert await room.open() == []
    outcome = await room.call("add", a=2, b=3)
    assert (json.loads(outcome.content), outcome.is_error) == ({"sum": 5}, False)
    assert room.person.asked == []
    by_server = [row for row in await room.rows(Kind.EXEC) if row.actor == "mcp:fake"]
    assert any(str(FAKE) in row.resource for row in by_server)
    assert any(row.resource == "fake__add" and row.call_id == "c1" for row in by_server)
    shown = [event for event in room.events if isinstance(event, HostCallFinished)]
    assert [(event.resource, event.outcome) for event in shown] == [("fake__add", "ok")]
