"""`/why` in the app."""

from blufio_tui.core.errors import NotThere
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import running, say, screen_text, turn_over, until


async def explain(place: str) -> str:
    if place != "lamp.py:3":
        raise NotThere(f"there is no file {place}")
    return "lamp.py:3  [b]x[/b] = 1\nThis line was written by an effect in the log."


async def test_why_shows_what_is_known_of_a_line_and_obeys_none_of_it() -> None:
    async with running(Fakes(more={"why": explain})) as (app, pilot, _):
        await say(pilot, "/why lamp.py:3")
        await until(pilot, lambda: "written by an effect" in screen_text(app))
        assert "[b]x[/b] = 1" in screen_text(app)


async def test_a_file_that_is_not_there_is_a_sentence() -> None:
    async with running(Fakes(more={"why": explain})) as (app, pilot, _):
        await say(pilot, "/why nothing")
        await until(pilot, lambda: "there is no file nothing" in screen_text(app))


async def test_w_in_the_trace_puts_the_question_about_the_rows_file_into_the_prompt() -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await pilot.press("f3", "home", "w")
        await until(pilot, lambda: "This row is not about a file." in screen_text(app))
        rows = app.main.trace.rows
        index, path = next((index, row.host.resource) for index, row in enumerate(rows) if row.host is not None)
        await pilot.press(*["down"] * index, "w")
        await until(pilot, lambda: app.main.prompt.text.startswith("/why "))
        assert app.main.prompt.has_focus
        assert app.main.prompt.text == f"/why {path}"
