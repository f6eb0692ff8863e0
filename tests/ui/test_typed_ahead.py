"""Keys that arrive all at once, as over a slow line, do what they would have done one by one."""

from textual import events
from textual.app import App

from tests.fakes.ui_services import Fakes
from tests.ui.helpers import running, say, screen_text, turn_over, until

_NAMES = {"/": "slash", " ": "space", "\r": "enter"}


def _burst(app: App[int], keys: str) -> None:
    """All of them in the queue before the first is looked at."""
    for key in keys:
        app.post_message(events.Key(_NAMES.get(key, key), key))


async def test_what_is_typed_right_behind_the_slash_goes_into_the_filter() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("f5")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        _burst(app, "/uri text")
        await until(pilot, lambda: app.screen.filter.value == "uri text")
        assert app.screen is not app.main and len(app.screen_stack) == 2


async def test_a_sentence_typed_right_behind_its_key_answers_nothing_else() -> None:
    async with running() as (app, pilot, fakes):
        await say(pilot, "count /etc/hosts")
        await until(pilot, lambda: app.main.card.queue)
        fakes.clock.advance(1)
        await pilot.pause()
        _burst(app, "ronly no a s d\r")
        await turn_over(app, pilot)
        (answer,) = fakes.agent.answers
        assert (answer.verdict.value, answer.reason, answer.deny_lifetime) == ("deny", "only no a s d", "call")


async def test_words_typed_right_behind_the_find_key_are_sought() -> None:
    async with running(Fakes()) as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await pilot.press("f2")
        app.post_message(events.Key("ctrl+f", None))
        _burst(app, "942")
        await until(pilot, lambda: "2 of 2" in screen_text(app))
