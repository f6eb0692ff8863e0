"""The agent: prompts go in, events come out.

`act` is an async generator; wrap it in `contextlib.aclosing`, and closing it interrupts the turn. The turn
itself runs in its own task and puts events into a queue. So the events of tools and host calls interleave with
those of the model, and an interrupted turn can still store what had arrived.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from blufio_tui.core.agent.budget import BudgetLevel, check_budget
from blufio_tui.core.agent.carried import Carried
from blufio_tui.core.agent.compaction import ContextMeter
from blufio_tui.core.agent.compactor import Compactor
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.context_report import ContextReport, context_parts, fitted, in_words
from blufio_tui.core.agent.context_size import ContextSize, full_at
from blufio_tui.core.agent.cost import Pricing, add_costs
from blufio_tui.core.agent.event_flow import arrived
from blufio_tui.core.agent.provider import ModelRequest, Provider, SystemBlock
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.reply_length import reply_tokens
from blufio_tui.core.agent.requests import Outflow, Requests
from blufio_tui.core.agent.room import Room
from blufio_tui.core.agent.sent_view import SentView
from blufio_tui.core.agent.situation import ModeNews, Situation
from blufio_tui.core.agent.steering import Addition, Additions
from blufio_tui.core.agent.subagents import Subagents, Surroundings
from blufio_tui.core.agent.tool_calls import ToolCalls
from blufio_tui.core.agent.turn import AtEnd, Turn, Visited
from blufio_tui.core.agent.windows import Windows
from blufio_tui.core.clock import Clock
from blufio_tui.core.conversation import Block, Message, Role, TextBlock
from blufio_tui.core.errors import BudgetExceeded, StorageError, UsageError
from blufio_tui.core.events import ErrorRaised, Event, NoticeRaised, TurnFinished
from blufio_tui.core.gate.model_requests import ModelRequests
from blufio_tui.core.sessions.journal import Journal
from blufio_tui.core.sessions.store import SessionStore
from blufio_tui.core.settings.schema import Settings
from blufio_tui.core.tasks import Tasks

GRACE_SECS = 10.0
"""How long an interrupted turn may take to end its tools and store what it has."""

_AT_HAND = 4

Emit = Callable[[Event], None]
Beside = tuple[Sequence[Event], Sequence[Event]]


@dataclass(slots=True)
class Running:
    """The running turn of a session."""

    task: asyncio.Task[None]
    calls: ToolCalls | None
    additions: Additions | None = None

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
    """Runs turns: one at a time per session, in any number of sessions.

    `provider` and `config` may be assigned at any time; a running turn keeps those it started with. Limits and
    budgets of `config` follow the settings.

    Attributes:
        changed_files: of these ids of calls, those of calls in any session that changed files.
        visited: called with the files that tools touched, before the next request is built.
        windows: the known context windows of models; updated with what a server says.
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
        subagents: Subagents | None = None,
        situation: Situation | None = None,
        mask: Callable[[str], str] = str,
        outflow: ModelRequests | None = None,
        settings: Callable[[], Settings] | None = None,
    ) -> None:
        """
        Args:
            settings: the settings in effect now; None if the configuration never changes.
            mask: removes keys from prompts, tool results and attached files.
        """
        self.provider = provider
        self._config = config
        self._settings = settings
        self.registry = registry
        self._store = store
        self.visited: Visited | None = None
        self.changed_files: Callable[[Sequence[str]], Collection[str]] = lambda _ids: ()
        self.windows = Windows(pricing)
        self._pricing = pricing
        self._clock = clock
        self._system = system
        self._situation = situation
        self._mask = mask
        self._outflow = outflow
        self._carried: dict[str, Carried] = {}
        self._tasks = Tasks() if tasks is None else tasks
        self._subagents = Subagents() if subagents is None else subagents
        self._subagents.surroundings = self._surroundings
        self._running: dict[str, Running] = {}
        self._sizes: dict[str, ContextSize] = {}
        self._views: dict[str, SentView] = {}

    @property
    def config(self) -> AgentConfig:
        """The configuration for a turn that starts now."""
        return self._config if self._settings is None else self._config.limited_by(self._settings())

    @config.setter
    def config(self, config: AgentConfig) -> None:
        self._config = config

    def act(self, prompt: str, *, session_id: str, attachments: Sequence[Block] = ()) -> AsyncGenerator[Event, None]:
        """Run a turn; the last event is `TurnFinished`.

        Args:
            prompt: the person's text. Empty, without attachments: continue the stored conversation.
            attachments: images and texts sent with it.

        Raises:
            UsageError: a turn is already running in this session.
        """
        return self._follow(session_id, partial(self._begin_turn, session_id, prompt, attachments), self._beside)

    def compact(self, session_id: str, wishes: str = "") -> AsyncGenerator[Event, None]:
        """Summarise the conversation now. The last event is a `TurnFinished` without requests.

        Args:
            wishes: what the summary should keep, in the person's words.

        Raises:
            UsageError: a turn is running in this session.
        """
        return self._follow(session_id, partial(self._begin_compaction, session_id, wishes), _nothing_beside)

    def interrupt(self, session_id: str = "") -> bool:
        """Stop the turn of a session ("": of all); its events end with `TurnFinished`. False if none is running."""
        chosen = [run for key, run in self._running.items() if session_id in ("", key)]
        for running in chosen:
            running.interrupt()
        return bool(chosen)

    def cancel_call(self, call_id: str) -> bool:
        """End one tool call, of the agent or of a sub-agent, and leave its turn running; False if it is not
        running."""
        own = any(running.calls.cancel(call_id) for running in self._running.values() if running.calls)
        return own or self._subagents.cancel_call(call_id)

    async def steer(self, text: str, *, session_id: str, key: str, attachments: Sequence[Block] = ()) -> bool:
        """Add something to the running turn, before its next request; a `SteeringAdded` with `key` follows.

        False if no running turn can take it; nothing was added then.
        """
        running = self._running.get(session_id)
        if running is None or running.additions is None:
            return False
        return running.additions.add(Addition(key, self._mask(text), tuple(attachments)))

    def take_back(self, session_id: str, key: str) -> bool:
        """Withdraw an addition; False if it was already sent, or never added."""
        running = self._running.get(session_id)
        return bool(running and running.additions and running.additions.take_back(key))

    async def context(self, session_id: str) -> ContextMeter:
        """How full the model's window is.

        Raises:
            StorageError: the session cannot be read.
        """
        view = self._view(session_id)
        sent = view.of(view.from_store(await self._store.messages(session_id)), self.config.result_chars)
        return await self._size(session_id).meter(self.config.model, sent)

    async def context_report(self, session_id: str) -> str:
        """What fills the window, part by part, in words. `session_id` "": before the first message.

        Raises:
            StorageError: the session cannot be read.
        """
        stored = await self._store.messages(session_id) if session_id else []
        view = self._view(session_id)
        sent = view.of(view.from_store(stored), self.config.result_chars)
        parts = context_parts(self._system(), self.registry.definitions(), sent)
        size = self._size(session_id)
        size.fixed = sum(part.tokens for part in parts) - size.estimated(sent)
        meter = await size.meter(self.config.model, sent)
        meter = meter if sent else ContextMeter(size.fixed, meter.window)
        config = self.config
        full = full_at(
            meter.window or 0, config.settings.compact_at, reply_tokens(config.model, config.settings.max_tokens)
        )
        return in_words(ContextReport(meter, fitted(parts, meter.tokens)), config.model, full)

    async def _begin_turn(self, session_id: str, prompt: str, attachments: Sequence[Block], emit: Emit) -> Running:
        self._refuse_second(session_id)
        turn = self._turn(session_id, emit)
        attached = [
            replace(one, text=self._mask(one.text)) if isinstance(one, TextBlock) else one for one in attachments
        ]
        return Running(self._tasks.start(turn.run(self._mask(prompt), attached)), turn.calls, turn.additions)

    async def _begin_compaction(self, session_id: str, wishes: str, emit: Emit) -> Running:
        self._refuse_second(session_id)
        work = self._compact(session_id, self._parts(session_id, emit), emit, wishes)
        return Running(self._tasks.start(work), None)

    async def _beside(self, _event: Event) -> Beside:
        """The events to emit before and after an event of a turn."""
        return (), ()

    async def answer_once(
        self, system: str, messages: Sequence[Message], max_tokens: int, *, session_id: str, turn_id: str, asker: str
    ) -> tuple[str, str, str]:
        """Get one reply outside the conversation, counted in the session's costs: text, model and stop reason.

        Args:
            asker: on whose behalf, for the rows of the log.

        Raises:
            BudgetExceeded: a spending limit is used up.
            ProviderError, StorageError: no reply arrived, or it cannot be counted.
            UsageError: no model is connected.
        """
        if self.provider.is_guide:
            raise UsageError("no model is connected")
        config = self.config
        if config.budget:
            state = check_budget(await self._store.spending(session_id), config.budget)
            if state.level is BudgetLevel.STOP:
                raise BudgetExceeded(state.message)
        requests = self._requests(session_id, turn_id, config, lambda _event: None, Outflow(self._outflow, asker))
        blocks = (SystemBlock(system),) if system else ()
        request = ModelRequest(config.model, blocks, (), tuple(messages), min(max_tokens, requests.max_tokens))
        try:
            reply = await requests.send(request, silent=True)
        except BaseException:
            await requests.record_lost_attempt("sampling")
            raise
        await requests.record(reply.usage, reply.model, "sampling")
        return Message(Role.ASSISTANT, reply.blocks).text, reply.model, reply.stop_reason

    def _refuse_second(self, session_id: str) -> None:
        if session_id in self._running:
            raise UsageError("A turn is running in this session. Wait for it to end, or interrupt it.")

    async def _follow(
        self,
        session_id: str,
        begin: Callable[[Emit], Awaitable[Running]],
        beside: Callable[[Event], Awaitable[Beside]],
    ) -> AsyncGenerator[Event, None]:
        """The single path of events from the turn's task to the listener."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        running = self._running[session_id] = await begin(queue.put_nowait)
        running.task.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            ended = False
            while not ended:
                events, ended = await arrived(queue)
                for event in events:
                    before, after = await beside(event)
                    for told in (*before, event, *after):
                        yield told
        finally:
            running.interrupt()
            await _settle(running.task)
            del self._running[session_id]

    def _at_end(self) -> AtEnd | None:
        """The check to run before a turn ends."""
        return None

    def _turn(self, session_id: str, emit: Emit) -> Turn:
        parts = self._parts(session_id, emit)
        journal = Journal(self._store, session_id, parts.turn_id, parts.requests.view.from_store)
        news = ModeNews(self._situation)
        calls = ToolCalls(
            session_id=session_id,
            turn_id=parts.turn_id,
            registry=self.registry,
            store=self._store,
            journal=journal,
            clock=self._clock,
            emit=emit,
            news=news.line,
            mask=self._mask,
        )
        size = self._size(session_id)
        room = Room(
            requests=parts.requests,
            compactor=parts.compactor,
            journal=journal,
            size=size,
            windows=self.windows,
            tools=self.registry.names,
            tell=lambda level, message: emit(NoticeRaised(parts.turn_id, level, message)),
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
            room=room,
            size=size,
            emit=emit,
            visited=self.visited,
            news=news,
            at_end=self._at_end(),
        )

    def _requests(self, session_id: str, turn_id: str, config: AgentConfig, emit: Emit, outflow: Outflow) -> Requests:
        return Requests(
            session_id=session_id,
            turn_id=turn_id,
            provider=self.provider,
            config=config,
            store=self._store,
            pricing=self._pricing,
            clock=self._clock,
            view=self._view(session_id),
            windows=self.windows,
            emit=emit,
            outflow=outflow,
            taken=partial(self._taken, session_id),
        )

    async def _taken(self, session_id: str, call_ids: Sequence[str]) -> set[str]:
        return {*await self._store.known_calls(session_id, call_ids), *self.changed_files(call_ids)}

    def _parts(self, session_id: str, emit: Emit) -> _Parts:
        turn_id, config = uuid4().hex, self.config
        self._let_others_rest(session_id)
        outflow = Outflow(self._outflow, carried=self._carried.setdefault(session_id, Carried()))
        requests = self._requests(session_id, turn_id, config, emit, outflow)
        compactor = Compactor(
            session_id=session_id,
            turn_id=turn_id,
            store=self._store,
            registry=self.registry,
            system=self._system,
            requests=requests,
            config=config,
            emit=emit,
        )
        return _Parts(turn_id, requests, compactor)

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            self.provider,
            self.config,
            self.registry,
            self._store,
            self._pricing,
            self._clock,
            self._system,
            self.windows,
            self._situation,
            self._mask,
            self._outflow,
        )

    def _size(self, session_id: str) -> ContextSize:
        compact_at = self.config.settings.compact_at
        size = self._sizes.setdefault(session_id, ContextSize(self.windows, compact_at))
        size.compact_at = compact_at
        return size

    def _view(self, session_id: str) -> SentView:
        return self._views.setdefault(session_id, SentView())

    def _let_others_rest(self, session_id: str) -> None:
        """Keep state that can be recomputed only for running and recently used sessions."""
        view = self._view(session_id)
        del self._views[session_id]
        self._views[session_id] = view  # the last one now
        for key in list(self._views)[:-_AT_HAND]:
            if key not in self._running:
                self._views[key].rest()
                self._size(key).rest()

    async def _compact(self, session_id: str, parts: _Parts, emit: Emit, wishes: str) -> None:
        stop_reason = "end_turn"
        try:
            if await parts.compactor.compact(wishes=wishes):
                self._size(session_id).forget()
        except asyncio.CancelledError:
            stop_reason = "interrupted"
        except StorageError as error:
            stop_reason = "error"
            emit(ErrorRaised(parts.turn_id, "storage", str(error)))
        used = parts.requests
        emit(TurnFinished(parts.turn_id, session_id, stop_reason, "", 0, used.usage, add_costs(used.costs)))


async def _nothing_beside(_event: Event) -> Beside:
    return (), ()


async def _settle(task: asyncio.Task[None]) -> None:
    """Wait for a cancelled task, even if the waiting task is cancelled as well."""
    if not task.done():
        await asyncio.wait({task}, timeout=GRACE_SECS)
