"""The agent: what a person writes goes in, events come out.

`act` is an async generator; wrap it in `contextlib.aclosing`, and closing it interrupts the turn. The turn
itself runs in a task of its own and speaks through a queue, so that what tools and host calls tell merges
with what the model says, and an interrupted turn can still store what had arrived.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from uuid import uuid4

from blufio_tui.core.agent.budget import BudgetLevel, check_budget
from blufio_tui.core.agent.compaction import ContextMeter
from blufio_tui.core.agent.compactor import Compactor
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.context_size import ContextSize
from blufio_tui.core.agent.cost import Pricing, add_costs
from blufio_tui.core.agent.event_flow import events_of
from blufio_tui.core.agent.provider import ModelRequest, Provider, SystemBlock
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.requests import Requests
from blufio_tui.core.agent.tool_calls import ToolCalls
from blufio_tui.core.agent.turn import Turn
from blufio_tui.core.clock import Clock
from blufio_tui.core.conversation import Block, Message, Role
from blufio_tui.core.errors import BudgetExceeded, StorageError, UsageError
from blufio_tui.core.events import ErrorRaised, Event, TurnFinished
from blufio_tui.core.sessions.journal import Journal, as_sent
from blufio_tui.core.sessions.store import SessionStore
from blufio_tui.core.tasks import Tasks

GRACE_SECS = 10.0
"""How long an interrupted turn may take to end its tools and store what it has."""

Emit = Callable[[Event], None]


@dataclass(slots=True)
class _Running:
    """The one thing that runs in a session."""

    task: asyncio.Task[None]
    calls: ToolCalls | None

    def interrupt(self) -> None:
        if not self.task.done() and not self.task.cancelling():
            self.task.cancel()


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the parts of one turn share."""

    turn_id: str
    requests: Requests
    compactor: Compactor


