"""Sub-agents: a turn with a fresh conversation inside a call of `task`, with the tools and limits it was given."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from blufio_tui.core.agent.call_ids import all_taken
from blufio_tui.core.agent.compactor import Compactor
from blufio_tui.core.agent.context_size import ContextSize
from blufio_tui.core.agent.inside_store import InsideStore
from blufio_tui.core.agent.narrowing import config_inside, requests_left
from blufio_tui.core.agent.provider import SystemBlock
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.requests import Outflow, Requests
from blufio_tui.core.agent.room import Room
from blufio_tui.core.agent.sent_view import SentView
from blufio_tui.core.agent.situation import ModeNews, Situation
from blufio_tui.core.agent.tool_calls import Inside, ToolCalls
from blufio_tui.core.agent.turn import MAX_ITERATIONS, Turn
from blufio_tui.core.agent.windows import Windows
from blufio_tui.core.conversation import Message
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import (
    ErrorInfo,
    ErrorRaised,
    Event,
    NestedEvent,
    NoticeRaised,
    ReplyDiscarded,
    RequestFinished,
    RequestStarted,
    TextDelta,
    ThinkingDelta,
    TurnFinished,
)
from blufio_tui.core.gate.model_requests import ModelRequests
from blufio_tui.core.sessions.journal import Journal
from blufio_tui.core.tasks import begin
from blufio_tui.core.tools import CallContext, Tool, ToolDefinition, ToolOutcome

if TYPE_CHECKING:
    from blufio_tui.core.agent.config import AgentConfig
    from blufio_tui.core.agent.cost import Pricing
    from blufio_tui.core.agent.provider import Provider
    from blufio_tui.core.clock import Clock
    from blufio_tui.core.sessions.store import SessionStore

SIDE_BY_SIDE = 4
"""Sub-agents that run at the same time; more of them wait."""

GRACE_SECS = 8.0
"""How long one that was told to end may take to store what it has."""

_REMEMBERED_TURNS = 8

_TurnId = tuple[str, str]
"""A session and a turn in it."""

ROLE = """\
You work for another agent, which gave you the task below and sees nothing of what you do but your last message. Do \
the task and no more, then answer with all that the agent needs: what you found or changed, where (paths, line \
numbers), what you did not check. You cannot start sub-agents. Your effects pass the same rules and mode as the \
agent's; in the mode plan the agent makes the plan, and you answer with what should change.\
"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a sub-agent shares with the agent it works for, as it is when it starts."""

    provider: Provider
    config: AgentConfig
    registry: ToolRegistry
    store: SessionStore
    pricing: Pricing
    clock: Clock
    system: Callable[[], tuple[SystemBlock, ...]]
    windows: Windows
    situation: Situation | None
    mask: Callable[[str], str]
    outflow: ModelRequests | None


class Subagents:
    """Runs sub-agents. `surroundings` is set once the agent exists."""

    surroundings: Callable[[], Surroundings]

    def __init__(self) -> None:
        self._numbers: dict[str, count[int]] = {}
        self._made: Counter[_TurnId] = Counter()
        self._running: dict[str, ToolCalls] = {}
        self._places = asyncio.Semaphore(SIDE_BY_SIDE)

    def tools_now(self) -> tuple[str, ...]:
        """The tools that the agent has."""
        return self.surroundings().registry.names()

    def cancel_call(self, call_id: str) -> bool:
        """End one call of a sub-agent; False if none with this id is running."""
        return any(calls.cancel(call_id) for calls in self._running.values())

    async def run(self, prompt: str, tools: frozenset[str], context: CallContext) -> ToolOutcome:
        """Run a sub-agent to its outcome; cancelling ends it and everything it started."""
        async with self._places:
            return await self._run(prompt, tools, context)

    async def _run(self, prompt: str, tools: frozenset[str], context: CallContext) -> ToolOutcome:
        around, turn = self.surroundings(), (context.session_id, context.turn_id)
        share = requests_left(around.config, self._made[turn])
        if not share:
            return _failed("the sub-agents of this turn have used all its requests (agent.max_tool_iterations)")
        told = _Told(context, partial(self._count, turn))
        may_ask = partial(self._may_ask, turn, around.config)
        inside = replace(around, config=config_inside(around.config, share))
        running = self._turn(tools, context, inside, told, may_ask)
        self._running[context.call_id] = running.calls
        work = begin(running.run(prompt, ()))
        try:
            await asyncio.wait({work})  # being cancelled does not cancel the work
            work.result()
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.wait({work}, timeout=GRACE_SECS)
            raise
        finally:
            del self._running[context.call_id]
        return told.outcome()

    def _count(self, turn: _TurnId) -> None:
        """One more request of a sub-agent. They are counted as they are made, because those that run side by side
        would keep from each other what they only set aside."""
        self._made[turn] = self._made.pop(turn, 0) + 1
        while len(self._made) > _REMEMBERED_TURNS:
            del self._made[next(iter(self._made))]

    def _may_ask(self, turn: _TurnId, config: AgentConfig) -> bool:
        return requests_left(config, self._made[turn]) > 0

    def _name(self, session_id: str) -> str:
        return f"task {next(self._numbers.setdefault(session_id, count(1)))}"

    def _turn(
        self,
        tools: frozenset[str],
        context: CallContext,
        around: Surroundings,
        told: _Told,
        may_ask: Callable[[], bool],
    ) -> Turn:
        store = InsideStore(around.store, context.call_id)
        registry = _Part(around.registry, tools)
        session_id, turn_id = context.session_id, context.turn_id
        name = self._name(session_id)

        def system() -> tuple[SystemBlock, ...]:
            return (*around.system(), SystemBlock(ROLE))

        journal = Journal(store, session_id, turn_id)
        requests = Requests(
            session_id=session_id,
            turn_id=turn_id,
            provider=around.provider,
            config=around.config,
            store=store,
            pricing=around.pricing,
            clock=around.clock,
            view=SentView(),
            windows=around.windows,
            emit=told,
            taken=all_taken,
            outflow=Outflow(around.outflow, name),
        )
        news = ModeNews(around.situation)
        calls = ToolCalls(
            session_id=session_id,
            turn_id=turn_id,
            registry=registry,
            store=store,
            journal=journal,
            clock=around.clock,
            emit=told,
            news=news.line,
            mask=around.mask,
            inside=Inside(name, context.call_id),
        )
        compactor = Compactor(
            session_id=session_id,
            turn_id=turn_id,
            store=store,
            registry=registry,
            system=system,
            requests=requests,
            config=around.config,
            emit=told,
        )
        size = ContextSize(around.windows, around.config.settings.compact_at)
        room = Room(
            requests=requests,
            compactor=compactor,
            journal=journal,
            size=size,
            windows=around.windows,
            tools=registry.names,
            tell=lambda level, message: told(NoticeRaised(turn_id, level, message)),
        )
        return Turn(
            session_id=session_id,
            turn_id=turn_id,
            store=store,
            registry=registry,
            system=system,
            journal=journal,
            requests=requests,
            calls=calls,
            room=room,
            size=size,
            emit=told,
            news=news,
            may_ask=may_ask,
        )


