"""How far a streamed event goes: few generators stand between the provider and the screen."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from types import AsyncGeneratorType

import pytest

from blufio_tui.core.agent.provider import ModelRequest, ProviderEvent, ProviderReply, ProviderText
from blufio_tui.core.conversation import TextBlock, TokenUsage
from blufio_tui.core.events import TextDelta, TurnFinished
from blufio_tui.core.hooks.hooks import Hook, HookEvent
from blufio_tui.core.hooks.running import HookRunner
from blufio_tui.core.mcp.server import FoundServers, ServerConfig
from blufio_tui.features.start.opening import Opening
from blufio_tui.ui.ports.desk import ApprovalDesk
from blufio_tui.ui.turns import Turns
from blufio_tui.wiring.screen import services_of
from blufio_tui.wiring.screen_ports import Parts, open_parts
from tests.wiring.test_connecting import options_of

MOST = 4


class Speaker:
    """A provider that says one word, and goes on once that was heard."""

    is_guide = False

    def __init__(self) -> None:
        self.heard = asyncio.Event()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ProviderEvent, None]:
        yield ProviderText("word")
        await self.heard.wait()
        yield ProviderReply((TextBlock("word"),), "end_turn", TokenUsage(1, 1), request.model)

    async def warm_up(self) -> None: ...

    async def close(self) -> None: ...


def _under_way() -> "list[AsyncGeneratorType[object, object]]":
    """The program's own generators that have begun and not ended."""
    found = [one for one in gc.get_objects() if isinstance(one, AsyncGeneratorType) and one.ag_frame is not None]
    begun = [one for one in found if one.ag_frame.f_lasti > 0]
    return [one for one in begun if "/blufio_tui/" in one.ag_code.co_filename or "Speaker" in one.__qualname__]


@pytest.mark.parametrize("served", [False, True], ids=["no server", "with a server"])
@pytest.mark.parametrize("hooked", [False, True], ids=["plain", "with hooks"])
async def test_an_event_passes_at_most_four_generators(
    hooked: bool, served: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, desk = options_of(tmp_path / "home", monkeypatch, offline=True), ApprovalDesk()
    opening = Opening(lambda: open_parts(options, desk))
    services = services_of(options, desk, opening)
    try:
        await services.connect()
        parts: Parts = await opening.parts()
        parts.backend.agent.provider = speaker = Speaker()
        if hooked:
            hook = Hook(HookEvent.STOP, "", "true", 5.0, "mine")
            parts.backend.agent.hooks = HookRunner(parts.backend.gate.perform, str(tmp_path), (hook,))
        if served:
            nobody = ServerConfig("nobody", command=str(tmp_path / "missing"))
            parts.backend.equipment.servers.configure(FoundServers((nobody,)))
        names: list[str] = []
        last, others = None, _under_way()
        async with aclosing(Turns(services).ask("hello")) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    names = [one.__qualname__ for one in _under_way() if not any(one is other for other in others)]
                    speaker.heard.set()
                last = event
        assert isinstance(last, TurnFinished) and last.text == "word"
        assert any("Speaker" in name for name in names) and len(names) <= MOST, names
    finally:
        await opening.close()
