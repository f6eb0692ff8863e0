"""One request to the model: build it, stream the reply into events, and write it to the ledger."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from blufio_tui.core.agent.call_ids import Taken, distinct
from blufio_tui.core.agent.carried import Carried
from blufio_tui.core.agent.compaction import text_tokens
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.cost import Pricing
from blufio_tui.core.agent.provider import (
    ModelRequest,
    Provider,
    ProviderEvent,
    ProviderNotice,
    ProviderReply,
    ProviderRestarted,
    ProviderText,
    ProviderThinking,
    ProviderUsage,
    SystemBlock,
)
from blufio_tui.core.agent.reply_length import reply_tokens
from blufio_tui.core.agent.sent_view import SentView
from blufio_tui.core.agent.windows import Windows
from blufio_tui.core.agent.yielding import Politeness
from blufio_tui.core.clock import Clock
from blufio_tui.core.conversation import Message, TokenUsage
from blufio_tui.core.errors import HostError, ProviderError, StorageError
from blufio_tui.core.events import Event, NoticeRaised, ReplyDiscarded, TextDelta, ThinkingDelta
from blufio_tui.core.gate.model_requests import ModelRequests
from blufio_tui.core.sessions.records import RequestRecord
from blufio_tui.core.sessions.store import SessionStore
from blufio_tui.core.settings.schema import BudgetSettings
from blufio_tui.core.tools import ToolDefinition

NO_USAGE = TokenUsage()


@dataclass(frozen=True, slots=True)
class Outflow:
    """Where requests are logged before they are sent.

    Attributes:
        log: None if requests are not logged.
        actor: who sends them: the agent, or a sub-agent by name.
        carried: what was sent before.
    """

    log: ModelRequests | None = None
    actor: str = "agent"
    carried: Carried = field(default_factory=Carried)


NO_OUTFLOW = Outflow()

GUIDE_NAME = "offline guide"

_REPLY_SHARE = 4
_LEAST_REPLY = 256
_LEAST_RESULT = 1_000


@dataclass(slots=True)
class Attempt:
    """What has arrived of the reply that is being streamed."""

    text: list[str] = field(default_factory=list)
    usage: TokenUsage = NO_USAGE
    model: str = ""


class _Rows:
    """The rows of one request in the log: one for each attempt."""

    def __init__(self, outflow: Outflow, clock: Clock, session_id: str, turn_id: str, request: ModelRequest) -> None:
        self._outflow = outflow
        self._clock = clock
        self._ids = session_id, turn_id
        self._model = request.model
        self._messages = request.messages
        self._news: str | None = None
        self._open: list[tuple[int, float]] = []

    async def leaves(self, server: str, size: int) -> None:
        """Log an attempt before it is sent. Raises `StorageError` if that fails; the request is then not sent."""
        log = self._outflow.log
        if log is None:
            return
        self.end("error: asked again")
        if self._news is None:
            self._news = self._outflow.carried.news(self._model, self._messages)
        detail = f"{self._model}, {len(self._messages)} messages" + (f"; new: {self._news}" if self._news else "")
        try:
            seq = await log.leaves(self._outflow.actor, *self._ids, server, size, detail)
        except HostError as error:
            raise StorageError(str(error)) from error
        self._open.append((seq, self._clock.monotonic()))

    def end(self, outcome: str) -> None:
        opened, self._open = self._open, []
        for seq, began in opened:
            if self._outflow.log is not None:
                self._outflow.log.ended(seq, outcome, 1000 * (self._clock.monotonic() - began))


class Requests:
    """Sends requests for one turn. Everything that the model charges for is recorded in the ledger.

    Attributes:
        attempt: what has arrived so far of an unfinished reply.
        usage, costs: what the turn has used so far, including lost attempts and summaries.
        view: how the session's messages are sent.
    """

    def __init__(
        self,
        *,
        session_id: str,
        turn_id: str,
        provider: Provider,
        config: AgentConfig,
        store: SessionStore,
        pricing: Pricing,
        clock: Clock,
        view: SentView,
        windows: Windows,
        emit: Callable[[Event], None],
        taken: Taken,
        outflow: Outflow = NO_OUTFLOW,
    ) -> None:
        """
        Args:
            taken: of the ids that a reply gives its calls, those that have to be exchanged.
        """
        self._outflow = outflow
        self._taken = taken
        self.view = view
        self._windows = windows
        self.attempt = Attempt()
        self.usage = NO_USAGE
        self.costs: list[float | None] = []
        self._session_id = session_id
        self._turn_id = turn_id
        self._provider = provider
        self._config = config
        self._store = store
        self._pricing = pricing
        self._clock = clock
        self._emit = emit
        self._began = clock.monotonic()

    @property
    def model(self) -> str:
        return GUIDE_NAME if self.is_guide else self._config.model

    @property
    def max_tokens(self) -> int:
        """The `max_tokens` of one reply: as configured, but at most a quarter of a window that the server stated."""
        most = self._windows.longest_reply(
            self._config.model, reply_tokens(self._config.model, self._config.settings.max_tokens)
        )
        return min(most, max(self.told_window // _REPLY_SHARE, _LEAST_REPLY)) if self.told_window else most

    @property
    def told_window(self) -> int:
        """The window in tokens that the server stated; 0 if it did not."""
        return self._windows.told(self._config.model) or 0

    @property
    def result_chars(self) -> int:
        """Characters above which a result is shortened: as configured, fewer in a small window."""
        most = self._config.result_chars
        return min(most, max(self.told_window // 2, _LEAST_RESULT)) if self.told_window else most

    def as_sent(self, messages: Sequence[Message]) -> Sequence[Message]:
        """The messages in the form that is sent: long results shortened or replaced by pointers, refused pictures left
        out."""
        return self.view.of(messages, self.result_chars)

    def learn_from(self, refusal: ProviderError) -> None:
        """Remember what a refusal says about the model's window."""
        self._windows.learn(self._config.model, refusal.window)

    @property
    def max_tool_iterations(self) -> int:
        return self._config.settings.max_tool_iterations

    @property
    def budget(self) -> BudgetSettings:
        return self._config.budget

    @property
    def is_guide(self) -> bool:
        return self._provider.is_guide

    def build(
        self,
        system: tuple[SystemBlock, ...],
        tools: tuple[ToolDefinition, ...],
        messages: Sequence[Message],
        tool_choice: Literal["auto", "none"],
    ) -> ModelRequest:
        config = self._config
        return ModelRequest(
            model=config.model,
            system=system,
            tools=tools,
            messages=self.view.for_the_api(messages, self.result_chars),
            max_tokens=self.max_tokens,
            tool_choice=tool_choice,
            thinking_budget=config.settings.thinking_budget,
        )

    async def send(self, request: ModelRequest, *, silent: bool = False) -> ProviderReply:
        """Stream one reply. With `silent` its text and thinking are not shown.

        Raises:
            ProviderError: the request failed for good.
            StorageError: whether the ids of its calls are taken cannot be looked up.
        """
        self.attempt, self._began = Attempt(), self._clock.monotonic()
        rows = _Rows(self._outflow, self._clock, self._session_id, self._turn_id, request)
        try:
            reply = await self._stream(replace(request, sending=rows.leaves), silent)
        except asyncio.CancelledError:
            rows.end("cancelled")
            raise
        except Exception as error:
            rows.end(f"error: {error}")
            raise
        rows.end("ok")
        return reply

    async def _stream(self, request: ModelRequest, silent: bool) -> ProviderReply:
        others = Politeness()
        async with aclosing(self._provider.stream(request)) as stream:
            async for event in stream:
                if isinstance(event, ProviderReply):
                    reply = await distinct(event, self._taken)
                    self.attempt = Attempt()
                    return reply
                await self._take(event, silent)
                await others.take_turns()
        raise ProviderError("protocol", "The model's reply ended without a result. Send your message again.")

    async def _take(self, event: ProviderEvent, silent: bool) -> None:
        match event:
            case ProviderText(text):
                if not silent:
                    self.attempt.text.append(text)
                self._show(TextDelta(self._turn_id, text), silent)
            case ProviderThinking(text):
                self._show(ThinkingDelta(self._turn_id, text), silent)
            case ProviderNotice(level, message):
                self._emit(NoticeRaised(self._turn_id, level, message))
            case ProviderUsage(usage, model):
                self.attempt.usage, self.attempt.model = usage, model
            case ProviderRestarted(reason):
                await self.record_lost_attempt("restarted")
                self._show(ReplyDiscarded(self._turn_id, reason), silent)
            case ProviderReply():
                raise AssertionError("a reply ends the stream")
            case _:
                assert_never(event)

    def _show(self, event: Event, silent: bool) -> None:
        if not silent:
            self._emit(event)

    async def record_lost_attempt(self, stop_reason: str) -> None:
        """Record the usage of a reply that was cut off or interrupted."""
        lost, self.attempt = self.attempt, Attempt()
        if lost.usage != NO_USAGE:
            await self.record(lost.usage, lost.model, stop_reason)

    async def record(self, usage: TokenUsage, model: str, stop_reason: str) -> float | None:
        """Add a ledger row. Returns the cost, None if the price is not known. The guide costs nothing and has no
        rows."""
        if self.is_guide:
            return 0.0
        began, self._began = self._began, self._clock.monotonic()
        ended, duration_ms = self._clock.now(), (self._began - began) * 1000
        cost = await self._pricing.cost(model or self.model, usage)
        self.usage += usage
        self.costs.append(cost)
        await self._store.record_request(
            RequestRecord(
                session_id=self._session_id,
                turn_id=self._turn_id,
                model=model or self.model,
                usage=usage,
                cost_usd=cost,
                created=ended,
                stop_reason=stop_reason,
                duration_ms=duration_ms,
            )
        )
        return cost


def fixed_tokens(system: Sequence[SystemBlock], tools: Sequence[ToolDefinition]) -> int:
    """The estimated tokens of the system prompt and the tools, which every request contains."""
    return sum(text_tokens(block.text) for block in system) + tool_tokens(tools)


def tool_tokens(tools: Sequence[ToolDefinition]) -> int:
    return sum(text_tokens(f"{tool.name} {tool.description} {json.dumps(dict(tool.input_schema))}") for tool in tools)
