"""What is painted of a change is what a painting of the whole screen would show there, and nothing is left out."""

from random import Random

from rich.console import Console
from textual import events
from textual._compositor import ChopsUpdate
from textual.app import App, ComposeResult
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widgets import Static

from blufio_tui.ui.textual_fixes.frugal_compositor import FrugalCompositor, paint_less
from tests.ui.helpers import running, say, until


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
            assert _cells(strip) == _cells(whole[y].crop(start, stop)), f"at {start}, {y}"
            covered += min(stop, end) - max(start, first)
        assert covered == end - first


def _cells(strip: Strip) -> list[tuple[str, str]]:
    """Characters and how they look; what else a style knows is for the mouse."""
    return [(character, str(style)) for text, style, _ in strip for character in text]


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
        await pilot.pause()
        assert listener.heard == listener.size
