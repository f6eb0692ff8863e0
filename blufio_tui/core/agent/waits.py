"""When a call waited for the person."""

from collections.abc import Hashable

from blufio_tui.core.events import Event, HostCallFinished, HostCallStarted, NestedEvent, PersonAsked
from blufio_tui.core.sessions.records import Wait


class Waits:
    """Of one call, what a sub-agent in it asks included. Several questions at once are one wait."""

    def __init__(self) -> None:
        self._ended: list[Wait] = []
        self._asking: set[Hashable] = set()
        self._since = 0.0

    def take(self, event: Event, at: float) -> None:
        inner = event.event if isinstance(event, NestedEvent) else event
        match inner:
            case HostCallStarted():
                self._note(inner.host_call_id, at, asking=inner.asking)
            case HostCallFinished():
                self._note(inner.host_call_id, at, asking=False)
            case PersonAsked():
                self._note(("", inner.call_id), at, asking=inner.waiting)
            case _:
                pass

    def _note(self, question: Hashable, at: float, *, asking: bool) -> None:
        before = bool(self._asking)
        (self._asking.add if asking else self._asking.discard)(question)
        if self._asking and not before:
            self._since = at
        elif before and not self._asking:
            self._ended.append(Wait(self._since, at))

    def until(self, at: float) -> tuple[Wait, ...]:
        return (*self._ended, Wait(self._since, at)) if self._asking else tuple(self._ended)
