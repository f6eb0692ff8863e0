"""Rows of a long trace are brought up to date from the turn that changed, and are those that would be listed anew."""

from blufio_tui.core.capability import Kind
from blufio_tui.core.events import Event, HostCallStarted, RequestStarted, ToolCallStarted, TurnStarted
from blufio_tui.ui.state.trace import Node, Trace


def turn(name: str) -> list[Event]:
    return [
        TurnStarted(name, "s", "go"),
        RequestStarted(name, 1, "model"),
        ToolCallStarted(name, f"{name}-call", "tool", {}),
        HostCallStarted(name, f"{name}-call", f"{name}-host", Kind.FS_READ, "/a"),
        RequestStarted(name, 2, "model"),
    ]


def test_rows_that_are_brought_up_to_date_are_those_that_are_listed_anew() -> None:
    trace, rows = Trace(), list[Node]()
    late = HostCallStarted("one", "one-call", "one-late", Kind.FS_READ, "/b")
    events = [*turn("one"), *turn("two"), late, *turn("three")]
    since: list[int] = []
    for number, event in enumerate(events):
        if trace.apply(event, float(number)):
            since.append(trace.update_rows(rows, event.turn_id))
            assert rows == trace.rows()
    assert since == [0] * 5 + [5] * 5 + [0] + [11] * 5


def test_a_folded_turn_stays_folded() -> None:
    trace, rows = Trace(), list[Node]()
    for event in [*turn("one"), *turn("two")]:
        trace.apply(event, 0.0)
    trace.turns[0].folded = trace.turns[1].children[0].folded = True
    rows[:] = trace.rows()
    trace.apply(RequestStarted("two", 3, "model"), 1.0)
    assert trace.update_rows(rows, "two") == 1
    assert rows == trace.rows()
    trace.restore([], [], {})
    trace.apply(TurnStarted("three", "s", "go"), 2.0)
    assert trace.update_rows(rows, "three") == 0
    assert rows == trace.rows()
