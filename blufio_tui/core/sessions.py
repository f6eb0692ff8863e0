"""Stored conversations and the cost ledger as values."""

from dataclasses import dataclass
from enum import StrEnum

from blufio_tui.core.conversation import Message, TokenUsage


class MessageState(StrEnum):
    """A `partial` message was interrupted; it is shown as such."""

    COMPLETE = "complete"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message with its identity. `parent_id` 0 starts a branch; times in seconds since the epoch."""

    message_id: int
    parent_id: int
    turn_id: str
    message: Message
    state: MessageState
    created: float


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
    """One ledger row. `cost_usd` None: the model's price is not known."""

    session_id: str
    turn_id: str
    model: str
    usage: TokenUsage
    cost_usd: float | None
    created: float
    stop_reason: str


@dataclass(frozen=True, slots=True)
class Spending:
    """US dollars spent; `unknown_requests` counts requests whose price is not known."""

    session_usd: float
    day_usd: float
    month_usd: float
    unknown_requests: int = 0
