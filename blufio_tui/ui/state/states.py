"""How a request, a tool call or a host call stands."""

from enum import StrEnum

from blufio_tui.core.capability import Verdict
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import HostCallFinished, ToolCallFinished
from blufio_tui.core.sessions.records import ToolCallRecord


class State(StrEnum):
    RUNNING = "running"
    ASKING = "asking"
    OK = "ok"
    DENIED = "denied"
    ERROR = "error"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self not in (State.RUNNING, State.ASKING)

    @property
    def is_failure(self) -> bool:
        return self in (State.DENIED, State.ERROR)


def state_of_call(event: ToolCallFinished | ToolCallRecord) -> State:
    kind = event.error.kind if event.error else None
    if kind is ErrorKind.CAPABILITY_DENIED:
        return State.DENIED
    if kind is ErrorKind.CANCELLED:
        return State.CANCELLED
    return State.ERROR if event.is_error else State.OK


def state_of_host_call(event: HostCallFinished) -> State:
    if event.decision is Verdict.DENY:
        return State.DENIED
    return State.OK if event.outcome == "ok" else State.ERROR


def state_of_record(record: ToolCallRecord) -> State:
    """A call that was cut off is stored without an end."""
    return state_of_call(record) if record.finished else State.CANCELLED
