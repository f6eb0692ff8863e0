"""F1 begins with the keys of where one is; Enter there, then the new key, changes one. ^r searches the history."""

import tomllib

import pytest

from blufio_tui.ui.screens.help import HelpScreen
from blufio_tui.ui.screens.new_key import NewKey
from tests.fakes.ui_services import FakeHistory, Fakes
from tests.ui.helpers import running, screen_text, until


async def test_the_keys_of_where_one_is_come_first() -> None:
    async with running() as (app, pilot, _):
        for pane, place in (("f3", "trace"), ("f4", "audit log")):
            await pilot.press(pane, "f1")
            await until(pilot, lambda: isinstance(app.screen, HelpScreen) and app.screen.list_view.rows)
            assert app.screen.list_view.rows[0].place == place  # type: ignore[attr-defined]
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is app.main)
        await pilot.press("f5")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)  # type: ignore[attr-defined]
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and app.screen.list_view.rows)
        assert {row.place for row in app.screen.list_view.rows[:6]} <= {"lists", "skills", "screens", "text"}  # type: ignore[attr-defined]


async def test_enter_and_a_key_change_what_the_key_does_at_once_and_in_the_file() -> None:
    async with running() as (app, pilot, fakes):
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and app.screen.list_view.rows)
        view = app.screen.list_view  # type: ignore[attr-defined]
        view.cursor = next(i for i, row in enumerate(view.rows) if row.binding_id == "app.skills")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, NewKey))
        await pilot.press("f6")
        await until(pilot, lambda: "app.audit" in screen_text(app))
        assert fakes.settings.stored("ui.keys") == "{}"
        await pilot.press("f12")
        await until(pilot, lambda: "has the key F12" in screen_text(app))
        assert tomllib.loads(f"v = {fakes.settings.stored('ui.keys')}")["v"] == {"app.skills": "f12"}
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        await pilot.press("f12")
        await until(pilot, lambda: "skills" in screen_text(app).splitlines()[0].lower())


async def test_what_is_typed_after_the_search_key_finds_an_earlier_prompt() -> None:
    fakes = Fakes()
    fakes.history = FakeHistory(["count the words", "read the harbour file", "run the tests"])
    async with running(fakes) as (app, pilot, _):
        await pilot.press("ctrl+r")
        await until(pilot, lambda: app.screen is not app.main and len(app.screen.list_view.rows) == 3)  # type: ignore[attr-defined]
        assert "Enter Put into the prompt" in screen_text(app).splitlines()[-1]
        await pilot.press(*"ou", "down")
        await until(pilot, lambda: len(app.screen.list_view.rows) == 2)  # type: ignore[attr-defined]
        assert "/ ou" in screen_text(app)  # one sees what one types
        assert app.screen.list_view.current.value == "count the words"  # type: ignore[attr-defined]
        await pilot.press("up")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.main)
        assert app.main.prompt.text == "read the harbour file" and fakes.agent.prompts == []


async def test_an_empty_history_says_so() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "No prompts were sent yet" in screen_text(app))


@pytest.mark.parametrize(
    ("key", "words"), [("f1", "Enter Change key"), ("f10", "Enter Change"), ("alt+p", "Enter Choose")]
)
async def test_the_bottom_line_says_what_enter_does(key: str, words: str) -> None:
    async with running() as (app, pilot, _):
        await pilot.press(key)
        await until(pilot, lambda: words in " ".join(screen_text(app).split()))
