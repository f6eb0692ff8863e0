"""What happens in a turn: the union of events that the agent yields, the UI shows and `ask --json` prints.

Every event is a frozen value. `core.event_json` gives the JSON shapes of the contract.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.conversation import TokenUsage
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.text.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class CallUsage:
    """The resources that one sandboxed call used; zeros for a built-in tool."""

    fuel: int = 0
    memory_peak_bytes: int = 0
    wall_ms: float = 0.0
    host_ms: float = 0.0
    host_calls: int = 0


@dataclass(frozen=True, slots=True)
class LogLine:
    level: str
    message: str


def shown_logs(logs: tuple[LogLine, ...], dropped: int) -> tuple[LogLine, ...]:
    """The log for people, with a last line that counts dropped lines."""
    if not dropped:
        return logs
    return (*logs, LogLine("warn", f"{dropped:,} more log lines were over the limit and were dropped"))


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    kind: ErrorKind
    message: str

    @property
    def heading(self) -> str:
        """The heading above the message. `kind` is meant for programs."""
        match self.kind:
            case ErrorKind.TRAP if self.message.startswith(_GAVE_UP):
                return "error: the skill gave up"
            case ErrorKind.HOST_ERROR if not self.message.startswith(_EFFECT_FAILED):
                return "error"  # a command that failed, input that does not fit: nothing of the host's
            case _:
                return f"error: {self.kind.value.replace('_', ' ')}"

    @property
    def reason(self) -> str:
        """The message without what `heading` says."""
        prefix = {ErrorKind.TRAP: _GAVE_UP, ErrorKind.HOST_ERROR: _EFFECT_FAILED}.get(self.kind, "")
        return self.message.removeprefix(prefix)


_GAVE_UP = "abort: "
"""Begins what a skill says itself when it cannot continue, as when its input is not JSON (`env.abort`)."""

_EFFECT_FAILED = "host error: "


class NoticeLevel(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """
    Attributes:
        attached: what goes with the prompt, each in a few words; filled in by whoever attached it.
    """

    turn_id: str
    session_id: str
    prompt: str
    attached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestStarted:
    turn_id: str
    iteration: int
    model: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    turn_id: str
    text: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    turn_id: str
    text: str


@dataclass(frozen=True, slots=True)
class SteeringAdded:
    """What the person added while the turn ran is stored, and goes with the next request.

    Attributes:
        key: as it was given when it was added.
        attached: what goes with it, each in a few words; filled in by whoever attached it.
    """

    turn_id: str
    text: str
    key: str = ""
    attached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyDiscarded:
    """The reply streamed so far in this request was lost (a cut stream), and the request is repeated."""

    turn_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class RequestFinished:
    """One request to the model is complete and stored. `cost_usd` None: the price is not known."""

    turn_id: str
    stop_reason: str
    usage: TokenUsage
    cost_usd: float | None
    model: str


@dataclass(frozen=True, slots=True)
class ToolCallStarted:
    turn_id: str
    call_id: str
    tool: str
    input: JsonObject


@dataclass(frozen=True, slots=True)
class HostCallStarted:
    """An effect inside a tool call was asked for and is being decided.

    Attributes:
        host_call_id: unique within the program; pairs with `HostCallFinished`.
        asking: True once a person is being asked about it; False again, in another event, once they allowed it.
    """

    turn_id: str
    call_id: str
    host_call_id: str
    kind: Kind
    resource: str
    asking: bool = False


@dataclass(frozen=True, slots=True)
class HostCallFinished:
    """An effect was refused or done.

    Attributes:
        seq: the audit row of the decision.
        rule: the rule that decided, in words.
        outcome: `ok`, `denied`, or `error: …`.
        bytes_moved: payload bytes read, written or received.
    """

    turn_id: str
    call_id: str
    host_call_id: str
    kind: Kind
    resource: str
    decision: Verdict
    decided_by: DecidedBy
    rule: str
    outcome: str
    duration_ms: float
    seq: int
    bytes_moved: int = 0


@dataclass(frozen=True, slots=True)
class ToolOutputDelta:
    """A piece of the output of a running command.

    If output arrives faster than anyone can read, pieces are left out, with a note.

    Attributes:
        stream: `stdout` or `stderr`.
        text: safe to show; colours are in it as escape sequences, and a carriage return begins its line again.
    """

    turn_id: str
    call_id: str
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class EffectsCounted:
    """A caged command has ended; its totals.

    Attributes:
        text: `read 812 files, wrote 14, started 3 programs`.
        seq: the audit row that carries the digest of the full list.
    """

    turn_id: str
    call_id: str
    text: str
    seq: int


@dataclass(frozen=True, slots=True)
class ToolCallFinished:
    """`logs_dropped` counts the log lines over the limit; `log_lines` says so in a last line."""

    turn_id: str
    call_id: str
    is_error: bool
    content: str
    usage: CallUsage
    duration_ms: float
    logs: tuple[LogLine, ...] = ()
    error: ErrorInfo | None = None
    logs_dropped: int = 0

    @property
    def log_lines(self) -> tuple[LogLine, ...]:
        return shown_logs(self.logs, self.logs_dropped)


@dataclass(frozen=True, slots=True)
class PersonAsked:
    """A tool call waits for the person's answer, or (`waiting` False) waits no longer."""

    turn_id: str
    call_id: str
    waiting: bool


@dataclass(frozen=True, slots=True)
class NestedEvent:
    """What happens inside a sub-agent. The inner event has the turn of the call that started it.

    Attributes:
        call_id: the call of `task`.
    """

    turn_id: str
    call_id: str
    event: "Event"


@dataclass(frozen=True, slots=True)
class NoticeRaised:
    """Something a person should know: a retry, a discarded skill, a budget at 80 %."""

    turn_id: str
    level: NoticeLevel
    message: str


@dataclass(frozen=True, slots=True)
class FlowsChanged:
    """How many effects of the session read something private, took in a stranger's content, could send something."""

    turn_id: str
    session_id: str
    private: int
    foreign: int
    out: int


@dataclass(frozen=True, slots=True)
class ErrorRaised:
    """The turn cannot continue. `kind` is a `ProviderError.kind`, `budget`, `storage` or `internal`."""

    turn_id: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """The last event of a turn. `stop_reason` is the model's, or `interrupted`, `error`, `budget`, `hook`,
    `max_iterations`, `repeated_call`."""

    turn_id: str
    session_id: str
    stop_reason: str
    text: str
    iterations: int
    usage: TokenUsage = field(default_factory=TokenUsage)
    cost_usd: float | None = 0.0


Event = (
    TurnStarted
    | RequestStarted
    | ThinkingDelta
    | TextDelta
    | SteeringAdded
    | ReplyDiscarded
    | RequestFinished
    | ToolCallStarted
    | HostCallStarted
    | HostCallFinished
    | ToolOutputDelta
    | EffectsCounted
    | ToolCallFinished
    | PersonAsked
    | NestedEvent
    | NoticeRaised
    | FlowsChanged
    | ErrorRaised
    | TurnFinished
)
