"""Nothing on the screen commands the terminal, wherever its text came from."""

import pytest
from textual.content import Content
from textual.style import Style
from textual.widgets import Input

from blufio_tui.core.text.display import is_hidden
from blufio_tui.ui.textual_fixes.no_controls import show_no_controls
from tests.ui.helpers import running, screen_text, until

HOSTILE = "a\x1b]0;owned\x07\x1b[2J\x9b31mb\u202etxt.exe\u2066\x7f\x00c"


def test_the_table_of_textual_is_where_it_is_looked_for() -> None:
    assert show_no_controls()


@pytest.mark.parametrize("make", [Content, Content.from_text, lambda text: Content.styled(text, "bold")])
def test_no_content_holds_what_a_terminal_obeys(make: object) -> None:
    show_no_controls()
    assert callable(make)
    plain = make(HOSTILE + "\n\tend").plain
    assert not [char for char in plain if char not in "\n\t" and is_hidden(char)]
    assert plain.endswith("c\n\tend")


def test_what_is_marked_in_a_text_stays_where_it_is() -> None:
    show_no_controls()
    content = Content("ab\x1bcd").stylize(Style(bold=True), 3, 4)
    assert content.plain[3:4] == "c"
    assert [(span.start, span.end) for span in content.spans] == [(3, 4)]


async def test_what_stands_in_a_field_commands_no_terminal() -> None:
    """An earlier prompt that came through a pipe, a draft, a path in the line in which one edits a pattern."""
    async with running() as (app, pilot, _):
        app.main.prompt.put(HOSTILE)
        await pilot.press("f6")
        await until(pilot, lambda: app.screen is not app.main)
        await pilot.press("slash")
        field = app.screen.query_one(Input)
        field.value = HOSTILE
        await until(pilot, lambda: "owned" in screen_text(app))
        shown = screen_text(app)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.screen is app.main and "owned" in screen_text(app))
        assert not [char for char in shown + screen_text(app) if char != "\n" and is_hidden(char)]


async def test_a_notice_about_a_hostile_name_is_spelled_out() -> None:
    async with running() as (app, pilot, _):
        app.notify(f"{HOSTILE} cannot be read", title=HOSTILE, markup=False)
        await until(pilot, lambda: "cannot be read" in screen_text(app))
        shown = screen_text(app)
        assert "\\e]0;owned" in shown and "\\u202e" in shown
        assert not [char for char in shown if char != "\n" and is_hidden(char)]
