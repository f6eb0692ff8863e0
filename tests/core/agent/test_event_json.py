"""The shapes that scripts rely on."""

import json
from typing import get_args

import pytest

from blufio_tui.core.agent.event_json import event_to_json
from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.conversation import TokenUsage
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import (
    CallUsage,
    EffectsCounted,
    ErrorInfo,
    ErrorRaised,
    Event,
    FlowsChanged,
    HostCallFinished,
    HostCallStarted,
    LogLine,
    NestedEvent,
    NoticeLevel,
    NoticeRaised,
    PersonAsked,
    ReplyDiscarded,
    RequestFinished,
    RequestStarted,
    SteeringAdded,
    TextDelta,
    ThinkingDelta,
    ToolCallFinished,
    ToolCallStarted,
    ToolOutputDelta,
    TurnFinished,
    TurnStarted,
)

T = "turn-1"
SHAPES: list[tuple[Event, str, set[str]]] = [
    (TurnStarted(T, "s", "hi"), "turn_started", {"session_id", "prompt"}),
    (SteeringAdded(T, "in blue", "k"), "steering_added", {"text"}),
    (RequestStarted(T, 1, "m"), "request_started", {"iteration", "model"}),
    (ThinkingDelta(T, "hm"), "thinking_delta", {"text"}),
    (TextDelta(T, "hi"), "text_delta", {"text"}),
    (ReplyDiscarded(T, "cut"), "reply_discarded", {"reason"}),
    (
        RequestFinished(T, "end_turn", TokenUsage(1, 2), None, "m"),
        "request_finished",
        {"stop_reason", "usage", "cost_usd"},
    ),
    (ToolCallStarted(T, "c", "file", {"path": "x"}), "tool_call_started", {"call_id", "tool", "input"}),
    (HostCallStarted(T, "c", "h", Kind.NET, "https://x"), "host_call_started", {"call_id", "kind", "resource"}),
    (
        HostCallFinished(T, "c", "h", Kind.NET, "https://x", Verdict.DENY, DecidedBy.MODE, "mode", "denied", 1.0, 7),
        "host_call",
        {"call_id", "kind", "resource", "decision", "decided_by", "outcome", "duration_ms"},
    ),
    (EffectsCounted(T, "c", "read 1 file", 7), "effects_counted", {"call_id", "text", "seq"}),
    (ToolOutputDelta(T, "c", "stdout", "\x1b[31mx\x1b[0m"), "tool_output_delta", {"call_id", "stream", "text"}),
    (
        ToolCallFinished(
            T, "c", True, "no", CallUsage(5, 6), 1.0, (LogLine("info", "x"),), ErrorInfo(ErrorKind.TIMEOUT, "slow")
        ),
        "tool_call_finished",
        {"call_id", "is_error", "content", "usage", "duration_ms", "logs", "logs_dropped", "error"},
    ),
    (PersonAsked(T, "c", True), "person_asked", {"call_id", "waiting"}),
    (NestedEvent(T, "c", TextDelta(T, "hi")), "nested", {"call_id", "event"}),
    (FlowsChanged(T, "s", 1, 2, 0), "flows", {"session_id", "private", "foreign", "out"}),
    (NoticeRaised(T, NoticeLevel.WARNING, "careful"), "notice", {"level", "message"}),
    (ErrorRaised(T, "overloaded", "busy"), "error", {"kind", "message"}),
    (
        TurnFinished(T, "s", "end_turn", "hi", 1, TokenUsage(1, 2), 0.5),
        "turn_finished",
        {"session_id", "stop_reason", "text", "iterations", "usage", "cost_usd"},
    ),
]


@pytest.mark.parametrize(("event", "name", "fields"), SHAPES, ids=[name for _, name, _ in SHAPES])
def test_every_event_has_its_shape(event: Event, name: str, fields: set[str]) -> None:
    shape = json.loads(json.dumps(event_to_json(event, 12.34567)))
    assert (shape["type"], shape["ts"], shape["turn_id"]) == (name, 12.346, T)
    assert fields <= set(shape)


def test_an_event_of_a_sub_agent_has_the_shape_of_its_own_inside() -> None:
    inner = event_to_json(NestedEvent(T, "c", ToolCallStarted(T, "d", "file", {"path": "x"})), 1.0)["event"]
    assert inner == {"type": "tool_call_started", "call_id": "d", "tool": "file", "input": {"path": "x"}}


def test_no_event_is_forgotten() -> None:
    assert {type(event) for event, _, _ in SHAPES} == set(get_args(Event))
