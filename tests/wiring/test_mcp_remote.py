"""Remote servers: every request through the network guard, each call one decided and recorded effect."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.mcp.server import State
from blufio_tui.core.audit.rows import AuditEntry, AuditFilter
from blufio_tui.core.capability import Verdict
from blufio_tui.core.events import Event
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime
from blufio_tui.core.tools import CallContext, ToolOutcome
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.wiring.backend import Backend, open_backend
from tests.fakes import mcp_http, mcp_server


@dataclass
class Person:
    verdict: Verdict = Verdict.ALLOW
    asked: list[ApprovalQuestion] = field(default_factory=list)

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer:
        self.asked.append(question)
        once = next(offer for offer in question.offers if offer.lifetime is Lifetime.CALL)
        return ApprovalAnswer(self.verdict, once if self.verdict is Verdict.ALLOW else None)


@dataclass
class Room:
    root: Path
    port: int
    stack: AsyncExitStack
    person: Person = field(default_factory=Person)
    events: list[Event] = field(default_factory=list)
    backend: Backend = field(init=False)

    async def open(self, more: str = "", *, listed: bool = True, url: str = "") -> list[str]:
        allowed = f'[network]\nallow_private = ["127.0.0.1:{self.port}", "localhost:{self.port}"]\n' if listed else ""
        server = f'[mcp.servers.far]\nurl = "{url or f"http://127.0.0.1:{self.port}/mcp"}"\n{more}'
        (self.root / "home" / "config.toml").write_text(allowed + server)
        args = StartOptions(project=self.root / "project", mode="ask", offline=True)
        self.backend = await self.stack.enter_async_context(open_backend(args, interactive=True, approver=self.person))
        return await self.backend.equipment.servers.prepare()

    async def call(self, tool: str, **arguments: Any) -> ToolOutcome:
        found = self.backend.equipment.tools.get(f"far__{tool}")
        assert found is not None, self.backend.equipment.tools.names()
        return await found.invoke(arguments, CallContext("s1", "t1", "c1", self.events.append))

    async def rows(self) -> list[AuditEntry]:
        await self.backend.gate.settle()
        return [row.entry async for row in self.backend.stored.audit.rows(AuditFilter(kind="net"))]


@pytest.fixture
def port() -> Iterator[int]:
    server, number = mcp_http.serve_http()
    mcp_http.Handler.seen.clear()
    mcp_server.OPTIONS.clear()
    yield number
    mcp_server.OPTIONS.clear()
    server.shutdown()
    server.server_close()


@pytest.fixture
async def room(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    root = Path(os.path.realpath(tmp_path))
    for name in ("project", "home"):
        (root / name).mkdir()
    monkeypatch.setenv("BLUFIO_HOME", str(root / "home"))
    async with AsyncExitStack() as stack:
        yield Room(root, port, stack)


async def test_a_call_is_one_request_that_is_shown_with_what_it_carries(room: Room) -> None:
    assert await room.open() == []
    assert json.loads((await room.call("add", a=20, b=22)).content) == {"sum": 42}
    connect, call = room.person.asked
    assert connect.preview.startswith("connect to the MCP server far")
    assert "call the tool `add` of the MCP server far" in call.preview
    assert '"a": 20' in call.preview
    assert call.request.resource == f"http://127.0.0.1:{room.port}/mcp"
    decided = [row for row in await room.rows() if row.decision]
    assert [(row.actor, row.call_id) for row in decided] == [("mcp:far", "mcp_far"), ("mcp:far", "c1")]
    assert decided[1].body_bytes > 0


async def test_a_refused_call_sends_nothing(room: Room) -> None:
    await room.open()
    room.person.verdict = Verdict.DENY
    sent = len(mcp_http.Handler.seen)
    assert (await room.call("add", a=1, b=1)).is_error
    assert len(mcp_http.Handler.seen) == sent


async def test_a_declared_host_needs_no_question(room: Room) -> None:
    await room.open('capabilities = {net = ["localhost"]}\n', url=f"http://localhost:{room.port}/mcp")
    assert (await room.call("add", a=1, b=1)).is_error is False
    assert room.person.asked == []


async def test_an_address_of_this_machine_that_is_not_listed_is_never_reached(room: Room) -> None:
    said = await room.open(listed=False)
    assert "network.allow_private" in said[0]
    assert room.person.asked == []
    assert mcp_http.Handler.seen == []


async def test_redirects_are_not_followed(room: Room) -> None:
    mcp_server.OPTIONS["redirect"] = "http://169.254.169.254/latest"
    said = await room.open()
    assert "it redirects to http://169.254.169.254/latest" in said[0]


async def test_headers_are_filled_from_the_environment_and_never_shown(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(mcp_server.OPTIONS, "token", "s3cret-value-of-the-token")
    monkeypatch.setenv("FAR_TOKEN", "s3cret-value-of-the-token")
    said = await room.open('headers = {Authorization = "Bearer ${FAR_TOKEN}"}\n')
    assert said == []
    assert (await room.call("add", a=1, b=1)).is_error is False
    assert not any("s3cret" in question.preview for question in room.person.asked)
    env = [row.entry async for row in room.backend.stored.audit.rows(AuditFilter(kind="env"))]
    assert {(row.resource, row.actor) for row in env} == {("FAR_TOKEN", "mcp:far")}


async def test_a_server_that_wants_a_login_says_how(room: Room) -> None:
    mcp_server.OPTIONS["token"] = "something"
    said = await room.open()
    assert "run: blufio-tui mcp login far" in said[0]
    assert room.backend.equipment.servers.get("far").state is State.LOGIN


async def test_a_session_that_the_server_forgot_is_begun_anew(room: Room) -> None:
    await room.open()
    mcp_http.Handler.server_of_session.clear()
    assert "the server has ended the session" in (await room.call("add", a=1, b=1)).content
    assert (await room.call("add", a=1, b=1)).is_error is False


async def test_the_session_is_ended_at_the_end(room: Room) -> None:
    await room.open()
    await room.backend.equipment.servers.close()
    assert mcp_http.Handler.seen[-1][0] == "DELETE"


async def test_the_server_can_ask_in_the_middle_of_a_call(room: Room) -> None:
    await room.open()
    answer = json.loads((await room.call("roots")).content)
    assert answer["result"]["roots"][0]["name"] == "project"


@pytest.mark.parametrize("tool", ["strays", "flood", "rich"])
async def test_hostile_answers_reach_nothing_but_the_log(room: Room, tool: str) -> None:
    await room.open()
    await room.call(tool)
    assert (await room.call("add", a=1, b=1)).is_error is False
