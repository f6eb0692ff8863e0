"""One effect on its way through the gate: its events, and the rows it leaves in the audit log."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NoReturn, TypeVar

from blufio_tui.core.acting import Acting
from blufio_tui.core.audit.log import BegunAuditLog
from blufio_tui.core.audit.rows import AuditEntry
from blufio_tui.core.capability import Actor, CapabilityRequest, DecidedBy, Decision, Kind, Verdict
from blufio_tui.core.clock import Clock
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.errors import HostError, StorageError
from blufio_tui.core.events import HostCallFinished, HostCallStarted
from blufio_tui.core.gate.effect_records import NOTHING, Payload, decision_entry, outcome_entry, refusal_entry
from blufio_tui.core.tasks import outlasting
from blufio_tui.core.tools import CallContext

T = TypeVar("T")
_PATIENCE_SECS = 0.005
"""How long an outcome waits for a decision to go with, so that one host call after another costs one commit each."""


class Recorder:
    """Writes rows without secrets, and finishes a write even if its caller is cancelled."""

    def __init__(self, audit: BegunAuditLog, redact: Callable[[str], str]) -> None:
        self._audit = audit
        self.redact = redact
        self._unfinished: set[asyncio.Future[Any]] = set()
        self._later: list[AuditEntry] = []
        self._flush: asyncio.TimerHandle | None = None

    async def write(self, entry: AuditEntry) -> int:
        """Write a row, together with all deferred ones; durable when it returns.

        Raises:
            HostError: the log cannot be written.
        """
        return await self.durable(self.begin(entry))

    def begin(self, entry: AuditEntry) -> "asyncio.Future[list[int]]":
        """As `write`, to be waited for with `durable`; it goes on when the one who waits is cancelled."""
        return self._begin([self._redacted(entry)])

    async def durable(self, writing: "asyncio.Future[list[int]]") -> int:
        """The number of the row that was begun, once it is durable; raises as `write`."""
        try:
            if not writing.done():
                await outlasting(writing)
            return writing.result()[-1]
        except StorageError as error:
            raise HostError(f"the audit log cannot be written: {error}") from error

    def begin_acting(self, entry: AuditEntry, work: Callable[[], T]) -> Acting[list[int], T]:
        """As `begin`, and `work` once the row is durable."""
        earlier, self._later = self._later, []
        acting = self._audit.begin_acting([*earlier, self._redacted(entry)], work)
        self._watch(acting.durable, earlier)
        return acting

    def _begin(self, entries: list[AuditEntry]) -> "asyncio.Future[list[int]]":
        earlier, self._later = self._later, []
        try:
            writing = self._audit.begin_append([*earlier, *entries])
        except StorageError as error:
            writing = asyncio.get_running_loop().create_future()
            writing.set_exception(error)
        self._watch(writing, earlier)
        return writing

    def _watch(self, writing: "asyncio.Future[list[int]]", earlier: list[AuditEntry]) -> None:
        self._unfinished.add(writing)
        writing.add_done_callback(partial(self._begun_ended, earlier))

    def _begun_ended(self, earlier: list[AuditEntry], writing: "asyncio.Future[list[int]]") -> None:
        self._unfinished.discard(writing)
        if writing.cancelled() or writing.exception() is not None:
            self._later = earlier + self._later

    def write_later(self, entry: AuditEntry) -> None:
        """Defer a row about a past event: it is written with the next decision, or alone after a moment.

        If it cannot be written it is kept, and no other effect is allowed until it is written.
        """
        self._later.append(self._redacted(entry))
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(_PATIENCE_SECS, self._write_left)

    def _write_left(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        if self._later:
            self._begin([])

    def finish(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Run to the end even if the caller is cancelled."""
        task = asyncio.create_task(work)
        self._unfinished.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: "asyncio.Future[Any]") -> None:
        """Retrieve the error, so that asyncio does not print it; the missing row shows the failure."""
        self._unfinished.discard(task)
        if not task.cancelled():
            task.exception()

    async def settle(self) -> None:
        """Wait until every row that was begun is written, as far as the log can be written."""
        self._write_left()
        while self._unfinished:
            await asyncio.gather(*self._unfinished, return_exceptions=True)
            if self._flush is not None:  # what was waited for left a row for later
                self._write_left()

    def _redacted(self, entry: AuditEntry) -> AuditEntry:
        told = entry.resource, entry.rule, entry.outcome, entry.detail
        resource, rule, outcome, detail = redacted = tuple(map(self.redact, told))
        if redacted == told:
            return entry
        return replace(entry, resource=resource, rule=rule, outcome=outcome, detail=detail)


