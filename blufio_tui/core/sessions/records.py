"""Stored conversations and the cost ledger as values."""

from dataclasses import dataclass
from enum import StrEnum

from blufio_tui.core.conversation import Message, TokenUsage
from blufio_tui.core.events import CallUsage, ErrorInfo, HostCallFinished, LogLine
from blufio_tui.core.text.json_types import JsonObject

SUMMARY_HEAD = (
    "Summary of the conversation so far (made by the model; the messages themselves are no longer in view):\n\n"
)


class MessageState(StrEnum):
    """A `partial` message was interrupted; it is shown as such."""

    COMPLETE = "complete"
    PARTIAL = "partial"


UNUSUAL_ENDS = {
    "interrupted": "interrupted",
    "error": "ended by an error",
    "budget": "stopped by the budget",
    "max_tokens": "cut at the token limit",
    "max_iterations": "stopped at the request limit",
    "repeated_call": "stopped: the same call again and again",
    "refusal": "refused by the model",
}
"""In words, why a turn ended that did not end well."""


@dataclass(frozen=True, slots=True)
class TurnEnding:
    """How a turn ended. `reason` is the stop reason, "" unless it is one of `UNUSUAL_ENDS`; `error` its words."""

    reason: str = ""
    error: str = ""

    @property
    def in_words(self) -> str:
        return UNUSUAL_ENDS.get(self.reason, "")


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message with its identity. `parent_id` 0 starts a branch; times in seconds since the epoch.

    Attributes:
        stands_for: for a summary made by compaction, the id of the last message it stands for; else 0.
        position: its place on its branch, counted from 1.
        versions: how many alternatives there are at this place, itself included (edits, retries).
        ending: for the last message of a turn that did not end well, how it ended.
    """

    message_id: int
    parent_id: int
    turn_id: str
    message: Message
    state: MessageState
    created: float
    stands_for: int = 0
    position: int = 0
    versions: int = 1
    ending: TurnEnding = TurnEnding()

    @property
    def is_summary(self) -> bool:
        return self.stands_for != 0

    @property
    def end_in_words(self) -> str:
        """How its turn ended; "" if that was no unusual end, or if it says as much by being partial."""
        is_said = self.state is MessageState.PARTIAL and self.ending.reason == "interrupted"
        return "" if is_said else self.ending.in_words


@dataclass(frozen=True, slots=True)
class SessionInfo:
    session_id: str
    title: str
    project: str
    created: float
    updated: float
    messages: int
    snippet: str = ""


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One ledger row.

    Attributes:
        cost_usd: None if the model's price is not known.
        created: when the reply had ended.
        duration_ms: from the request to the end of the reply; 0 if it was stored before that was recorded.
        parent_call_id: for a sub-agent's request, the call of `task` that started it; else "".
    """

    session_id: str
    turn_id: str
    model: str
    usage: TokenUsage
    cost_usd: float | None
    created: float
    stop_reason: str
    duration_ms: float = 0.0
    parent_call_id: str = ""


@dataclass(frozen=True, slots=True)
class Spending:
    """US dollars spent; `unknown_requests` counts requests whose price is not known."""

    session_usd: float
    day_usd: float
    month_usd: float
    unknown_requests: int = 0


@dataclass(frozen=True, slots=True)
class BranchEnd:
    """The last message of one branch of a session. `snippet` is the last thing the person said on it."""

    leaf_id: int
    messages: int
    updated: float
    snippet: str
    active: bool


@dataclass(frozen=True, slots=True)
class SearchHit:
    """The newest message of a session that matches. `spans` are the matches as ranges of `session.snippet`."""

    session: SessionInfo
    message_id: int
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """When a call waited for the person, in seconds since the epoch."""

    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class ToolCallRecord:
    """One tool call as the trace shows it, stored so that a reopened session can show it again.

    Recorded once when it starts (`finished` False) and again, whole, when it ends: a call that stays
    unfinished was cut off. `content` is the whole result, also where the model was sent less.

    Attributes:
        duration_ms: from its start to its end, `waits` included.
        parent_call_id: for a call that a sub-agent made, the call of `task` that started it; else "".
        waits: when it waited for the person, oldest first.
    """

    session_id: str
    turn_id: str
    call_id: str
    tool: str
    input: JsonObject
    created: float
    finished: bool = False
    content: str = ""
    is_error: bool = False
    error: ErrorInfo | None = None
    usage: CallUsage = CallUsage()
    logs: tuple[LogLine, ...] = ()
    duration_ms: float = 0.0
    host_calls: tuple[HostCallFinished, ...] = ()
    parent_call_id: str = ""
    waits: tuple[Wait, ...] = ()

    @property
    def worked_ms(self) -> float:
        """How long it took without the time in which it waited for the person."""
        return max(self.duration_ms - 1000 * sum(wait.ended - wait.began for wait in self.waits), 0.0)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over ledger rows. `usd` leaves out the `unknown_requests`, whose price is not known."""

    usd: float = 0.0
    requests: int = 0
    unknown_requests: int = 0
    usage: TokenUsage = TokenUsage()


@dataclass(frozen=True, slots=True)
class DaySpending:
    """One day of the local calendar, as `YYYY-MM-DD`."""

    day: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class ModelSpending:
    model: str
    totals: Totals