class Agent:
    """Runs turns; one at a time in a session, any number of sessions.

    `provider` and `config` may be assigned at any time; a turn that runs keeps those it started with.
    """

    def __init__(
        self,
        *,
        provider: Provider,
        registry: ToolRegistry,
        store: SessionStore,
        pricing: Pricing,
        config: AgentConfig,
        clock: Clock,
        system: Callable[[], tuple[SystemBlock, ...]],
        tasks: Tasks | None = None,
    ) -> None:
        self.provider = provider
        self.config = config
        self.registry = registry
        self._store = store
        self._pricing = pricing
        self._clock = clock
        self._system = system
        self._tasks = Tasks() if tasks is None else tasks
        self._running: dict[str, _Running] = {}
        self._sizes: dict[str, ContextSize] = {}

    async def act(
        self, prompt: str, *, session_id: str, attachments: Sequence[Block] = ()
    ) -> AsyncGenerator[Event, None]:
        """Run a turn; the last event is `TurnFinished`.

        Args:
            prompt: what the person wrote. Empty, without attachments: go on with the stored conversation.
            attachments: images and texts that go with it.

        Raises:
            UsageError: a turn is already running in this session.
        """
        self._refuse_second(session_id)
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        turn = self._turn(session_id, queue.put_nowait)
        running = _Running(self._tasks.start(turn.run(prompt, attachments)), turn.calls)
        async with aclosing(self._follow(session_id, running, queue)) as events:
            async for event in events:
                yield event

    async def compact(self, session_id: str) -> AsyncGenerator[Event, None]:
        """Sum up the conversation now. The last event is a `TurnFinished` without requests.

        Raises:
            UsageError: a turn is running in this session.
        """
        self._refuse_second(session_id)
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        parts = self._parts(session_id, queue.put_nowait)
        work = self._compact(session_id, parts, queue.put_nowait)
        running = _Running(self._tasks.start(work), None)
        async with aclosing(self._follow(session_id, running, queue)) as events:
            async for event in events:
                yield event

    def interrupt(self, session_id: str = "") -> bool:
        """End the turn of a session ("": of all); its events end with `TurnFinished`. False when none runs."""
        chosen = [run for key, run in self._running.items() if session_id in ("", key)]
        for running in chosen:
            running.interrupt()
        return bool(chosen)

    def cancel_call(self, call_id: str) -> bool:
        """End one tool call and leave its turn running; False when it is not running."""
        return any(running.calls.cancel(call_id) for running in self._running.values() if running.calls)

    async def context(self, session_id: str) -> ContextMeter:
        """How full the model's window is.

        Raises:
            StorageError: the session cannot be read.
        """
        messages = as_sent(await self._store.messages(session_id))
        return await self._size(session_id).meter(self.config.model, messages)

    async def answer_once(
        self, system: str, messages: Sequence[Message], max_tokens: int, session_id: str, turn_id: str
    ) -> tuple[str, str, str]:
        """One reply outside of the conversation, counted in the session's costs: text, model and stop reason.

        Raises:
            BudgetExceeded: a spending limit is used up.
            ProviderError, StorageError: there is no reply, or it cannot be counted.
            UsageError: no model is connected.
        """
        if self.provider.is_guide:
            raise UsageError("no model is connected")
        limits = self.config.budget
        if limits:
            state = check_budget(await self._store.spending(session_id), limits)
            if state.level is BudgetLevel.STOP:
                raise BudgetExceeded(state.message)
        requests = self._parts(session_id, lambda _event: None, turn_id).requests
        blocks = (SystemBlock(system),) if system else ()
        request = ModelRequest(self.config.model, blocks, (), tuple(messages), min(max_tokens, requests.max_tokens))
        try:
            reply = await requests.send(request, silent=True)
        except BaseException:
            await requests.record_lost_attempt("sampling")
            raise
        await requests.record(reply.usage, reply.model, "sampling")
        return Message(Role.ASSISTANT, reply.blocks).text, reply.model, reply.stop_reason

    def _refuse_second(self, session_id: str) -> None:
        if session_id in self._running:
            raise UsageError("A turn is running in this session. Wait for its end, or interrupt it.")

    async def _follow(
        self, session_id: str, running: _Running, queue: asyncio.Queue[Event | None]
    ) -> AsyncGenerator[Event, None]:
        self._running[session_id] = running
        running.task.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            async with aclosing(events_of(queue)) as events:
                async for event in events:
                    yield event
        finally:
            running.interrupt()
            await _settle(running.task)
            del self._running[session_id]

    def _turn(self, session_id: str, emit: Emit) -> Turn:
        parts = self._parts(session_id, emit)
        journal = Journal(self._store, session_id, parts.turn_id)
        calls = ToolCalls(
            session_id=session_id,
            turn_id=parts.turn_id,
            registry=self.registry,
            store=self._store,
            journal=journal,
            clock=self._clock,
            emit=emit,
        )
        return Turn(
            session_id=session_id,
            turn_id=parts.turn_id,
            store=self._store,
            registry=self.registry,
            system=self._system,
            journal=journal,
            requests=parts.requests,
            calls=calls,
            compactor=parts.compactor,
            size=self._size(session_id),
            emit=emit,
        )

    def _parts(self, session_id: str, emit: Emit, turn_id: str = "") -> _Parts:
        turn_id = turn_id or uuid4().hex
        requests = Requests(
            session_id=session_id,
            turn_id=turn_id,
            provider=self.provider,
            config=self.config,
            store=self._store,
            pricing=self._pricing,
            clock=self._clock,
            emit=emit,
        )
        compactor = Compactor(
            session_id=session_id,
            turn_id=turn_id,
            store=self._store,
            registry=self.registry,
            system=self._system,
            requests=requests,
            config=self.config,
            emit=emit,
        )
        return _Parts(turn_id, requests, compactor)

    def _size(self, session_id: str) -> ContextSize:
        size = self._sizes.setdefault(session_id, ContextSize(self._pricing, self.config.compact_at))
        size.compact_at = self.config.compact_at
        return size

    async def _compact(self, session_id: str, parts: _Parts, emit: Emit) -> None:
        stop_reason = "end_turn"
        try:
            if await parts.compactor.compact():
                self._size(session_id).forget()
        except asyncio.CancelledError:
            stop_reason = "interrupted"
        except StorageError as error:
            stop_reason = "error"
            emit(ErrorRaised(parts.turn_id, "storage", str(error)))
        used = parts.requests
        emit(TurnFinished(parts.turn_id, session_id, stop_reason, "", 0, used.usage, add_costs(used.costs)))


async def _settle(task: asyncio.Task[None]) -> None:
    """Wait for a task that was told to end, also when the one who waits is told to end as well."""
    if not task.done():
        await asyncio.wait({task}, timeout=GRACE_SECS)