@dataclass(slots=True)
class HostCall:
    """One effect of one call. `begun` is the monotonic time at which it was asked for, for the events' duration."""

    host_call_id: str
    effect: Effect
    actor: Actor
    context: CallContext
    recorder: Recorder
    clock: Clock
    kind: Kind
    resource: str
    begun: float = 0.0
    waited: float = 0.0

    def show_started(self, *, asking: bool = False) -> None:
        self.context.emit(
            HostCallStarted(
                self.context.turn_id,
                self.context.call_id,
                self.host_call_id,
                self.kind,
                self.recorder.redact(self.resource),
                asking,
            )
        )

    def show_finished(self, decision: Decision, outcome: str, seq: int, bytes_moved: int = 0) -> None:
        redact = self.recorder.redact
        self.context.emit(
            HostCallFinished(
                turn_id=self.context.turn_id,
                call_id=self.context.call_id,
                host_call_id=self.host_call_id,
                kind=self.kind,
                resource=redact(self.resource),
                decision=decision.verdict,
                decided_by=decision.decided_by,
                rule=redact(decision.rule),
                outcome=redact(outcome),
                duration_ms=self.duration_ms(),
                seq=seq,
                bytes_moved=bytes_moved,
            )
        )

    def duration_ms(self) -> float:
        """Time spent on the effect, without the time a person took to answer."""
        return max(0.0, (self.clock.monotonic() - self.begun - self.waited) * 1000)

    async def record_refusal(self, decision: Decision, outcome: str) -> None:
        """The row of an effect that got no canonical target."""
        entry = refusal_entry(self.effect, self.actor, decision, self.context, self.host_call_id, outcome)
        await self._finish(self._record_and_show(entry, decision, outcome))

    async def record_denial(self, request: CapabilityRequest, decision: Decision, outcome: str = "denied") -> None:
        entry = decision_entry(request, decision, self.effect, self.context, self.host_call_id)
        await self._finish(self._record_and_show(replace(entry, outcome=outcome), decision, outcome))

    async def record_cancelled(self, request: CapabilityRequest, decision: Decision) -> None:
        """Allowed, and cancelled before it began."""
        allowed = await self.record_allowance(request, decision)
        allowed.record_outcome("cancelled", detail="before it began")

    async def record_allowance(
        self, request: CapabilityRequest, decision: Decision, work: Callable[[], EffectResult] | None = None
    ) -> "AllowedCall":
        """The row that must be durable before the effect.

        Args:
            work: the effect itself, if it is to follow at once.

        Raises:
            HostError: it cannot be written; then nothing may happen.
        """
        entry = decision_entry(request, decision, self.effect, self.context, self.host_call_id)
        acting = self.recorder.begin_acting(entry, work) if work is not None else None
        writing = acting.durable if acting is not None else self.recorder.begin(entry)
        try:
            if acting is not None:
                await acting.done
            seq = await self.recorder.durable(writing)
        except asyncio.CancelledError as error:
            if acting is not None and not acting.withdraw():
                return AllowedCall(self, decision, entry, _row_of(acting), partial(_raise, error))
            self.recorder.finish(self._close_unstarted(writing, decision, entry))
            raise
        except HostError as error:
            unwritten = Decision(Verdict.DENY, DecidedBy.NEVER_RULE, f"denied: {error}")
            self.show_finished(unwritten, f"error: {error}", 0)
            raise
        return AllowedCall(self, decision, entry, seq, acting.result if acting is not None else None)

    async def _finish(self, work: Coroutine[Any, Any, None]) -> None:
        await outlasting(self.recorder.finish(work))

    async def _record_and_show(self, entry: AuditEntry, decision: Decision, outcome: str) -> None:
        """Record a decision and show it. A denial stands even if it cannot be recorded."""
        try:
            seq = await self.recorder.write(entry)
        except HostError as error:
            self.show_finished(decision, f"{outcome} ({error})", 0)
        else:
            self.show_finished(decision, outcome, seq)

    async def _close_unstarted(
        self, writing: "asyncio.Future[list[int]]", decision: Decision, entry: AuditEntry
    ) -> None:
        """Record that the call was cancelled while its decision was being written, so that nothing happened."""
        seq = await self.recorder.durable(writing)
        AllowedCall(self, decision, entry, seq).record_outcome("cancelled", detail="before it began")


@dataclass(slots=True)
class AllowedCall:
    """A host call whose decision row is durable.

    Attributes:
        result: of an effect that followed on the row: returns or raises what that did. None if it is still to be done.
    """

    call: HostCall
    decision: Decision
    entry: AuditEntry
    seq: int
    result: Callable[[], EffectResult] | None = None

    def record_outcome(self, outcome: str, *, payload: Payload = NOTHING, detail: str = "") -> None:
        """Hand the outcome to the log and show it, without waiting until it is durable."""
        duration = self.call.duration_ms()
        entry = outcome_entry(self.entry, self.seq, outcome, duration_ms=duration, payload=payload, detail=detail)
        self.call.recorder.write_later(entry)
        self.call.show_finished(self.decision, outcome, self.seq, payload.size)


def _row_of(acting: Acting[list[int], Any]) -> int:
    assert acting.written is not None, "the work begins only behind the row"
    return acting.written[-1]


def _raise(error: BaseException) -> NoReturn:
    raise error
