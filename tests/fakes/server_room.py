"""A project with an MCP server in it, a person who answers, and the whole backend around them."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blufio_tui.core.audit.rows import AuditEntry, AuditFilter
from blufio_tui.core.capability import Verdict
from blufio_tui.core.events import Event
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime
from blufio_tui.core.tools import CallContext, ToolOutcome
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.wiring.backend import Backend, open_backend

FAKE = Path(__file__).with_name("mcp_server.py")
PYTHON = os.path.realpath(sys.executable)
"""The one below the virtual environment: its folder is free to read in the cage. `-S` halves its start."""


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
    """
    Attributes:
        root: has the folders `project`, `home` and `outside`.
        program: copied into the project as `server.py`, with `beside` next to it.
        session: whose calls are made.
    """

    root: Path
    stack: AsyncExitStack
    person: Person = field(default_factory=Person)
    events: list[Event] = field(default_factory=list)
    program: Path = FAKE
    beside: tuple[Path, ...] = ()
    name: str = "fake"
    session: str = "s1"
    calls: int = 0

    backend: Backend = field(init=False)

    @property
    def project(self) -> Path:
        return self.root / "project"

    async def open(self, config: str = "", *options: str, mode: str = "ask") -> list[str]:
        """Configure the server, SERVER in `config`, and get to know it; what `prepare` says."""
        shutil.copy(self.program, self.project / "server.py")
        for file in self.beside:
            shutil.copy(file, self.project)
        words = f"command = {json.dumps(PYTHON)}\nargs = {json.dumps(['-S', 'server.py', *options])}"
        written = (config or f"[mcp.servers.{self.name}]\nSERVER\n").replace("SERVER", words)
        (self.root / "home" / "config.toml").write_text(written)
        args = StartOptions(project=self.project, mode=mode, offline=True)
        self.backend = await self.stack.enter_async_context(open_backend(args, interactive=True, approver=self.person))
        self.backend.equipment.servers.forms.attach(lambda pending: pending.resolve(None))  # there is a screen
        return await self.backend.equipment.servers.prepare()

    async def call(self, tool: str, **arguments: Any) -> ToolOutcome:
        found = self.backend.equipment.tools.get(tool if "__" in tool else f"{self.name}__{tool}")
        assert found is not None, self.backend.equipment.tools.names()
        self.calls += 1
        return await found.invoke(arguments, CallContext(self.session, "t1", f"c{self.calls}", self.events.append))

    @property
    def server(self) -> Any:
        return self.backend.equipment.servers.get(self.name)

    async def rows(self, kind: str = "") -> list[AuditEntry]:
        await self.backend.gate.settle()
        return [row.entry async for row in self.backend.stored.audit.rows(AuditFilter(kind=kind))]


def make_room(tmp_path: Path, stack: AsyncExitStack) -> Room:
    """A room with a file outside of the project. BLUFIO_HOME is the caller's to set."""
    root = Path(os.path.realpath(tmp_path))
    for name in ("project", "outside", "home"):
        (root / name).mkdir()
    (root / "outside" / "a.txt").write_text("outside")
    return Room(root, stack)
