"""That a question waits is seen on every screen, and one key leads to it from wherever one is."""

import asyncio

import pytest

from tests.fakes.corpus import sampled
from tests.fakes.ui_agent import question, read
from tests.ui.helpers import NARROW, running, screen_text, until

SAYS = "1 approval waiting · Alt+g to answer"


@pytest.mark.parametrize("key", ["f1", "f5", "f6", "f8", "f10", "ctrl+p", "ctrl+g"])
async def test_a_question_that_waits_shows_on_every_screen_and_alt_g_leads_to_it(key: str) -> None:
    async with running(size=NARROW) as (app, pilot, fakes):
        await pilot.press(key)
        await until(pilot, lambda: app.screen is not app.main)
        asked = asyncio.ensure_future(fakes.desk.ask(question("text_stats", read("/x"))))
        await until(pilot, lambda: "1 approval waiting" in screen_text(app))
        assert "to answer" in screen_text(app)
        await pilot.press("alt+g")
        await until(pilot, lambda: app.screen is app.main and app.focused is app.main.card)
        assert not asked.done()
        await until(pilot, lambda: app.main.card._painted is not None)
        await pilot.press("y")
        await pilot.pause()
        assert not asked.done(), "what has just come into sight takes no answer yet"
        asked.cancel()


async def test_a_screen_opened_while_a_question_waits_says_so_until_it_is_withdrawn() -> None:
    async with running(size=NARROW) as (app, pilot, fakes):
        asked = asyncio.ensure_future(fakes.desk.ask(question("text_stats", read("/x"))))
        await until(pilot, lambda: app.main.card.queue)
        await pilot.press("f6")
        await until(pilot, lambda: "1 approval waiting" in screen_text(app) and app.screen is not app.main)
        asked.cancel()
        await until(pilot, lambda: "approval waiting" not in screen_text(app))


@pytest.mark.parametrize("focus", sampled(["f2", "f3", "f4"]))
async def test_the_card_is_reached_from_every_pane_also_after_a_resize(focus: str) -> None:
    async with running(size=(200, 60)) as (app, pilot, fakes):
        await pilot.press(focus)
        asked = asyncio.ensure_future(fakes.desk.ask(question("text_stats", read("/x"))))
        await until(pilot, lambda: app.main.card.queue)
        await pilot.resize_terminal(*NARROW)
        await pilot.press("alt+g")
        await until(pilot, lambda: app.focused is app.main.card)
        text = screen_text(app)
        assert "wants to read /x" in text and "n Refuse" in text
        for _ in range(8):
            await pilot.press("tab")
            if app.focused is not app.main.card:
                break
        assert app.focused is not app.main.card
        asked.cancel()
