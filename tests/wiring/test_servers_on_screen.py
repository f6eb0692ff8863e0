"""A real MCP server behind the real screen: prompts, resources, floods and questions, by the keys one presses."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.features.start.opening import Opening
from blufio_tui.features.start.options import read_options
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.ports.desk import ApprovalDesk
from blufio_tui.wiring.backend import Backend
from blufio_tui.wiring.screen import services_of
from blufio_tui.wiring.screen_ports import open_parts
from tests.fakes import hostile_mcp, mcp_server
from tests.fakes.corpus import sampled
from tests.fakes.provider import FakeProvider, calls, says
from tests.fakes.server_room import PYTHON
from tests.fakes.ui_services import FixedClock
from tests.ui.helpers import WIDE, opened, say, screen_text, turn_over, until

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")


@dataclass
class Screen:
    app: BlufioApp
    pilot: Pilot[int]
    backend: Backend
    clock: FixedClock
    provider: FakeProvider

    async def shows(self, text: str) -> None:
        await until(self.pilot, lambda: text in screen_text(self.app))

    async def answer(self, key: str) -> None:
        """Answer the card that asks, once it takes keys."""
        card = self.app.main.card
        await until(self.pilot, lambda: card.queue and card._painted is not None)
        for _ in range(2):  # nobody was typing; it has been looked at
            self.clock.advance(3)
            card.look_again()
            await self.pilot.pause()
        await until(self.pilot, lambda: self.app.focused is card)
        self.clock.advance(3)
        await self.pilot.press(key)

    @property
    def told(self) -> str:
        """All that the model was sent last."""
        return "\n".join(str(message) for message in self.provider.requests[-1].messages)


@asynccontextmanager
async def screen(root: Path, monkeypatch: pytest.MonkeyPatch, *scripts: Any, start: str = "") -> AsyncIterator[Screen]:
    """The app with the servers `fake` and `evil`, both known and running.

    Args:
        start: what `evil` does while it is got to know.
    """
    project, home = root / "project", root / "home"
    project.mkdir()
    home.mkdir()
    for module in (mcp_server, hostile_mcp):
        shutil.copy(Path(str(module.__file__)), project)
    monkeypatch.setenv("BLUFIO_HOME", str(home))
    lines = [
        f'[mcp.servers.{name}]\ncommand = "{PYTHON}"\nargs = {json.dumps([file, f"start={start}"])}\n'
        for name, file in (("fake", "mcp_server.py"), ("evil", "hostile_mcp.py"))
    ]
    (home / "config.toml").write_text("".join(lines))
    options = read_options(StartOptions(project=project, mode="ask", offline=True), interactive=True)
    desk, clock = ApprovalDesk(), FixedClock()
    opening = Opening(lambda: open_parts(options, desk))
    try:
        app = BlufioApp(replace(services_of(options, desk, opening), clock=clock))
        async with opened(app, WIDE) as pilot:
            backend = (await opening.parts()).backend
            await (await opening.parts()).model.connected()
            backend.agent.provider = provider = FakeProvider(*scripts)
            assert await backend.equipment.servers.prepare() == []
            yield Screen(app, pilot, backend, clock, provider)
    finally:
        await opening.close()


async def test_prompts_and_resources_are_completed_and_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with screen(tmp_path, monkeypatch, says("first"), says("second")) as shown:
        shown.app.main.prompt.focus()
        await shown.pilot.press(*"/fake", "colon")
        await shown.shows("Writes an essay.")
        await shown.pilot.press("tab", *"rain", "enter")
        await shown.shows("first")
        await turn_over(shown.app, shown.pilot)
        assert "Write an essay about rain." in shown.told
        await shown.pilot.press(*"compare", "space", "@", *"fake", "colon")
        await shown.shows("memo://one")
        await shown.pilot.press("tab", "enter")
        await shown.shows("second")
        await turn_over(shown.app, shown.pilot)
        assert "the memo at memo://one" in shown.told


async def test_a_hostile_server_offers_nothing_that_hides_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with screen(tmp_path, monkeypatch) as shown:
        shown.app.main.prompt.focus()
        await shown.pilot.press("@", *"evil", "colon")
        await shown.shows("evil:file:///etc/passwd")
        rows = [row.text for row in shown.app.main.prompt_box.completions.rows]
        assert rows == ["@evil:file:///etc/passwd ", "@evil:https://evil.example/ "]
        assert "\u202e" not in screen_text(shown.app)


async def test_a_form_is_asked_about_filled_in_and_sent_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    form = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    call = calls(("c1", "fake__elicit", {"message": "Who are you?", "requestedSchema": form}))
    async with screen(tmp_path, monkeypatch, call, says("over")) as shown:
        await say(shown.pilot, "go")
        await shown.shows("» Who are you?")
        assert "The MCP server fake asks you a question" in screen_text(shown.app)
        await shown.answer("y")
        await shown.shows("What you type goes to it.")
        await shown.pilot.press(*"Ada", "ctrl+s")
        await shown.shows("over")
        await turn_over(shown.app, shown.pilot)
        assert '"name": "Ada"' in shown.told


async def test_a_card_that_a_server_paints_stands_in_its_words_on_the_real_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = calls(("c1", "evil__attack", {"name": "imitates_a_card"}))
    async with screen(tmp_path, monkeypatch, call, says("over")) as shown:
        await say(shown.pilot, "go")
        await shown.shows("» The MCP server bank asks you a question")
        lines = [line for line in screen_text(shown.app).splitlines() if "bank" in line or "hello.py" in line]
        assert lines
        assert all("» " in line for line in lines)
        await shown.answer("n")
        await shown.shows("over")
        await turn_over(shown.app, shown.pilot)
        assert "decline" in shown.told


@pytest.mark.parametrize(
    "attack", sampled(["notifications", "standard_error", "progress", "hidden_everywhere", "changed_lists"])
)
async def test_during_a_flood_one_can_type_and_afterwards_the_turn_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attack: str
) -> None:
    monkeypatch.setattr("blufio_tui.core.mcp.flood.MAX_BYTES", 4 * 1024 * 1024)
    async with screen(tmp_path, monkeypatch, calls(("c1", "evil__attack", {"name": attack})), says("over")) as shown:
        await say(shown.pilot, "go")
        await shown.pilot.press(*"typed")
        await until(shown.pilot, lambda: shown.app.main.prompt.text == "typed")
        await shown.shows("over")
        await turn_over(shown.app, shown.pilot)
        assert "\u202e" not in screen_text(shown.app)
        assert "\x1b" not in screen_text(shown.app)


async def test_what_a_server_calls_its_instructions_is_told_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = calls(("c1", "evil__add", {"a": 1, "b": 1}))
    async with screen(tmp_path, monkeypatch, call, says("over"), start="instructions") as shown:
        await say(shown.pilot, "go")
        await shown.shows("over")
        await turn_over(shown.app, shown.pilot)
        for request in shown.provider.requests:
            assert hostile_mcp.INJECTED not in str(request)
        assert "evil__add" in str(shown.provider.requests[0].tools)
        assert hostile_mcp.INJECTED not in screen_text(shown.app)
