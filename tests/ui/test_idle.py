"""Nothing runs while nothing moves."""

from textual.timer import Timer

from blufio_tui.ui.app import BlufioApp
from tests.ui.helpers import running, say, until


def running_timers(app: BlufioApp) -> list[Timer]:
    nodes = [app, *app.screen_stack, *(node for screen in app.screen_stack for node in screen.walk_children())]
    return [timer for node in nodes for timer in node._timers if timer._active.is_set()]


async def test_no_timer_runs_at_the_start_and_after_a_turn() -> None:
    async with running() as (app, pilot, _):
        await until(pilot, lambda: not running_timers(app))
        await say(pilot, "hello")
        await until(pilot, lambda: app.turn.is_busy)
        await until(pilot, lambda: not app.turn.is_busy)
        await until(pilot, lambda: not running_timers(app))
        assert app.main.prompt.has_focus
