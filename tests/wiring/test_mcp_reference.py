"""Against servers made with the reference SDK. Each start of one takes a second: that is its import."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.core.capability import Verdict
from blufio_tui.core.events import Event, ToolOutputDelta
from blufio_tui.core.mcp.results import prompt_text, resource_text
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime
from blufio_tui.core.tools import CallContext, ToolOutcome
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.wiring.backend import Backend, open_backend

SDK_SERVER = Path(__file__).parents[1] / "fakes" / "sdk_server.py"


class Yes:
    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer:
        once = next(offer for offer in question.offers if offer.lifetime is Lifetime.CALL)
        return ApprovalAnswer(Verdict.ALLOW, once)


class Talk:
    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.events: list[Event] = []
        self.context = CallContext("s", "t", "c", self.events.append)

    async def call(self, tool: str, **arguments: Any) -> ToolOutcome:
        equipment = self.backend.equipment
        found = equipment.tools.get(f"reference__{tool}")
        assert found is not None, (equipment.tools.names(), equipment.servers.get("reference").log.lines())
        return await found.invoke(arguments, self.context)


@pytest.fixture(params=["stdio", pytest.param("http", marks=pytest.mark.corpus)])
async def talk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Talk]:
    root = Path(os.path.realpath(tmp_path))
    for name in ("project", "home"):
        (root / name).mkdir()
    shutil.copy(SDK_SERVER, root / "project" / "server.py")
    monkeypatch.setenv("BLUFIO_HOME", str(root / "home"))
    async with AsyncExitStack() as stack:
        if request.param == "stdio":
            monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
            config = '[mcp.servers.reference]\ncommand = "python"\nargs = ["server.py", "stdio"]\n'
        else:
            port = await _serve(stack, root)
            config = f'[network]\nallow_private = ["127.0.0.1:{port}"]\n'
            config += f'[mcp.servers.reference]\nurl = "http://127.0.0.1:{port}/mcp"\n'
        (root / "home" / "config.toml").write_text(config)
        args = StartOptions(project=root / "project", mode="ask", offline=True)
        backend = await stack.enter_async_context(open_backend(args, interactive=True, approver=Yes()))
        assert await backend.equipment.servers.prepare() == []
        yield Talk(backend)


async def _serve(stack: AsyncExitStack, root: Path) -> int:
    file = root / "port"
    process = subprocess.Popen(
        [sys.executable, str(SDK_SERVER), "http", str(file)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    stack.callback(process.wait)
    stack.callback(process.kill)
    while not file.exists() or not file.read_text():
        assert process.poll() is None
        await asyncio.sleep(0.02)
    return int(file.read_text())


async def test_tools_prompts_and_resources_of_the_reference_server(talk: Talk) -> None:
    outcome = await talk.call("greet", person={"name": "Ada", "age": 36})
    assert json.loads(outcome.content) == {"name": "Ada", "age": 37}
    assert (await talk.call("slow", steps=2)).content == "done"
    shown = [event.text for event in talk.events if isinstance(event, ToolOutputDelta)]
    assert shown == ["1/2 step 1\n", "2/2 step 2\n"]
    failed = await talk.call("fails")
    assert failed.is_error
    server = talk.backend.equipment.servers.get("reference")
    assert [one["name"] for one in await server.list("prompts", talk.context)] == ["essay"]
    got = await server.get("prompts/get", {"name": "essay", "arguments": {"topic": "rain"}}, "w", "essay", talk.context)
    assert prompt_text(got) == "Write about rain."
    assert [one["uri"] for one in await server.list("resources", talk.context)] == ["memo://first"]
    read = await server.get("resources/read", {"uri": "memo://first"}, "w", "first", talk.context)
    assert resource_text(read).endswith("the first memo")
