"""Every screen and state as it should look; `pytest --snapshot-update` accepts a change."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from blufio_tui.ui.app import BlufioApp
from tests.fakes.ui_services import Fakes
from tests.fakes.ui_states import STATES
from tests.ui.helpers import until

NARROW, MEDIUM, WIDE = (80, 24), (120, 36), (200, 60)

SHOTS = [
    ("welcome", MEDIUM),
    ("guide", NARROW),
    ("turn", WIDE),
    ("running", MEDIUM),
    ("approval", NARROW),
    ("approval-command", MEDIUM),
    ("denied", MEDIUM),
    ("trace", MEDIUM),
    ("skills", NARROW),
    ("audit", MEDIUM),
    ("sessions", MEDIUM),
    ("grants", NARROW),
    ("grants-empty", NARROW),
    ("cost", MEDIUM),
    ("settings", MEDIUM),
    ("help", NARROW),
]


@pytest.mark.parametrize(("name", "size"), SHOTS, ids=[f"{name}-{size[0]}" for name, size in SHOTS])
def test_screen(name: str, size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    state, fakes = STATES[name], Fakes()
    state.prepare(fakes)
    app = BlufioApp(fakes.services())

    async def walk(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: app.main.query("#prompt"))
        app.main.prompt.cursor_blink = False
        await pilot.pause()
        await state.walk(app, pilot, fakes)
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=walk)
