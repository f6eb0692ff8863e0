"""One request to the model: build it, stream the reply into events, and write it to the ledger."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal, assert_never

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
from blufio_tui.core.agent.result_pages import cut_results
from blufio_tui.core.agent.yielding import Politeness
from blufio_tui.core.clock import Clock
from blufio_tui.core.conversation import Message, TokenUsage
from blufio_tui.core.errors import ProviderError
from blufio_tui.core.events import Event, NoticeRaised, ReplyDiscarded, TextDelta, ThinkingDelta
from blufio_tui.core.sessions.conversation_repair import for_the_api
from blufio_tui.core.sessions.records import RequestRecord
from blufio_tui.core.sessions.store import SessionStore
from blufio_tui.core.settings.schema import BudgetSettings
from blufio_tui.core.tools import ToolDefinition

NO_USAGE = TokenUsage()
GUIDE_NAME = "offline guide"


@dataclass(slots=True)
class Attempt:
    """What has arrived of the reply that is being streamed."""

    text: list[str] = field(default_factory=list)
    usage: TokenUsage = NO_USAGE
    model: str = ""


class Requests:
    """Sends requests for one turn. Whatever the model has charged for ends up in the ledger.

    Attributes:
        attempt: what has arrived of a reply that did not end.
        usage, costs: all that the turn has used so far, lost attempts and summaries included.
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
        emit: Callable[[Event], None],
    ) -> None:
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
        return reply_tokens(self._config.model, self._config.settings.max_tokens)

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
            messages=for_the_api(cut_results(messages, config.result_chars)),
            max_tokens=self.max_tokens,
            tool_choice=tool_choice,
            thinking_budget=config.settings.thinking_budget,
        )

    async def send(self, request: ModelRequest, *, silent: bool = False) -> ProviderReply:
        """Stream one reply. With `silent` its text and thinking are not shown.

        Raises:
            ProviderError: the request failed for good.
        """
        self.attempt, self._began = Attempt(), self._clock.monotonic()
        others = Politeness()
        async with aclosing(self._provider.stream(request)) as stream:
            async for event in stream:
                if isinstance(event, ProviderReply):
                    self.attempt = Attempt()
                    return event
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
        """Write down what a reply that was cut or interrupted has used."""
        lost, self.attempt = self.attempt, Attempt()
        if lost.usage != NO_USAGE:
            await self.record(lost.usage, lost.model, stop_reason)

    async def record(self, usage: TokenUsage, model: str, stop_reason: str) -> float | None:
        """Add a ledger row; what it cost, None when the price is not known. The guide costs nothing and has no rows."""
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
