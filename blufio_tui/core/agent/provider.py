"""The port to a model: requests and the events of a reply."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from blufio_tui.core.conversation import Block, Message, TokenUsage
from blufio_tui.core.events import NoticeLevel
from blufio_tui.core.tools import ToolDefinition


@dataclass(frozen=True, slots=True)
class SystemBlock:
    """A part of the system prompt; `cache_mark` ends a cached zone after it. `part`: what it is, for people."""

    text: str
    cache_mark: bool = False
    part: str = "system prompt"


Sending = Callable[[str, int], Awaitable[None]]
"""Called before a request leaves, for each attempt: the server as `host:port`, and the bytes of the body. What it
raises keeps the request from being sent, and comes out of `stream` as it is."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request to the model. `thinking_budget` 0 means no extended thinking; tokens."""

    model: str
    system: tuple[SystemBlock, ...]
    tools: tuple[ToolDefinition, ...]
    messages: tuple[Message, ...]
    max_tokens: int
    tool_choice: Literal["auto", "none"] = "auto"
    thinking_budget: int = 0
    sending: "Sending | None" = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ProviderText:
    text: str


@dataclass(frozen=True, slots=True)
class ProviderThinking:
    text: str


@dataclass(frozen=True, slots=True)
class ProviderNotice:
    level: NoticeLevel
    message: str


@dataclass(frozen=True, slots=True)
class ProviderUsage:
    """Tokens of the running attempt so far, so that a reply that is cut or interrupted is not lost to the ledger."""

    usage: TokenUsage
    model: str


@dataclass(frozen=True, slots=True)
class ProviderRestarted:
    """What was streamed in this request so far is discarded; the request is repeated."""

    reason: str


@dataclass(frozen=True, slots=True)
class ProviderReply:
    """The whole reply; always the last event of a stream that did not raise."""

    blocks: tuple[Block, ...]
    stop_reason: str
    usage: TokenUsage
    model: str


ProviderEvent = ProviderText | ProviderThinking | ProviderNotice | ProviderUsage | ProviderRestarted | ProviderReply


class Provider(Protocol):
    """A source of replies. Retries transient failures, then raises `ProviderError`."""

    @property
    def is_guide(self) -> bool:
        """True for the offline guide: no model is behind it."""
        ...

    def stream(self, request: ModelRequest) -> AsyncGenerator[ProviderEvent, None]: ...
