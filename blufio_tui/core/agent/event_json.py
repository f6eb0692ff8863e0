"""The JSON shapes of `ask --json`, one object an event. Fields may be added, never renamed: scripts rely on them."""

from typing import assert_never

from blufio_tui.core.conversation import TokenUsage
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
from blufio_tui.core.shell.output import plain
from blufio_tui.core.text.json_types import Json, JsonObject


def event_to_json(event: Event, ts: float) -> JsonObject:
    """`ts` is in seconds since the epoch."""
    return {"type": event_type(event), "ts": round(ts, 3), "turn_id": event.turn_id, **_fields(event)}


def event_type(event: Event) -> str:
    match event:
        case TurnStarted():
            return "turn_started"
        case RequestStarted():
            return "request_started"
        case ThinkingDelta():
            return "thinking_delta"
        case TextDelta():
            return "text_delta"
        case SteeringAdded():
            return "steering_added"
        case ReplyDiscarded():
            return "reply_discarded"
        case RequestFinished():
            return "request_finished"
        case ToolCallStarted():
            return "tool_call_started"
        case HostCallStarted():
            return "host_call_started"
        case HostCallFinished():
            return "host_call"
        case ToolOutputDelta():
            return "tool_output_delta"
        case EffectsCounted():
            return "effects_counted"
        case ToolCallFinished():
            return "tool_call_finished"
        case FlowsChanged():
            return "flows"
        case PersonAsked():
            return "person_asked"
        case NestedEvent():
            return "nested"
        case NoticeRaised():
            return "notice"
        case ErrorRaised():
            return "error"
        case TurnFinished():
            return "turn_finished"
        case _:
            assert_never(event)


def _fields(event: Event) -> JsonObject:
    match event:
        case TurnStarted(_, session_id, prompt):
            return {"session_id": session_id, "prompt": prompt}
        case RequestStarted(_, iteration, model):
            return {"iteration": iteration, "model": model}
        case ThinkingDelta(_, text) | TextDelta(_, text):
            return {"text": text}
        case SteeringAdded(_, text):
            return {"text": text}
        case ReplyDiscarded(_, reason):
            return {"reason": reason}
        case ToolOutputDelta(_, call_id, stream, text):
            return {"call_id": call_id, "stream": stream, "text": plain(text)}
        case EffectsCounted(_, call_id, text, seq):
            return {"call_id": call_id, "text": text, "seq": seq}
        case NoticeRaised(_, level, message):
            return {"level": level.value, "message": message}
        case FlowsChanged(_, session_id, private, foreign, out):
            return {"session_id": session_id, "private": private, "foreign": foreign, "out": out}
        case ErrorRaised(_, kind, message):
            return {"kind": kind, "message": message}
        case PersonAsked(_, call_id, waiting):
            return {"call_id": call_id, "waiting": waiting}
        case NestedEvent(_, call_id, inner):
            return {"call_id": call_id, "event": {"type": event_type(inner), **_fields(inner)}}
        case RequestFinished() | TurnFinished():
            return _model_fields(event)
        case ToolCallStarted() | ToolCallFinished() | HostCallStarted() | HostCallFinished():
            return _call_fields(event)
        case _:
            assert_never(event)


def _model_fields(event: RequestFinished | TurnFinished) -> JsonObject:
    match event:
        case RequestFinished(_, stop_reason, usage, cost_usd, model):
            return {"stop_reason": stop_reason, "usage": _tokens(usage), "cost_usd": cost_usd, "model": model}
        case TurnFinished():
            return {
                "session_id": event.session_id,
                "stop_reason": event.stop_reason,
                "text": event.text,
                "iterations": event.iterations,
                "usage": _tokens(event.usage),
                "cost_usd": event.cost_usd,
            }


def _call_fields(event: ToolCallStarted | ToolCallFinished | HostCallStarted | HostCallFinished) -> JsonObject:
    match event:
        case ToolCallStarted(_, call_id, tool, tool_input):
            return {"call_id": call_id, "tool": tool, "input": tool_input}
        case ToolCallFinished():
            return {
                "call_id": event.call_id,
                "is_error": event.is_error,
                "content": event.content,
                "usage": _call_usage(event.usage),
                "duration_ms": round(event.duration_ms, 3),
                "logs": _logs(event.logs),
                "logs_dropped": event.logs_dropped,
                "error": _error(event.error),
            }
        case HostCallStarted():
            return {
                "call_id": event.call_id,
                "host_call_id": event.host_call_id,
                "kind": event.kind.value,
                "resource": event.resource,
                "asking": event.asking,
            }
        case HostCallFinished():
            return {
                "call_id": event.call_id,
                "host_call_id": event.host_call_id,
                "kind": event.kind.value,
                "resource": event.resource,
                "decision": event.decision.value,
                "decided_by": event.decided_by.value,
                "rule": event.rule,
                "outcome": event.outcome,
                "duration_ms": round(event.duration_ms, 3),
                "bytes": event.bytes_moved,
                "seq": event.seq,
            }


def _tokens(usage: TokenUsage) -> JsonObject:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
    }


def _call_usage(usage: CallUsage) -> JsonObject:
    return {
        "fuel": usage.fuel,
        "memory_peak_bytes": usage.memory_peak_bytes,
        "wall_ms": usage.wall_ms,
        "host_ms": usage.host_ms,
        "host_calls": usage.host_calls,
    }


def _logs(lines: tuple[LogLine, ...]) -> list[Json]:
    return [{"level": line.level, "message": line.message} for line in lines]


def _error(error: ErrorInfo | None) -> JsonObject | None:
    return {"kind": error.kind.value, "message": error.message} if error else None
