"""How long a call waited for the person."""

import pytest

from blufio_tui.core.agent.waits import Waits
from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.events import Event, HostCallFinished, HostCallStarted, NestedEvent, PersonAsked
from blufio_tui.core.sessions.records import Wait


def _asked(host_call: str, *, asking: bool = True) -> Event:
    return HostCallStarted("t", "c", host_call, Kind.EXEC, "make", asking)


def _refused(host_call: str) -> Event:
    return HostCallFinished("t", "c", host_call, Kind.EXEC, "make", Verdict.DENY, DecidedBy.USER, "", "denied", 0.0, 1)


@pytest.mark.parametrize(
    ("events", "waits"),
    [
        ([(1, _asked("a", asking=False)), (2, _refused("a"))], []),
        ([(1, _asked("a")), (3, _asked("a", asking=False)), (4, _refused("a"))], [(1, 3)]),
        ([(1, _asked("a")), (2, _asked("b")), (3, _refused("a")), (5, _refused("b"))], [(1, 5)]),
        ([(1, _asked("a")), (2, _refused("a")), (3, _asked("b")), (4, _refused("b"))], [(1, 2), (3, 4)]),
        ([(1, PersonAsked("t", "c", True)), (4, PersonAsked("t", "c", False))], [(1, 4)]),
        ([(1, NestedEvent("t", "c", _asked("a"))), (4, NestedEvent("t", "c", _refused("a")))], [(1, 4)]),
        ([(1, _asked("a"))], [(1, 9)]),
    ],
)
def test_questions_at_the_same_time_are_one_wait(
    events: list[tuple[float, Event]], waits: list[tuple[float, float]]
) -> None:
    seen = Waits()
    for at, event in events:
        seen.take(event, at)
    assert seen.until(9) == tuple(Wait(began, ended) for began, ended in waits)
