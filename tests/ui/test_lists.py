"""What a list says besides its rows: the names of its columns, and only the keys that do something now."""

import pytest

from blufio_tui.core.connections import ModelChoice
from blufio_tui.core.sessions.records import SessionInfo
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.content.connection_lines import model_columns, model_line
from blufio_tui.ui.content.session_lines import session_columns, session_line
from blufio_tui.ui.widgets.key_line import KeyLine
from tests.fakes.ui_services import Fakes
from tests.fakes.ui_skills import GUIDE
from tests.ui.helpers import NARROW, running, screen_text, until
from tests.ui.test_skills import notices, on_skill, with_care

_LEFT_EDGE = 1
"""The border keeps the first cell, so that its names begin one cell to the right."""


def _keys(app: BlufioApp) -> str:
    return "\n".join(line.plain for line in app.screen.query_one(KeyLine)._drawn)


@pytest.mark.parametrize("width", [40, 58, 79, 104, 150])
def test_the_columns_of_sessions_and_models_end_below_their_names(width: int) -> None:
    session = session_line(SessionInfo("s", "a title", "/p", 0.0, 0.0, 1234), width, is_open=False).plain
    names = " " * _LEFT_EDGE + session_columns(width)
    assert session.index("1.2k") + len("1.2k") == names.index("messages") + len("messages")
    assert session.rindex("19") == names.index("last")
    assert ("/p" in session, "project" in names) == (width >= 92, width >= 92)
    model = model_line(ModelChoice("m", "M", 200_000), False, width).plain
    names = " " * _LEFT_EDGE + model_columns(width)
    assert model.index("200k tokens") + len("200k tokens") == names.index("window") + len("window")


async def test_lists_name_their_columns_where_they_have_rows() -> None:
    async with running() as (app, pilot, _):
        for key, names in (("f10", ("setting", "value")), ("f1", ("works in", "key", "does"))):
            await pilot.press(key)
            await until(pilot, lambda names=names: all(name in screen_text(app).split("\n")[1] for name in names))
        await pilot.press("slash", *"there is no such key")
        await until(pilot, lambda: "works in" not in screen_text(app).split("\n")[2])


async def test_what_enter_does_is_the_first_key_after_the_way_back() -> None:
    async with running(size=NARROW) as (app, pilot, _):
        await pilot.press("f10")
        await until(pilot, lambda: _keys(app).startswith(" Esc Back   Enter Change   "))


async def test_a_setting_offers_to_be_reset_only_where_it_has_a_value_of_its_own() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("f10")
        await until(pilot, lambda: "Enter Change" in _keys(app))
        assert "Reset" not in _keys(app) and "restores the default" not in screen_text(app)
        await pilot.press("down", "down")
        await until(pilot, lambda: "d Reset" in _keys(app) and "d restores the default" in screen_text(app))
        await pilot.press("d")
        await until(pilot, lambda: "Reset" not in _keys(app))


async def test_while_a_filter_is_typed_the_keys_say_what_enter_does_then() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("f10", "slash")
        await until(pilot, lambda: "Enter To the rows" in _keys(app))
        assert "Filter" not in _keys(app)
        await pilot.press("enter")
        await until(pilot, lambda: "Enter Change" in _keys(app) and "/ Filter" in _keys(app))


async def test_an_empty_list_offers_nothing_about_a_row() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("f7")
        await until(pilot, lambda: "No sessions yet" in screen_text(app) and "Esc Back" in _keys(app))
        assert not [word for word in ("Rename", "Export", "Delete", "Enter", "Copy") if word in _keys(app)]


async def test_a_skill_that_came_with_the_program_is_neither_updated_nor_removed_by_itself() -> None:
    fakes, _ = with_care()
    fakes.skills.skills.append(GUIDE)
    async with running(fakes) as (app, pilot, _):
        screen = await on_skill(app, pilot, "text-stats")
        assert "Update" not in _keys(app) and "Remove" not in _keys(app)
        await pilot.press("d")
        await until(pilot, lambda: "text-stats came with blufio-tui: it can be disabled, with e." in notices(app))
        assert app.screen is screen
        await pilot.press("end")
        await until(pilot, lambda: "u Update" in _keys(app) and "d Remove" in _keys(app))


async def test_each_permission_mode_says_in_a_few_words_what_it_does() -> None:
    async with running(Fakes(), NARROW) as (app, pilot, _):
        await pilot.press("alt+p")
        await until(pilot, lambda: "Look and plan: nothing is changed" in screen_text(app))
        assert "Allow everything that no rule forbids" in screen_text(app)


async def test_rows_that_arrive_after_the_screen_was_left_are_dropped() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("f7")
        await until(pilot, lambda: app.screen is not app.main and app.screen.is_mounted)
        left = app.screen
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main and not left.is_attached)
        await left.reload()
