"""Lines that were painted are kept, and the mouse still finds its place in them."""

import gc

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import Monochrome
from textual.geometry import Region
from textual.strip import Strip

from blufio_tui.ui.widgets.painted_lines import Look, PaintedLines
from tests.ui.helpers import running, say, turn_over

LOOK = Look(20, Style.parse("on #101010"), Color.parse("#101010"), ())


def strip(text: str) -> Strip:
    return Strip([Segment(text)])


def test_a_line_made_of_the_same_strip_is_not_painted_again() -> None:
    lines, words = PaintedLines(), strip("words")
    assert lines.wide(3, words, LOOK) is lines.wide(3, words, LOOK)
    assert lines.wide(3, words, LOOK).cell_length == 20


def test_another_strip_or_another_look_is_painted() -> None:
    lines, words = PaintedLines(), strip("words")
    first = lines.wide(3, words, LOOK)
    assert lines.wide(3, strip("other"), LOOK).text.startswith("other")
    assert lines.wide(3, words, Look(30, LOOK.ground, LOOK.background, ())) is not first
    assert lines.whole(3, strip("other"), Look(30, LOOK.ground, LOOK.background, ())).cell_length == 30


async def test_the_mouse_finds_its_place_in_a_line() -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "count the words in README.md")
        await turn_over(app, pilot)
        view = app.main.chat.view
        for row in range(4):
            widget, offset = app.screen.get_widget_and_offset_at(view.region.x + 3, view.region.y + row)
            assert widget is view
            assert offset is not None and offset.y == view.scroll_offset.y + row


async def test_a_view_is_painted_as_its_lines_are_whether_parts_are_chosen_or_not() -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "count the words in README.md")
        await turn_over(app, pilot)
        for view in (app.main.chat.view, app.main.trace):
            size = view.size
            whole = view.render_lines(Region(0, 0, size.width, size.height))
            single = [view.render_lines(Region(0, y, size.width, 1))[0] for y in range(size.height)]
            assert [line.text for line in whole] == [line.text for line in single]
        view = app.main.chat.view
        plain = view.render_lines(Region(0, 0, view.size.width, view.size.height))
        view.action_choose_part(-1)
        chosen = view.render_lines(Region(0, 0, view.size.width, view.size.height))
        assert [line.text for line in chosen] == [line.text for line in plain] and chosen != plain


async def test_lines_and_the_prompt_take_the_colours_of_another_theme() -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "count the words in README.md")
        await turn_over(app, pilot)
        view, prompt = app.main.chat.view, app.main.prompt_box.prompt

        def painted() -> list[list[Strip]]:
            return [one.render_lines(Region(0, 0, one.size.width, one.size.height)) for one in (view, prompt)]

        before = painted()
        assert painted() == before
        app.theme = "textual-light"
        await pilot.pause()
        after = painted()
        assert all(new != old for new, old in zip(after, before, strict=True))
        view._known_look = prompt._coloured = None
        assert painted() == after


def test_lines_that_show_are_kept_and_those_further_away_forgotten_once_there_are_many() -> None:
    lines, words = PaintedLines(), strip("words")
    for number in range(41):
        lines.wide(number, words, LOOK)
    lines.keep_near(16, 16)
    assert list(lines._lines) == list(range(12, 36))


def test_a_line_does_not_keep_what_is_made_of_it() -> None:
    """The lines that a view keeps are thousands, and each cache of one takes as much as its text."""
    look = Look(20, LOOK.ground, LOOK.background, (Monochrome(),))
    lines, words = PaintedLines(), Strip([Segment("words", Style(color="red"))])
    wide = lines.wide(3, words, look)
    whole = lines.whole(3, words, look)
    assert whole is not wide
    held_by = [held for held in gc.get_referrers(whole, wide) if isinstance(held, dict)]
    assert held_by == []


def test_a_few_lines_are_kept_wherever_they_are() -> None:
    lines, words = PaintedLines(), strip("words")
    lines.wide(0, words, LOOK)
    lines.keep_near(1_000, 10)
    assert list(lines._lines) == [0]
