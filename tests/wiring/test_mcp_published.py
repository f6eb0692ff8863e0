"""Against the published reference servers, installed for this. Opt-in: BLUFIO_TEST_PUBLISHED_SERVERS=1, with node."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.core.capability import Verdict
from blufio_tui.core.events import Event, ToolOutputDelta
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime
from blufio_tui.core.servers.forms import PendingForm
from blufio_tui.core.tools import CallContext, ToolOutcome
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.wiring.backend import Backend, open_backend
from tests.fakes.provider import FakeProvider, says

pytestmark = pytest.mark.skipif(
    not os.environ.get("BLUFIO_TEST_PUBLISHED_SERVERS") or not shutil.which("npm"), reason="opt-in"
)
NAMES = ("everything", "filesystem", "memory")


class Yes:
    def __init__(self) -> None:
        self.asked: list[ApprovalQuestion] = []

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer:
        self.asked.append(question)
        once = next(offer for offer in question.offers if offer.lifetime is Lifetime.CALL)
        return ApprovalAnswer(Verdict.ALLOW, once)


class Talk:
    def __init__(self, backend: Backend, person: Yes, project: Path) -> None:
        self.backend, self.person, self.project = backend, person, project
        self.events: list[Event] = []

    async def call(self, tool: str, **arguments: Any) -> ToolOutcome:
        found = self.backend.equipment.tools.get(tool)
        assert found is not None, self.backend.equipment.tools.names()
        return await found.invoke(arguments, CallContext("s", "t", f"c{len(self.events)}", self.events.append))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("npm")
    packages = [f"@modelcontextprotocol/server-{name}" for name in NAMES]
    subprocess.run(["npm", "install", "--silent", *packages], cwd=folder, check=True)
    return folder / "node_modules"


@pytest.fixture
async def talk(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Talk]:
    root = Path(os.path.realpath(tmp_path))
    (root / "home").mkdir()
    project = root / "project"
    project.mkdir()
    shutil.copytree(installed, project / "node_modules", symlinks=True)
    monkeypatch.setenv("BLUFIO_HOME", str(root / "home"))
    async with AsyncExitStack() as stack:
        port = await _serve(stack, project)
        config = f'[network]\nallow_private = ["127.0.0.1:{port}"]\n'
        for name in NAMES:
            more = [str(project)] if name == "filesystem" else []
            words = [f"node_modules/.bin/mcp-server-{name}", *more]
            config += f'[mcp.servers.{name}]\ncommand = "node"\nargs = {json.dumps(words)}\n'
        config += f'[mcp.servers.far]\nurl = "http://127.0.0.1:{port}/mcp"\n'
        (root / "home" / "config.toml").write_text(config)
        person = Yes()
        args = StartOptions(project=project, mode="ask", offline=True)
        backend = await stack.enter_async_context(open_backend(args, interactive=True, approver=person))
        assert await backend.equipment.servers.prepare() == []
        yield Talk(backend, person, project)


async def _serve(stack: AsyncExitStack, project: Path) -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["node", "node_modules/.bin/mcp-server-everything", "streamableHttp"]
    process = subprocess.Popen(
        words, cwd=project, env={**os.environ, "PORT": str(port)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    stack.callback(process.wait)
    stack.callback(process.kill)
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
        except OSError:
            assert process.poll() is None
            await asyncio.sleep(0.05)
        else:
            return port


@pytest.mark.parametrize("server", ["everything", "far"])
async def test_the_everything_server(talk: Talk, server: str) -> None:
    assert (await talk.call(f"{server}__echo", message="hello")).content == "Echo: hello"
    assert "5" in (await talk.call(f"{server}__get_sum", a=2, b=3)).content
    assert "image/png" in (await talk.call(f"{server}__get_tiny_image")).content
    assert "temperature" in (await talk.call(f"{server}__get_structured_content", location="New York")).content
    links = (await talk.call(f"{server}__get_resource_links", count=2)).content
    assert links.count("[link:") == 2
    await talk.call(f"{server}__trigger_long_running_operation", duration=1, steps=2)
    assert any("2/2" in event.text for event in talk.events if isinstance(event, ToolOutputDelta))
    context = CallContext("s", "t", "p", talk.events.append)
    prompt = await talk.backend.equipment.servers.expanded(f"/{server}:args-prompt city=Oslo", context)
    assert "Oslo" in prompt
    offered = await talk.backend.equipment.servers.get(server).list("resources", context)
    assert "#" in await talk.backend.equipment.servers.resource(f"{server}:{offered[0]['uri']}", context)


@pytest.mark.parametrize("server", ["everything", "far"])
async def test_its_questions(talk: Talk, server: str) -> None:
    shown: list[PendingForm] = []

    def fill_in(pending: PendingForm) -> None:
        shown.append(pending)
        pending.resolve({"name": "Ada"})

    talk.backend.equipment.servers.forms.attach(fill_in)
    assert "Ada" in (await talk.call(f"{server}__trigger_elicitation_request")).content
    assert shown[0].server == server
    talk.backend.agent.provider = FakeProvider(says("an answer of the model"))
    assert "an answer of the model" in (await talk.call(f"{server}__trigger_sampling_request", prompt="x")).content


async def test_the_environment_that_it_sees(talk: Talk) -> None:
    seen = (await talk.call("everything__get_env")).content
    assert "BLUFIO_HOME" not in seen
    assert "PYTEST" not in seen


async def test_the_filesystem_and_memory_servers(talk: Talk) -> None:
    path = str(talk.project / "made.txt")
    await talk.call("filesystem__write_file", path=path, content="by a server")
    assert "by a server" in (await talk.call("filesystem__read_text_file", path=path)).content
    assert (talk.project / "made.txt").read_text() == "by a server"
    refused = await talk.call("filesystem__read_text_file", path="/etc/shadow")
    assert refused.is_error
    entity = {"name": "Ada", "entityType": "person", "observations": ["counts"]}
    await talk.call("memory__create_entities", entities=[entity])
    assert "counts" in (await talk.call("memory__read_graph")).content
    assert not any(question.request.actor.name == "mcp:filesystem" for question in talk.person.asked)
