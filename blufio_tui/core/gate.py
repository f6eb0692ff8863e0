"""The gate that every effect passes: prepare, decide, ask, write it down, do it, write down what came of it.

Nothing happens before its decision is durable in the audit log. Mode, rules and grants are looked up anew
for each effect, so that a revoked grant bites at the next host call of a running skill.
"""

import asyncio
import hashlib
import itertools
import secrets
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from blufio_tui.core.approval import ApprovalAnswer, ApprovalQuestion, Lifetime
from blufio_tui.core.approval_offers import grants_of
from blufio_tui.core.capability import Actor, CapabilityRequest, DecidedBy, Decision, Mode, Verdict
from blufio_tui.core.effect_records import detail_after, kind_and_resource, received
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.errors import BlufioError, CapabilityDenied, HostError
from blufio_tui.core.events import NoticeLevel, NoticeRaised
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.host_call import AllowedCall, HostCall, Recorder
from blufio_tui.core.matching import exact_pattern
from blufio_tui.core.policy import NeedsApproval, PolicyView, decide
from blufio_tui.core.ports import (
    Approver,
    AuditLog,
    Clock,
    EffectRunner,
    GrantStore,
    NeverRule,
    Perform,
    PreparedEffect,
)
from blufio_tui.core.questions import CallAllowances, Denials, OpenQuestions
from blufio_tui.core.rules import UserRule
from blufio_tui.core.tools import CallContext

