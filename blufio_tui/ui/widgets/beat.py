"""One rhythm for everything that moves by itself: what changes together is painted together, once."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from textual.app import App
from textual.widget import Widget

BEAT = 1 / 12
"""Seconds. One can read along with what streams in, and keys get through."""

_LEAD = 0.01
"""Seconds for an event to be handed out before it is drawn."""

Call = Callable[[], object]


def until_next_beat() -> float:
    """Seconds."""
    return BEAT - monotonic() % BEAT


def before_next_beat() -> float:
    """Seconds until what arrives is still drawn with the next beat that has not been missed."""
    return (until_next_beat() - _LEAD) % BEAT or BEAT


class Beat:
    """Of one app. Nothing runs while nobody waits for the next beat."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._waiting: dict[tuple[Widget, Call], int] = {}
        self._is_due = False

    def wait(self, widget: Widget, call: Call, beats: int) -> None:
        self._waiting[widget, call] = beats
        self._set_timer()

    def _set_timer(self) -> None:
        if self._waiting and not self._is_due:
            self._is_due = True
            self._app.set_timer(until_next_beat(), self._strike)

    def _strike(self) -> None:
        self._is_due = False
        number = round(monotonic() / BEAT)
        due = [key for key, beats in self._waiting.items() if number % beats == 0]
        for key in due:
            del self._waiting[key]
        for widget, call in due:
            if widget.is_attached:
                call()
        self._set_timer()


_BEATS: WeakKeyDictionary[App[Any], Beat] = WeakKeyDictionary()


def on_beat(widget: Widget, call: Call, beats: int = 1) -> None:
    """Call once, at the next beat, or at the next whose number `beats` divides; together with all others who wait."""
    app = widget.app
    _BEATS.setdefault(app, Beat(app)).wait(widget, call, beats)


class Ticker:
    """Calls again and again in the common rhythm, while it runs."""

    def __init__(self, widget: Widget, tick: Call, beats: int) -> None:
        self._widget = widget
        self._tick = tick
        self._beats = beats
        self._runs = self._waits = False

    def run(self, runs: bool) -> None:
        """Begin or end; either may be said again."""
        self._runs = runs
        self._wait()

    def _wait(self) -> None:
        if self._runs and not self._waits:
            self._waits = True
            on_beat(self._widget, self._call, self._beats)

    def _call(self) -> None:
        self._waits = False
        if self._runs:
            self._wait()
            self._tick()
