"""Driving the app by its keys."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from textual.pilot import Pilot

from blufio_tui.ui.app import BlufioApp
from tests.fakes.ui_services import Fakes

WIDE = (200, 60)
MEDIUM = (120, 36)
NARROW = (80, 24)
PATIENCE_SECS = 30.0


@asynccontextmanager
async def running(
    fakes: Fakes | None = None, size: tuple[int, int] = MEDIUM
) -> AsyncIterator[tuple[BlufioApp, Pilot[int], Fakes]]:
    """The app with fakes behind it, first frame drawn."""
    fakes = fakes or Fakes()
    app = BlufioApp(fakes.services())
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield app, pilot, fakes
        if app.is_running:
            screen_text(app)  # nothing that the test left there fails to be painted


async def until(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    """Let the app work until something is so."""
    deadline = monotonic() + PATIENCE_SECS
    while not condition():
        assert monotonic() < deadline, "it never became so"
        await pilot.pause(0.01)


async def say(pilot: Pilot[int], text: str) -> None:
    """Put a prompt where one types and send it with Enter."""
    app = pilot.app
    assert isinstance(app, BlufioApp)
    app.main.prompt.focus()
    app.main.prompt.put(text)
    await pilot.press("enter")


async def turn_over(app: BlufioApp, pilot: Pilot[int]) -> None:
    await until(pilot, lambda: app._turn is not None and app._turn.is_finished)
    await pilot.pause()
    app.main.chat.view.flush()
    await pilot.pause()


def screen_text(app: BlufioApp) -> str:
    """What is on the screen, line by line."""
    height = app.size.height
    lines = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in lines[:height])
