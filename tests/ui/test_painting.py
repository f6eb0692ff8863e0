"""While a reply streams in, what was painted bit by bit is what a painting of the whole screen would show."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from textual._compositor import ChopsUpdate, Compositor
from textual.pilot import Pilot
from textual.strip import Strip

from blufio_tui.core.events import Event, RequestStarted, TextDelta, ToolCallStarted, TurnStarted
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.messages import EventArrived
from blufio_tui.ui.state.entries import Reply
from tests.ui.helpers import running, until

_render_update = Compositor.render_update

Cells = list[tuple[str, str]]

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


def _cells(strip: Strip) -> Cells:
    """Characters and how they look; what else a style knows is for the mouse."""
    return [(character, str(style)) for text, style, _ in strip for character in text]


class _Terminal:
    """What a terminal shows that is sent what the app paints."""

    def __init__(self, app: BlufioApp) -> None:
        self._app = app
        self.lines: list[Cells] = self.whole()

    def whole(self) -> list[Cells]:
        return [_cells(strip) for strip in self._app.screen._compositor.render_strips()]

    def take(self, update: object) -> None:
        if isinstance(update, ChopsUpdate):
            for y, first, last in update.spans:
                for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=True):
                    if strip is not None and x <= last and end > first:
                        cells = _cells(strip.crop(0, min(end, last) - x))
                        self.lines[y][x : x + len(cells)] = cells
        elif update is not None:
            self.lines = self.whole()


@contextmanager
def _painting(app: BlufioApp, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Terminal]:
    terminal, display = _Terminal(app), app._display

    def show(screen: Any, update: Any) -> None:
        terminal.take(update)
        display(screen, update)

    with monkeypatch.context() as patch:
        patch.setattr(Compositor, "render_update", _render_update)  # which other tests do without
        patch.setattr(app, "_display", show)
        yield terminal


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
        with _painting(app, monkeypatch) as terminal:
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
        with _painting(app, monkeypatch) as terminal:
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
