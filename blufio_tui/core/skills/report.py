"""The JSON object of `skill run --json`: section 3 of the contract."""

from dataclasses import asdict, dataclass, field

from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import ErrorInfo, Event, HostCallFinished
from blufio_tui.core.text.json_types import Json, JsonObject
from blufio_tui.core.tools import ToolOutcome


@dataclass(slots=True)
class HostCallCollector:
    """Keeps the host calls of one call, in the order in which they ended; pass `take` as the call's `emit`."""

    finished: list[HostCallFinished] = field(default_factory=list)

    def take(self, event: Event) -> None:
        if isinstance(event, HostCallFinished):
            self.finished.append(event)


def run_report(
    name: str, version: str, call_id: str, outcome: ToolOutcome, host_calls: list[HostCallFinished]
) -> JsonObject:
    error: Json = None
    if outcome.error is not None:
        error = {"kind": outcome.error.kind.value, "message": outcome.error.message}
    return {
        "skill": name,
        "version": version,
        "call_id": call_id,
        "is_error": outcome.is_error,
        "content": outcome.content,
        "error": error,
        "usage": dict(asdict(outcome.usage)),
        "logs": [{"level": line.level, "message": line.message} for line in outcome.logs],
        "logs_dropped": outcome.logs_dropped,
        "audit": [_audit_entry(call) for call in host_calls],
    }


def invalid_manifest(message: str) -> ToolOutcome:
    """The outcome of a call that could not begin because the manifest is not valid."""
    return ToolOutcome(message, is_error=True, error=ErrorInfo(ErrorKind.INVALID_MANIFEST, message))


def _audit_entry(call: HostCallFinished) -> JsonObject:
    return {
        "seq": call.seq,
        "kind": call.kind.value,
        "resource": call.resource,
        "decision": call.decision.value,
        "decided_by": call.decided_by.value,
        "outcome": call.outcome,
        "rule": call.rule,
        "duration_ms": round(call.duration_ms, 3),
        "bytes": call.bytes_moved,
    }