MAX_REDIRECTS = 10


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the user has set, as it stands now.

    Attributes:
        timeout_secs: how long a question waits for its answer; 0 means without end.
    """

    mode: Mode
    places: Places
    rules: tuple[UserRule, ...] = ()
    timeout_secs: float = 120.0


@dataclass(frozen=True, slots=True)
class Ports:
    """What the gate works with."""

    runner: EffectRunner
    approver: Approver
    audit: AuditLog
    grants: GrantStore
    clock: Clock


def _unchanged(text: str) -> str:
    return text


def new_grant_id() -> str:
    return "g" + secrets.token_hex(4)


class Gate:
    """
    Args:
        circumstances: read anew for each effect.
        redact: takes secrets out of text that is stored or shown.
        new_id: ids for grants.
    """

    def __init__(
        self,
        ports: Ports,
        circumstances: Callable[[], Circumstances],
        *,
        redact: Callable[[str], str] = _unchanged,
        new_id: Callable[[], str] = new_grant_id,
    ) -> None:
        self._ports = ports
        self._circumstances = circumstances
        self._new_id = new_id
        self._recorder = Recorder(ports.audit, redact)
        self._questions = OpenQuestions(ports.approver)
        self._denials = Denials()
        self._allowances = CallAllowances()
        self._numbers = itertools.count(1)
        self._run_id = secrets.token_hex(4)

    @property
    def pending(self) -> int:
        """Questions that wait for a person now."""
        return len(self._questions)

    def bind(self, actor: Actor, context: CallContext) -> Perform:
        """The gate as one call sees it."""

        async def perform(effect: Effect) -> EffectResult:
            return await self.perform(effect, actor, context)

        return perform

    async def settle(self) -> None:
        """Wait for rows that are still being written; call it before the database is closed."""
        await self._recorder.settle()

    async def perform(self, effect: Effect, actor: Actor, context: CallContext) -> EffectResult:
        """Decide on an effect and do it; each redirect is decided anew.

        Raises:
            CapabilityDenied: the policy or a person said no.
            HostError: it was allowed and failed, or the audit log cannot be written.
        """
        for _ in range(MAX_REDIRECTS + 1):
            result = await self._perform_one(effect, actor, context)
            if isinstance(result, EffectResult):
                return result
            effect = result
        raise HostError(f"more than {MAX_REDIRECTS} redirects, the last one to {kind_and_resource(effect)[1]}")

    async def _perform_one(self, effect: Effect, actor: Actor, context: CallContext) -> EffectResult | Effect:
        call = self._begin(effect, actor, context)
        prepared = await self._prepare(call)
        request = CapabilityRequest(actor, prepared.target)
        call.kind, call.resource = request.kind, request.resource
        call.show_started()
        decision = await self._decide(call, request, prepared)
        if not decision.allowed:
            await call.record_denial(request, decision)
            raise _denied(call, decision)
        failure = await self._preflight(call, request, decision, prepared)
        allowed = await call.record_allowance(request, decision)
        if failure is not None:
            await allowed.record_outcome(f"error: {failure}")
            raise failure
        return await self._execute(allowed, prepared)

    def _begin(self, effect: Effect, actor: Actor, context: CallContext) -> HostCall:
        kind, resource = kind_and_resource(effect)
        clock = self._ports.clock
        number = f"{self._run_id}-{next(self._numbers)}"
        return HostCall(number, effect, actor, context, self._recorder, clock, kind, resource, clock.monotonic())

    async def _prepare(self, call: HostCall) -> PreparedEffect:
        try:
            return self._ports.runner.prepare(call.effect, call.actor)
        except NeverRule as error:
            call.show_started()
            decision = _never(error)
            await call.record_refusal(decision, "denied")
            raise _denied(call, decision) from error
        except HostError as error:
            call.show_started()
            impossible = Decision(Verdict.DENY, DecidedBy.NEVER_RULE, f"denied: it cannot be done ({error})")
            await call.record_refusal(impossible, f"error: {error}")
            raise

    async def _preflight(
        self, call: HostCall, request: CapabilityRequest, decision: Decision, prepared: PreparedEffect
    ) -> HostError | None:
        """The failure to report once the decision is written down, if there is one."""
        try:
            await prepared.preflight()
        except NeverRule as error:
            await call.record_denial(request, _never(error))
            raise _denied(call, _never(error)) from error
        except asyncio.CancelledError:
            await asyncio.shield(self._recorder.finish(call.record_cancelled(request, decision)))
            raise
        except HostError as error:
            return error
        return None

    async def _execute(self, allowed: AllowedCall, prepared: PreparedEffect) -> EffectResult | Effect:
        call = allowed.call
        try:
            result = await prepared.execute()
        except NeverRule as error:
            decision = _never(error)
            await allowed.record_outcome("denied", detail=decision.rule)
            raise _denied(call, decision) from error
        except HostError as error:
            await allowed.record_outcome(f"error: {error}")
            raise
        except asyncio.CancelledError:
            await allowed.record_outcome("cancelled")
            raise
        except BaseException as error:
            await allowed.record_outcome(f"error: {type(error).__name__}")
            raise
        if isinstance(result, EffectResult):
            payload = received(call.effect, result)
            await allowed.record_outcome("ok", payload=payload, detail=detail_after(call.effect, result))
        else:
            await allowed.record_outcome("ok", detail=f"redirect to {kind_and_resource(result)[1]}")
        return result

    # ── deciding ───────────────────────────────────────────────────────────────────────────────────

    async def _decide(self, call: HostCall, request: CapabilityRequest, prepared: PreparedEffect) -> Decision:
        answer = self._look_up(request, call.context)
        if isinstance(answer, Decision):
            return answer
        preview = prepared.describe()
        same_effect = _identity(request, preview)
        if self._allowances.holds(call.context.call_id, same_effect):
            return Decision(Verdict.ALLOW, DecidedBy.USER, "allowed by you for this call")
        thing = (call.context.session_id, request.actor.name, request.kind, exact_pattern(request))
        if reason := self._denials.enough(thing, call.context.call_id):
            return Decision(Verdict.DENY, DecidedBy.USER, f"denied: {reason}")
        question = self._question(request, call.context, answer, preview)
        call.show_started(asking=True)
        reply, was_shown = await self._ask(call, request, same_effect, question)
        if reply is not None and reply.verdict is Verdict.ALLOW:
            self._denials.forget(thing)
            return await self._accept(call, request, reply, same_effect, store=was_shown)
        if was_shown:
            self._denials.count(thing, call.context.call_id)
            await self._store(call, request, reply)
        return _refusal(reply, question)

    def _look_up(self, request: CapabilityRequest, context: CallContext) -> Decision | NeedsApproval:
        circumstances = self._circumstances()
        grants = self._ports.grants
        view = PolicyView(
            mode=circumstances.mode,
            places=circumstances.places,
            now=self._ports.clock.now(),
            session_id=context.session_id,
            rules=circumstances.rules,
            grants=grants.grants(),
            blocked=grants.blocked,
        )
        return decide(request, view)

    def _question(
        self, request: CapabilityRequest, context: CallContext, needed: NeedsApproval, preview: str
    ) -> ApprovalQuestion:
        return ApprovalQuestion(
            question_id=f"q{self._run_id}-{next(self._numbers)}",
            call_id=context.call_id,
            request=request,
            why=needed.why,
            declared=needed.declared,
            preview=preview,
            offers=needed.offers,
            timeout_secs=self._circumstances().timeout_secs,
        )

    async def _ask(
        self, call: HostCall, request: CapabilityRequest, same_effect: Hashable, question: ApprovalQuestion
    ) -> tuple[ApprovalAnswer | None, bool]:
        asked = self._ports.clock.monotonic()
        try:
            return await self._questions.ask((call.context.session_id, same_effect), question)
        except asyncio.CancelledError:
            withdrawn = Decision(Verdict.DENY, DecidedBy.USER, "denied: cancelled while it was being asked about")
            await asyncio.shield(self._recorder.finish(call.record_denial(request, withdrawn, "cancelled")))
            raise
        finally:
            call.waited += self._ports.clock.monotonic() - asked

    async def _accept(
        self, call: HostCall, request: CapabilityRequest, reply: ApprovalAnswer, same_effect: Hashable, *, store: bool
    ) -> Decision:
        """Allowed by the person, unless something that outranks them changed while they were thinking."""
        now = self._look_up(request, call.context)
        if isinstance(now, Decision) and not now.allowed:
            return now
        self._allowances.add(call.context.call_id, same_effect)
        if store:
            await self._store(call, request, reply)
        stored = "for this call" if reply.offer is None or reply.offer.lifetime is Lifetime.CALL else reply.offer.stores
        return Decision(Verdict.ALLOW, reply.decided_by, f"allowed by you: {stored}")

    async def _store(self, call: HostCall, request: CapabilityRequest, reply: ApprovalAnswer | None) -> None:
        if reply is None:
            return
        now, session_id = self._ports.clock.now(), call.context.session_id
        for grant in grants_of(reply, request, session_id=session_id, now=now, new_id=self._new_id):
            if self._recorder.redact(grant.pattern) != grant.pattern:
                self._warn(call, "it holds a secret, which must not be written to grants.toml")
                continue
            try:
                await self._ports.grants.add(grant)
            except BlufioError as error:
                self._warn(call, str(error))

    def _warn(self, call: HostCall, reason: str) -> None:
        message = f"your answer holds for this call but was not stored: {reason}"
        call.context.emit(NoticeRaised(call.context.turn_id, NoticeLevel.WARNING, message))


def _identity(request: CapabilityRequest, preview: str) -> Hashable:
    """Two effects are the same for a person only if they look the same to the last byte."""
    actor = request.actor
    digest = hashlib.sha256(preview.encode("utf-8", "surrogatepass")).digest()
    return (actor.kind, actor.name, actor.content_hash, request.kind, request.resource, digest)


def _never(error: NeverRule) -> Decision:
    return Decision(Verdict.DENY, DecidedBy.NEVER_RULE, f"denied: {error}")


def _denied(call: HostCall, decision: Decision) -> CapabilityDenied:
    return CapabilityDenied(call.kind, call.recorder.redact(call.resource), call.recorder.redact(decision.rule))


def _refusal(reply: ApprovalAnswer | None, question: ApprovalQuestion) -> Decision:
    if reply is None:
        rule = f"denied: nobody answered within {question.timeout_secs:g} s; {question.why}"
        return Decision(Verdict.DENY, DecidedBy.TIMEOUT, rule)
    if reply.decided_by is DecidedBy.MODE:
        return Decision(Verdict.DENY, DecidedBy.MODE, f"denied: {reply.reason or question.why}")
    because = f": {reply.reason}" if reply.reason else f"; {question.why}"
    return Decision(Verdict.DENY, DecidedBy.USER, f"denied by you{because}")
