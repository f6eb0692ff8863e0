"""Finding words in the conversation: the keys that the key line names, and which match one is at."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.pilot import Pilot

from blufio_tui.ui.app import BlufioApp
from tests.ui.helpers import NARROW, running, say, screen_text, turn_over, until


async def _three_matches(app: BlufioApp, pilot: Pilot[int]) -> None:
    """`hello` in a prompt, and twice in what it was answered with."""
    await say(pilot, "hello hello")
    await turn_over(app, pilot)
    await pilot.press("ctrl+f", *"hello")
    await until(pilot, lambda: "4 of 4" in screen_text(app))


def _here(app: BlufioApp) -> list[bool]:
    """Of each match on the screen, from the top, whether it looks like the one that one is at."""
    segments: Sequence[Segment] = [one for strip in app.screen._compositor.render_strips()[3:] for one in strip]
    return [bool(one.style and one.style.bold and not one.style.underline) for one in segments if one.text == "hello"]


async def test_enter_and_up_go_to_the_match_above_and_down_to_the_match_below() -> None:
    async with running(size=NARROW) as (app, pilot, _):
        await _three_matches(app, pilot)
        for key, place in (("enter", 3), ("up", 2), ("down", 3), ("shift+enter", 4), ("down", 1)):
            await pilot.press(key)
            await until(pilot, lambda at=place: f"{at} of 4" in screen_text(app))
        keys = screen_text(app).splitlines()[-1]
        assert "↑ Above" in keys
        assert "↓ Below" in keys


async def test_the_match_that_one_is_at_looks_different_from_the_others() -> None:
    async with running(size=NARROW) as (app, pilot, _):
        await _three_matches(app, pilot)
        assert _here(app) == [False, False, False, True]
        await pilot.press("up")
        await until(pilot, lambda: _here(app) == [False, False, True, False])
