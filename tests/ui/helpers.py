"""Driving the app by its keys."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

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
    async with opened(BlufioApp(fakes.services()), size) as pilot:
        yield (app_of(pilot), pilot, fakes)


@asynccontextmanager
async def opened(app: BlufioApp, size: tuple[int, int] = MEDIUM) -> AsyncIterator[Pilot[int]]:
    """
    An app, first frame drawn, with all there that keys act on. At the end of the test its screen is painted
    once more, so that whatever the test left there fails it when it cannot be painted. A screen that has just
    been opened has no layout yet, and nothing to paint: it is waited for. The app is left as a person leaves
    it, whatever still goes on.
    """
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: app.main.is_complete and app._are_keys_open)
        await pilot.pause()
        yield pilot
        if app.is_running:
            await until(pilot, lambda: screen_text(app).strip())
            app.exit(0)


def app_of(pilot: Pilot[int]) -> BlufioApp:
    assert isinstance(pilot.app, BlufioApp)
    return pilot.app


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Let the app work until something is so."""
    deadline = monotonic() + PATIENCE_SECS
    while not condition():
        assert monotonic() < deadline, "it never became so"
        await pilot.pause(0.01)


async def say(pilot: Pilot[int], text: str) -> None:
    """Put a prompt where one types and send it with Enter."""
    app = app_of(pilot)
    app.main.prompt.focus()
    app.main.prompt.put(text)
    await pilot.press("enter")


async def turn_over(app: BlufioApp, pilot: Pilot[int]) -> None:
    await until(pilot, lambda: app.turn.worker is not None and app.turn.worker.is_finished)
    await pilot.pause()
    app.main.chat.view.flush()
    await until(pilot, lambda: not app.main.chat.view.is_behind)
    app.main.chat.view.flush()
    await pilot.pause()


def screen_text(app: BlufioApp) -> str:
    """What is on the screen, line by line."""
    height = app.size.height
    lines = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in lines[:height])


async def card_in_front(app: BlufioApp, pilot: Pilot[int], fakes: Fakes) -> None:
    """A question that took the focus because nobody was typing; in a second it takes answers."""
    await until(pilot, lambda: app.main.card.queue and app.main.card._painted is not None)
    fakes.clock.advance(2)
    app.main.card.look_again()
    await until(pilot, lambda: app.focused is app.main.card)
    await pilot.pause()


async def seen(app: BlufioApp, pilot: Pilot[int]) -> None:
    """A dialog that asks for consent has been on the screen for long enough to be answered."""
    await until(pilot, lambda: app.screen._wait.painted is not None)
    app.services.clock.advance(1)
