"""A scrollbar is painted when it looks different, and only then."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.scrollbar import ScrollBarRender

from blufio_tui.core.events import NoticeLevel, NoticeRaised
from blufio_tui.ui.textual_fixes.calm_scrollbar import CalmScrollBar, bar_ends, calm
from blufio_tui.ui.widgets.conversation import ConversationView
from tests.ui.helpers import running, until


def _drawn(size: int, virtual_size: int, window_size: int, position: float) -> list[tuple[str, str]]:
    bar = ScrollBarRender.render_bar(size, virtual_size, window_size, position).segments
    return [(segment.text, str(segment.style)) for segment in bar]


def test_bars_with_the_same_ends_are_drawn_alike() -> None:
    chance, by_ends = Random(7), dict[object, list[tuple[str, str]]]()
    seen = 0
    for _ in range(4_000):
        size = chance.choice((8, 30))
        virtual_size = chance.randint(size + 1, 40 * size)
        position = chance.randint(0, virtual_size - size)
        ends = size, bar_ends(size, virtual_size, size, position)
        drawn = _drawn(size, virtual_size, size, position)
        seen += ends in by_ends
        assert by_ends.setdefault(ends, drawn) == drawn
    assert seen > 1_000


@pytest.mark.parametrize(("size", "virtual_size", "window_size"), [(0, 9, 3), (9, 0, 0), (9, 5, 0), (9, 9, 9)])
def test_where_all_fits_there_is_no_bar(size: int, virtual_size: int, window_size: int) -> None:
    assert bar_ends(size, virtual_size, window_size, 0) is None


@asynccontextmanager
async def _scrolled() -> AsyncIterator[tuple[ConversationView, Pilot[int]]]:
    """A conversation of more lines than fit, at its end."""
    async with running() as (app, pilot, _):
        view = app.main.chat.view
        for number in range(61):
            app.main.chat.take(NoticeRaised("", NoticeLevel.INFO, f"line {number}"), 0.0)
        view.flush()
        await pilot.pause()
        yield view, pilot


async def test_a_bar_is_painted_when_it_moves_and_not_when_it_stays() -> None:
    async with _scrolled() as (view, _):
        bar = view.vertical_scrollbar
        assert isinstance(bar, CalmScrollBar)
        bar._exchange_repaint_regions()
        bar.refresh()
        assert not bar._exchange_repaint_regions()
        view.action_top()
        assert bar._exchange_repaint_regions()
        with calm(bar):
            view.action_bottom()
            view.action_top()
        assert not bar._exchange_repaint_regions()
        bar.mouse_over = True
        assert bar._exchange_repaint_regions()


async def test_a_click_on_it_scrolls() -> None:
    async with _scrolled() as (view, pilot):
        end, bar = view.scroll_y, view.vertical_scrollbar
        assert end > 0
        style = bar.render_lines(Region(0, 0, 1, 1))[0]._segments[0].style
        assert style is not None and style.meta["@mouse.down"] == "scroll_up"
        await pilot.click(bar, offset=(0, 0))
        await pilot.pause()
        assert view.scroll_target_y < end


async def test_a_bar_that_was_taken_down_with_its_screen_is_told_in_vain() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("f1")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        bar = app.screen.list_view.vertical_scrollbar
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main and bar.parent is None)
        with calm(bar):
            bar.refresh()
