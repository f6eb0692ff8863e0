"""What moves by itself moves together, and nothing runs while nothing waits."""

import pytest
from textual.app import App
from textual.widget import Widget

from blufio_tui.ui.widgets import beat
from blufio_tui.ui.widgets.beat import BEAT, Ticker, on_beat
from tests.ui.helpers import PATIENCE_SECS


async def test_all_who_wait_are_called_at_once_and_once() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        called: list[str] = []
        first, second = Widget(), Widget()
        await app.mount(first, second)

        def one() -> None:
            called.append("one")

        on_beat(first, one)
        on_beat(first, one)
        on_beat(second, lambda: called.append("two"))
        for _ in range(int(PATIENCE_SECS / 0.05)):
            if called:
                break
            await pilot.pause(0.05)
        assert called == ["one", "two"]


def test_text_comes_shortly_before_a_beat_and_once_a_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    for part in range(24):
        now = 1000 * BEAT + part / 24 * BEAT
        monkeypatch.setattr(beat, "monotonic", lambda now=now: now)
        wait = beat.before_next_beat()
        to_beat = BEAT - (now + wait) % BEAT
        assert 0 < wait <= BEAT
        assert 0.005 < to_beat < 0.02


async def test_a_ticker_ticks_while_it_runs_and_its_widget_is_there() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        ticks: list[None] = []
        widget = Widget()
        await app.mount(widget)
        ticker = Ticker(widget, lambda: ticks.append(None), 1)
        ticker.run(True)
        ticker.run(True)
        for _ in range(int(PATIENCE_SECS / 0.05)):
            if len(ticks) > 1:
                break
            await pilot.pause(0.05)
        ticker.run(False)
        count = len(ticks)
        await pilot.pause(0.2)
        assert len(ticks) == count > 1
        ticker.run(True)
        await widget.remove()
        await pilot.pause(0.2)
        assert len(ticks) == count
