"""What is painted of a change is what a painting of the whole screen would show there, and nothing is left out."""

from functools import partial
from random import Random

import pytest
from rich.console import Console
from textual import events
from textual._compositor import ChopsUpdate
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.geometry import Region, Size
from textual.widgets import Static

from blufio_tui.ui.textual_fixes.frugal_compositor import FrugalCompositor, paint_less
from tests.ui.helpers import running, say, until
from tests.ui.painted import cells, painting


def _painted_as_whole(compositor: FrugalCompositor, regions: set[Region]) -> None:
    compositor._dirty_regions = regions
    update = compositor.render_partial_update()
    assert update is not None
    console = Console(force_terminal=True, color_system="truecolor")
    assert update.render_segments(console) == ChopsUpdate.render_segments(update, console)
    whole = compositor.render_strips()
    for y, first, end in update.spans:
        covered = 0
        for stop, (start, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=True):
            if stop <= first or start >= end:
                continue
            assert strip is not None, f"nothing was painted at {start}, {y}"
            assert cells(strip) == cells(whole[y].crop(start, stop)), f"at {start}, {y}"
            covered += min(stop, end) - max(start, first)
        assert covered == end - first


async def test_every_part_of_the_screen_and_any_parts_together() -> None:
    chance = Random(21)
    async with running() as (app, pilot, _):
        await say(pilot, "hello")
        await until(pilot, lambda: not app.turn.is_busy)
        compositor = app.screen._compositor
        assert isinstance(compositor, FrugalCompositor)
        shown = [region.intersection(clip) for region, clip in compositor.visible_widgets.values()]
        shown = [region for region in shown if region]
        for region in shown:
            _painted_as_whole(compositor, {region})
        for _ in range(60):
            parts = set(chance.sample(shown, min(3, len(shown))))
            x, y = chance.randrange(app.size.width - 1), chance.randrange(app.size.height - 1)
            most = app.size.width - x, app.size.height - y
            parts.add(Region(x, y, chance.randint(1, most[0]), chance.randint(1, most[1])))
            _painted_as_whole(compositor, parts)


class _Listener(Static):
    heard: Size | None = None

    def on_resize(self, event: events.Resize) -> None:
        self.heard = event.size


async def test_a_widget_hears_its_size_even_if_somebody_asked_where_it_is_before_it_was_laid_out() -> None:
    class Shown(App[None]):
        def compose(self) -> ComposeResult:
            yield _Listener("here")

    paint_less()
    app = Shown()
    async with app.run_test() as pilot:
        listener = app.query_one(_Listener)
        listener.display = False
        await pilot.pause()
        listener.heard = None
        app.screen._compositor.reflow_visible(app.screen, app.screen.size)  # as after a scroll
        listener.display = True
        assert listener in app.screen._compositor.full_map
        await until(pilot, lambda: listener.heard == listener.size)


async def test_what_only_moves_is_painted_even_if_somebody_asked_where_it_is_before_it_was_laid_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Card(App[None]):
        def compose(self) -> ComposeResult:
            yield Static("card", id="card")
            yield Static("prompt")
            yield Static("below")

    paint_less()
    app = Card()
    async with app.run_test() as pilot:
        card, compositor = app.query_one("#card"), app.screen._compositor
        card.display = False
        await pilot.pause()
        with painting(app, monkeypatch) as terminal:

            def shows(first: str) -> bool:
                return terminal.text(0) == first and terminal.lines == terminal.whole()

            for shown, first in ((True, "card"), (False, "prompt")):
                compositor.reflow_visible(app.screen, app.screen.size)  # as after a scroll
                app.screen._compositor_refresh()
                card.display = shown
                assert (card in compositor.full_map) == shown
                await until(pilot, partial(shows, first))


async def test_what_is_painted_between_asking_and_laying_out_is_cut_where_widgets_are_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Columns(App[None]):
        CSS = "Horizontal { height: 1 } Horizontal Static { width: 1fr }"

        def compose(self) -> ComposeResult:
            yield Static("card", id="card")
            yield Static("prompt", id="prompt")
            with Horizontal():
                yield Static("left")
                yield Static("right", id="right")

    paint_less()
    app = Columns()
    async with app.run_test() as pilot:
        card, right, compositor = app.query_one("#card"), app.query_one("#right", Static), app.screen._compositor
        card.display = False
        await pilot.pause()
        with painting(app, monkeypatch) as terminal:
            compositor.reflow_visible(app.screen, app.screen.size)
            app.screen._compositor_refresh()
            card.display = True
            assert card in compositor.full_map
            right.update("other")
            compositor.update_widgets({right})
            app.screen._compositor_refresh()
            at = right.region
            assert "".join(letter for letter, _ in terminal.lines[at.y][at.x : at.right]).strip() == "other"
            await until(pilot, lambda: terminal.lines == terminal.whole())