class _Told:
    """Forwards the events of a sub-agent as events of its call, and collects what its outcome needs."""

    def __init__(self, context: CallContext, count_request: Callable[[], None]) -> None:
        self._context = context
        self._count_request = count_request
        self._finished: TurnFinished | None = None
        self._error = ""
        self._text: list[str] = []
        self.requests = 0

    def __call__(self, event: Event) -> None:
        match event:
            case TextDelta():  # nobody reads along word by word: what it said comes whole, with the request's end
                self._text.append(event.text)
                return
            case ThinkingDelta():
                return
            case ReplyDiscarded():
                self._text.clear()
            case RequestStarted():
                self.requests += 1
                self._count_request()
            case RequestFinished() | TurnFinished() | ErrorRaised():
                self._tell_text()
            case _:
                pass
        if isinstance(event, ErrorRaised):
            self._error = event.message
        elif isinstance(event, TurnFinished):
            self._finished = event
        self._tell(event)

    def _tell_text(self) -> None:
        if self._text:
            self._tell(TextDelta(self._context.turn_id, "".join(self._text)))
            self._text.clear()

    def _tell(self, event: Event) -> None:
        self._context.emit(NestedEvent(self._context.turn_id, self._context.call_id, event))

    def outcome(self) -> ToolOutcome:
        end = self._finished
        if end is None:
            return _failed("the sub-agent ended without an answer")
        match end.stop_reason:
            case "error" | "budget":
                return _failed(f"the sub-agent was stopped: {self._error}", end.text)
            case "interrupted":
                return _failed("the sub-agent was interrupted", end.text)
            case reason if reason == MAX_ITERATIONS:
                note = f"[stopped after {self.requests - 1} requests with tools; this may be unfinished]"
                return ToolOutcome(f"{end.text}\n{note}".lstrip())
            case _ if not end.text.strip():
                return _failed(f"the sub-agent gave no answer ({end.stop_reason})")
            case _:
                return ToolOutcome(end.text)


def _failed(message: str, text: str = "") -> ToolOutcome:
    content = f"{message}\nIts last words:\n{text}" if text.strip() else message
    return ToolOutcome(content, is_error=True, error=ErrorInfo(ErrorKind.HOST_ERROR, message))


class _Part(ToolRegistry):
    """A view of another registry that offers only some of its tools."""

    def __init__(self, whole: ToolRegistry, names: frozenset[str]) -> None:
        super().__init__()
        self._whole = whole
        self._part = names

    def definitions(self) -> tuple[ToolDefinition, ...]:
        return tuple(one for one in self._whole.definitions() if one.name in self._part)

    def offered(self, session_id: str, messages: Sequence[Message] = ()) -> tuple[ToolDefinition, ...]:
        return tuple(one for one in self._whole.offered(session_id, messages) if one.name in self._part)

    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.definitions())

    def get(self, name: str) -> Tool | None:
        tool = self._whole.get(name)
        return tool if tool is not None and name.replace("-", "_") in self._part else None

    def refusal(self, name: str) -> str:
        return self._whole.refusal(name)
