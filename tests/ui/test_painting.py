"""While a reply streams in, what was painted bit by bit is what a painting of the whole screen would show."""

from random import Random

import pytest
from textual.pilot import Pilot

from blufio_tui.core.conversation import TokenUsage
from blufio_tui.core.events import Event, RequestFinished, RequestStarted, TextDelta, ToolCallStarted, TurnStarted
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.messages import EventArrived
from blufio_tui.ui.state.entries import Reply
from tests.ui.helpers import running, until
from tests.ui.painted import cells, painting

_TEXT = """\
# Pools

A pool keeps **connections** open so that the next request need not wait for one, whatever it is that it asks for.

- it is made once
- it is *shared*

```python
for item in items:
    text = '''several
    lines'''
    print(item)
```

| name | value |
|---|---|
| one | 1 |

"""


def _tell(app: BlufioApp, event: Event) -> None:
    app.main.hand_out(EventArrived(event, app.services.clock.monotonic()))


async def _begin(app: BlufioApp, pilot: Pilot[int]) -> None:
    _tell(app, TurnStarted("t", "s", "what is a pool?"))
    _tell(app, RequestStarted("t", 1, "model"))
    await pilot.pause()


async def _painted(app: BlufioApp, pilot: Pilot[int]) -> None:
    app.main.chat.view.flush()
    await pilot.pause()


@pytest.mark.parametrize("look", ["following", "scrolled up", "chosen", "searching"])
async def test_a_reply_that_grows(look: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = Random(look)
    async with running() as (app, pilot, _):
        await _begin(app, pilot)
        view, text, at = app.main.chat.view, _TEXT * 2, 0
        with painting(app, monkeypatch) as terminal:
            while at < len(text):
                step = chance.randint(1, 60)
                _tell(app, TextDelta("t", text[at : at + step]))
                at += step
                await _painted(app, pilot)
                if at - step < len(_TEXT) <= at and look == "scrolled up":
                    view.action_top()
                elif at - step < len(_TEXT) <= at and look == "chosen":
                    view.parts.choose(next(entry for entry in view.shown if isinstance(entry, Reply)))
                elif at - step < len(_TEXT) <= at and look == "searching":
                    view.search.find("item")
                    view.search.go_to(1)
                await _painted(app, pilot)
                await until(pilot, lambda: terminal.lines == terminal.whole())


async def test_a_long_text_that_comes_at_once_shows_bit_by_bit_and_whole_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running() as (app, pilot, _):
        await _begin(app, pilot)
        view = app.main.chat.view
        with painting(app, monkeypatch) as terminal:
            _tell(app, TextDelta("t", _TEXT * 60))
            _tell(app, RequestFinished("t", "end_turn", TokenUsage(), 0.0, "model"))
            view.flush()
            index = len(view.offsets) - 1
            first = view.offsets.height(index)
            await until(pilot, lambda: not view.is_behind and not view._touched)
            await until(pilot, lambda: terminal.lines == terminal.whole())
        shown = [cells(strip) for strip in view.strips_of(index)]
        assert first < len(shown) / 4
        view.shown[index].text._looks = (0, 0)  # type: ignore[union-attr]
        view.redraw_all()
        assert [cells(strip) for strip in view.strips_of(index)] == shown


async def test_the_trace_is_not_painted_because_text_came(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as (app, pilot, _):
        await _begin(app, pilot)
        app.main.trace._ticker.run(False)
        await until(pilot, lambda: not app.main.trace._ticker._waits)
        painted: list[object] = []
        monkeypatch.setattr(app.main.trace, "paint_from", lambda *lines: painted.append(lines))
        monkeypatch.setattr(app.main.trace, "refresh", lambda *regions, **_: painted.append(regions))
        for word in "a few words":
            app.main.trace.take(TextDelta("t", word), 0.0)
        assert not painted
        app.main.trace.take(ToolCallStarted("t", "c", "file", {}), 0.0)
        assert painted


async def test_the_rows_of_a_turn_are_painted_and_nothing_below_them(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as (app, pilot, _):
        await _begin(app, pilot)
        trace = app.main.trace
        trace._ticker.run(False)
        await until(pilot, lambda: not trace._ticker._waits)
        with painting(app, monkeypatch) as terminal:
            trace._exchange_repaint_regions()
            before = trace.strips_of(0)[0].text
            app.services.clock.advance(70)  # type: ignore[attr-defined]
            trace._tick()
            assert [region.height for region in trace._repaint_regions] == [trace.offsets.total]
            await until(pilot, lambda: terminal.lines == terminal.whole())
            assert trace.strips_of(0)[0].text != before


async def test_lines_that_stayed_as_they_were_are_not_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as (app, pilot, _):
        await _begin(app, pilot)
        view = app.main.chat.view
        _tell(app, TextDelta("t", "first\n\nsecond\n\nlast"))
        await _painted(app, pilot)
        since: list[int] = []
        monkeypatch.setattr(view, "paint_from", since.append)
        _tell(app, TextDelta("t", " words"))
        view.flush()
        assert since == [view.offsets.total - 1]
