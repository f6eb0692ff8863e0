"""Run the tool calls of one reply in order, and turn every ending into a result."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from blufio_tui.core.agent.call_order import OrderedCall, broken_by, change_of, not_run, waves
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.repeats import RepeatGuard
from blufio_tui.core.agent.waits import Waits
from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.clock import Clock
from blufio_tui.core.conversation import TokenUsage, ToolResultBlock, ToolUseBlock
from blufio_tui.core.errors import BlufioError, ErrorKind
from blufio_tui.core.events import (
    ErrorInfo,
    Event,
    HostCallFinished,
    NestedEvent,
    ToolCallFinished,
    ToolCallStarted,
    ToolOutputDelta,
    TurnFinished,
    shown_logs,
)
from blufio_tui.core.manifest.schema import input_problem
from blufio_tui.core.sessions.journal import Journal
from blufio_tui.core.sessions.records import ToolCallRecord
from blufio_tui.core.sessions.store import SessionStore
from blufio_tui.core.shell.output import Ends, plain
from blufio_tui.core.tasks import begin
from blufio_tui.core.text.advice import unknown_tool, wrong_input
from blufio_tui.core.text.display import visible
from blufio_tui.core.text.unicode import well_formed
from blufio_tui.core.tools import CallContext, Tool, ToolOutcome

log = logging.getLogger(__name__)

_FILES = frozenset({Kind.FS_READ, Kind.FS_WRITE})
_SHOWN_PRINTED = 8_000
"""Characters of what an interrupted call had printed that the model reads."""

GRACE_SECS = 5.0
"""How long a cancelled tool may take to end."""


@dataclass(frozen=True, slots=True)
class Inside:
    """The sub-agent that makes calls.

    Attributes:
        name: such as `task 2`.
        call_id: the call that started it.
    """

    name: str = ""
    call_id: str = ""


NOT_INSIDE = Inside()
"""For the calls of the agent itself, and of the person."""


@dataclass(slots=True)
class _Call:
    """One running call. `task` is set only while the tool itself runs, since only then can it be cancelled. `acted`: an
    effect of this call, or of a sub-agent in it, was allowed."""

    block: ToolUseBlock
    created: float
    started: float
    host_calls: list[HostCallFinished] = field(default_factory=list)
    acted: bool = False
    task: asyncio.Task[ToolOutcome] | None = None
    cancelled_by_user: bool = False
    printed: Ends = field(default_factory=lambda: Ends(_SHOWN_PRINTED))
    waits: Waits = field(default_factory=Waits)


class ToolCalls:
    """The calls of one turn. Every call that starts ends with exactly one stored result.

    Attributes:
        inside_usage, inside_costs: what the sub-agents of the turn have used.
    """

    def __init__(
        self,
        *,
        session_id: str,
        turn_id: str,
        registry: ToolRegistry,
        store: SessionStore,
        journal: Journal,
        clock: Clock,
        emit: Callable[[Event], None],
        inside: Inside = NOT_INSIDE,
        news: Callable[[], str] = str,
        mask: Callable[[str], str] = str,
    ) -> None:
        """
        Args:
            news: a line to put before the next result, "" for none.
            mask: removes from a result what must not be sent to a model.
        """
        self._news = news
        self._mask = mask
        self._session_id = session_id
        self._turn_id = turn_id
        self._registry = registry
        self._store = store
        self._journal = journal
        self._clock = clock
        self._emit = emit
        self._inside = inside
        self.inside_usage = TokenUsage()
        self.inside_costs: list[float | None] = []
        self._running: dict[str, _Call] = {}
        self._stopping = False
        self._given_up = False
        self._repeats = RepeatGuard()
        self._touched: dict[str, None] = {}

    @property
    def stuck(self) -> str:
        """Why the turn should end because the model goes in circles; "" if it does not."""
        return self._repeats.stuck

    def touched(self) -> tuple[str, ...]:
        """Canonical paths that calls were allowed to access since this was last called."""
        paths, self._touched = tuple(self._touched), {}
        return paths

    async def run(self, blocks: Sequence[ToolUseBlock], *, refused: str = "") -> None:
        """Run the calls and return once each has its result. With `refused`, none is run, and that is their result.

        Calls that only read run in parallel. One that may change something waits for all before it, and those after it
        wait for it. If a change did not happen, no later change is run.

        Raises:
            StorageError: a result could not be stored.
        """
        waiting = [
            OrderedCall(number, block, change_of(self._registry.get(block.name), block))
            for number, block in enumerate(blocks, start=1)
        ]
        broken = ""
        self._repeats.next_reply()
        for wave in list(waves(waiting)):
            del waiting[: len(wave)]
            instead = [_instead(call, refused, broken) for call in wave]
            outcomes = await self._run_wave(wave, instead, waiting)
            broken = broken or broken_by(wave, outcomes)

    async def _run_wave(
        self, wave: Sequence[OrderedCall], instead: Sequence[ToolOutcome | None], waiting: Sequence[OrderedCall]
    ) -> list[ToolOutcome]:
        calls = [begin(self._run_one(call.block, outcome)) for call, outcome in zip(wave, instead, strict=True)]
        try:
            await asyncio.wait(calls)
        except asyncio.CancelledError:
            self._stop()
            # Calls that have not had their turn get a result that says so, in place of "it may have happened".
            unborn = not_run("the user interrupted the turn before this call began")
            calls += [asyncio.create_task(self._run_one(call.block, unborn)) for call in waiting]
            await asyncio.wait(calls, timeout=GRACE_SECS)
            # A tool that does not let go gets the result of an interrupted call; what it returns later is nobody's.
            self._given_up = True
            raise
        return [call.result() for call in calls]

    def cancel(self, call_id: str) -> bool:
        """End one call; False if it is not running."""
        call = self._running.get(call_id)
        if call is None or call.task is None:
            return False
        call.cancelled_by_user = True
        return call.task.cancel()

    def _stop(self) -> None:
        self._stopping = True
        for call in self._running.values():
            if call.task is not None:
                call.task.cancel()

    async def _run_one(self, block: ToolUseBlock, instead: ToolOutcome | None) -> ToolOutcome:
        """Run a call, or give it the outcome `instead`."""
        call = _Call(block, self._clock.now(), self._clock.monotonic())
        self._running[block.id] = call
        try:
            self._emit(ToolCallStarted(self._turn_id, block.id, block.name, block.input))
            await self._store.record_tool_call(self._record(call))
            outcome = instead or await self._outcome(call)
            await self._finish(call, outcome)
            return outcome
        finally:
            del self._running[block.id]

    async def _outcome(self, call: _Call) -> ToolOutcome:
        tool = self._registry.get(call.block.name)
        problem = self._problem(call.block, tool)
        if problem or tool is None:
            return _error(problem)
        if problem := await input_problem(tool.input_schema, call.block.input):
            return _error(wrong_input(call.block.name, tool.input_schema, call.block.input, problem))
        if self._stopping:
            return _cancelled(call)
        return await self._invoke(call, tool)

    def _problem(self, block: ToolUseBlock, tool: Tool | None) -> str:
        if tool is None:
            beyond = [one.name for one in self._registry.unoffered()]
            known = [name for name in self._registry.names() if name not in beyond]
            return unknown_tool(block.name, known, beyond)
        return block.invalid or self._registry.refusal(block.name)

    async def _invoke(self, call: _Call, tool: Tool) -> ToolOutcome:
        """Run the tool in its own task, so that cancelling it never cancels the storing of its result."""
        context = CallContext(
            self._session_id,
            self._turn_id,
            call.block.id,
            lambda event: self._pass_on(call, event),
            self._inside.name,
        )
        call.task = asyncio.ensure_future(tool.invoke(call.block.input, context))
        try:
            return await call.task
        except asyncio.CancelledError:
            return _cancelled(call)
        except BlufioError as error:
            return _error(str(error))
        except Exception as error:
            log.exception("tool %s failed unexpectedly", call.block.name)
            return _error(f"{call.block.name} failed unexpectedly: {type(error).__name__}: {error}")
        finally:
            call.task = None

    def _milliseconds(self, call: _Call) -> float:
        return 1000 * (self._clock.monotonic() - call.started)

    def _now(self, call: _Call) -> float:
        """In seconds since the epoch, as if nobody had set the clock since the call began."""
        return call.created + self._milliseconds(call) / 1000

    def _pass_on(self, call: _Call, event: Event) -> None:
        call.waits.take(event, self._now(call))
        if isinstance(event, HostCallFinished):
            call.host_calls.append(event)
            if event.decision is Verdict.ALLOW and event.kind in _FILES:
                self._touched[event.resource] = None
        inner = event.event if isinstance(event, NestedEvent) else event
        if isinstance(inner, TurnFinished):
            self.inside_usage += inner.usage
            self.inside_costs.append(inner.cost_usd)
        if isinstance(inner, HostCallFinished):
            call.acted = call.acted or inner.decision is Verdict.ALLOW
        if isinstance(event, ToolOutputDelta):
            call.printed.add(plain(event.text))
        self._emit(event)

    async def _finish(self, call: _Call, outcome: ToolOutcome) -> None:
        if self._given_up:
            log.warning("tool %s ended long after it was cancelled", call.block.name)
            return
        content = self._mask(_as_read(outcome))
        changed = not outcome.is_error and bool(change_of(self._registry.get(call.block.name), call.block))
        content = self._news() + content + self._repeats.note(call.block, content, changed=changed)
        await self._journal.add_result(ToolResultBlock(call.block.id, content, outcome.is_error, outcome.images))
        milliseconds = self._milliseconds(call)
        await self._store.record_tool_call(self._record(call, outcome, milliseconds, content))
        self._emit(
            ToolCallFinished(
                self._turn_id,
                call.block.id,
                outcome.is_error,
                content,
                outcome.usage,
                milliseconds,
                outcome.logs,
                outcome.error,
                outcome.logs_dropped,
            )
        )

    def _record(
        self, call: _Call, outcome: ToolOutcome | None = None, milliseconds: float = 0.0, content: str = ""
    ) -> ToolCallRecord:
        block = call.block
        done = outcome or ToolOutcome("")
        return ToolCallRecord(
            session_id=self._session_id,
            turn_id=self._turn_id,
            call_id=block.id,
            tool=block.name,
            input=block.input,
            created=call.created,
            finished=outcome is not None,
            content=content,
            is_error=done.is_error,
            error=done.error,
            usage=done.usage,
            logs=shown_logs(done.logs, done.logs_dropped),
            duration_ms=milliseconds,
            host_calls=tuple(call.host_calls),
            parent_call_id=self._inside.call_id,
            waits=call.waits.until(self._now(call)),
        )


def _instead(call: OrderedCall, refused: str, broken: str) -> ToolOutcome | None:
    """The outcome of a call that must not run; None if it may run."""
    if refused:
        return _error(refused)
    return not_run(broken) if broken and call.change else None


def _as_read(outcome: ToolOutcome) -> str:
    """The result for the model, with hidden, reordering and control characters escaped."""
    return visible(well_formed(outcome.for_model or outcome.content))


def _error(message: str) -> ToolOutcome:
    return ToolOutcome(message, is_error=True)


def _cancelled(call: _Call) -> ToolOutcome:
    """The result of a cancelled call; it says whether the call had already acted."""
    message = "cancelled by the user" if call.cancelled_by_user else "interrupted by the user"
    acted = call.acted or call.printed.total > 0
    message += " before it finished" if acted else " before it did anything"
    said = f"{message}. It had printed:\n{_printed(call.printed)}" if call.printed.total else ""
    return ToolOutcome(message, is_error=True, error=ErrorInfo(ErrorKind.CANCELLED, message), for_model=said)


def _printed(printed: Ends) -> str:
    if not printed.is_cut:
        return printed.head() + printed.tail()
    left_out = printed.total - len(printed.head()) - len(printed.tail())
    return f"{printed.head()}\n[… {left_out:,} characters are left out here and not kept …]\n{printed.tail()}"
