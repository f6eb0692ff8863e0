"""Skills, consent, forms, connections and models as they should look; `pytest --snapshot-update` accepts a change."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.screens.connect_form import ConnectForm
from blufio_tui.ui.screens.install import ConsentScreen
from blufio_tui.ui.screens.run_form import RunForm
from tests.fakes.ui_models import FakeConnections
from tests.fakes.ui_services import Fakes
from tests.fakes.ui_skills import GUIDE, WIDER, FakeCare, FakeOffer, disabled
from tests.ui.helpers import MEDIUM, NARROW, WIDE, until
from tests.ui.test_connect import LOCAL, WORK

Walk = Callable[[BlufioApp, Pilot[int], FakeCare], Awaitable[None]]


async def _browser(app: BlufioApp, pilot: Pilot[int], _care: FakeCare) -> None:
    await pilot.press("f5")
    await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
    await pilot.press("end")
    await until(pilot, lambda: app.screen.list_view.current.name in app.screen._reports)


async def _empty(app: BlufioApp, pilot: Pilot[int], _care: FakeCare) -> None:
    app.services.skills.skills = []
    await pilot.press("f5")
    await until(pilot, lambda: app.screen is not app.main)


async def _consent(app: BlufioApp, pilot: Pilot[int], care: FakeCare) -> None:
    await _browser(app, pilot, care)
    await pilot.press("i", "x", "enter")
    await until(pilot, lambda: isinstance(app.screen, ConsentScreen))


async def _widening(app: BlufioApp, pilot: Pilot[int], care: FakeCare) -> None:
    care.offer = FakeOffer(replace(GUIDE, version="0.2.0"), change=WIDER, asks=WIDER.widens)
    await _consent(app, pilot, care)


async def _form(app: BlufioApp, pilot: Pilot[int], care: FakeCare) -> None:
    await _browser(app, pilot, care)
    await pilot.press("home", "down", "r")
    await until(pilot, lambda: isinstance(app.screen, RunForm))
    await pilot.press(*"東京", "enter", *"99", "ctrl+s")
    await until(pilot, lambda: app.screen.query_one("#form-problem-1").display)


async def _connections(app: BlufioApp, pilot: Pilot[int], _care: FakeCare) -> None:
    app.action_open("connect")
    await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)


async def _connecting(app: BlufioApp, pilot: Pilot[int], care: FakeCare) -> None:
    await _connections(app, pilot, care)
    await pilot.press("end", "up", "enter")
    await until(pilot, lambda: isinstance(app.screen, ConnectForm))
    await pilot.press(*"wrong-key", "enter")
    await until(pilot, lambda: "not accepted" in str(app.screen.query_one("#connect-result").render()))
    app.screen.query_one("#connect-key").cursor_blink = False


async def _models(app: BlufioApp, pilot: Pilot[int], _care: FakeCare) -> None:
    await pilot.press("alt+m")
    await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)


SHOTS: list[tuple[str, Walk, tuple[int, int]]] = [
    ("skills", _browser, WIDE),
    ("skills", _browser, NARROW),
    ("skills-empty", _empty, NARROW),
    ("consent", _consent, MEDIUM),
    ("consent", _consent, NARROW),
    ("consent-update", _widening, MEDIUM),
    ("form", _form, NARROW),
    ("connections", _connections, MEDIUM),
    ("connecting", _connecting, NARROW),
    ("models", _models, MEDIUM),
]


@pytest.mark.parametrize(("name", "walk", "size"), SHOTS, ids=[f"{name}-{size[0]}" for name, _, size in SHOTS])
def test_screen(name: str, walk: Walk, size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    fakes = Fakes()
    fakes.model.name = WORK.model
    fakes.skills.skills = [disabled(fakes.skills.skills[0]), GUIDE, *fakes.skills.skills[1:]]
    care, connections = FakeCare(fakes.skills, fakes.clock), FakeConnections(fakes.model)
    connections.infos = [LOCAL, WORK]
    fakes.more = {"care": care, "connections": connections}
    app = BlufioApp(fakes.services())

    async def run(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: app.main.query("#prompt"))
        app.main.prompt.cursor_blink = False
        await pilot.pause()
        await walk(app, pilot, care)
        for field in app.screen.query("Input, TextArea"):
            field.cursor_blink = False
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=run)
