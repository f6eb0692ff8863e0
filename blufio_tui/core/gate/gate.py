"""The gate that every effect passes: prepare, decide, ask, log the decision, act, log the outcome.

Nothing happens before its decision is durable in the audit log. Mode, rules and grants are looked up for
each effect, so that a revoked grant no longer applies to the next host call of a running skill.
"""

import asyncio
import itertools
import re
import secrets
from collections.abc import Callable
from dataclasses import replace

from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import Actor, CapabilityRequest, DecidedBy, Decision, DenialCause, Target, Verdict
from blufio_tui.core.effects import CagedEffect, Effect, EffectResult, Fetch, Perform, RunCommand, UseServer, WriteFile
from blufio_tui.core.errors import CapabilityDenied, HostError, NeverRule
from blufio_tui.core.events import FlowsChanged, NoticeLevel, NoticeRaised
from blufio_tui.core.gate.approvers import AllowOnce, DenyAll
from blufio_tui.core.gate.call_budget import CallBudget
from blufio_tui.core.gate.decider import Circumstances, Decider, Ports
from blufio_tui.core.gate.effect_records import detail_after, kind_and_resource, received
from blufio_tui.core.gate.flows import SessionFlows, seen_of
from blufio_tui.core.gate.host_call import AllowedCall, HostCall, Recorder
from blufio_tui.core.gate.model_requests import ModelRequests
from blufio_tui.core.gate.ports import Approver, BlockingEffect, PreparedEffect
from blufio_tui.core.mcp.server import server_of
from blufio_tui.core.policy.denials import denial_text
from blufio_tui.core.tasks import outlasting
from blufio_tui.core.tools import CallContext

MAX_REDIRECTS = 10


__all__ = ["Circumstances", "Gate", "Ports", "new_grant_id"]


def _unchanged(text: str) -> str:
    return text


def new_grant_id() -> str:
    return "g" + secrets.token_hex(4)


class Gate:
    """
    Args:
        circumstances: read again for each effect.
        redact: removes secrets from text that is stored or shown.
        new_id: ids for grants.
        flows: what each session has read and taken in, shared by all gates of the program.
    """

    def __init__(
        self,
        ports: Ports,
        circumstances: Callable[[], Circumstances],
        *,
        redact: Callable[[str], str] = _unchanged,
        new_id: Callable[[], str] = new_grant_id,
        flows: SessionFlows | None = None,
    ) -> None:
        self._ports = ports
        self._circumstances = circumstances
        self._new_id = new_id
        self._recorder = Recorder(ports.audit, redact)
        self.model_requests = ModelRequests(self._recorder)
        self._flows = flows or SessionFlows(ports.audit)
        self._decider = Decider(ports, circumstances, new_id, self._flows)
        self._numbers = itertools.count(1)
        self._run_id = secrets.token_hex(4)

    def answered_by(self, approver: Approver) -> "Gate":
        """A gate with the same rules and records that asks someone else."""
        ports = replace(self._ports, approver=approver)
        redact, new_id = self._recorder.redact, self._new_id
        gate = Gate(ports, self._circumstances, redact=redact, new_id=new_id, flows=self._flows)
        gate._recorder = self._recorder
        return gate

    @property
    def pending(self) -> int:
        """Questions currently waiting for a person."""
        return self._decider.pending

    def bind(self, actor: Actor, context: CallContext) -> Perform:
        """The gate as one call sees it, within the limits of that call."""
        budget = CallBudget()

        async def perform(effect: Effect) -> EffectResult:
            budget.spend(kind_and_resource(effect)[1])
            try:
                return await self.perform(effect, actor, context)
            except CapabilityDenied:
                budget.denied += 1
                raise

        return perform

    async def settle(self) -> None:
        """Wait for rows that are still being written; call this before closing the database."""
        await self._recorder.settle()

    async def perform(self, effect: Effect, actor: Actor, context: CallContext) -> EffectResult:
        """Decide on an effect and perform it; each redirect is decided separately.

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
        await self._note_foreign_changes(context)
        if isinstance(effect, WriteFile):
            effect = replace(effect, call_id=context.call_id)
        call = self._begin(effect, actor, context)
        prepared = await self._prepare(call)
        request = CapabilityRequest(actor, prepared.target)
        call.kind, call.resource = request.kind, request.resource
        call.show_started()
        decision = await self._decider.decide(call, request, prepared)
        if not decision.allowed:
            await call.record_denial(request, decision)
            raise self._denied(call, decision, request.target)
        failure = await self._preflight(call, request, decision, prepared)
        work = prepared.work if failure is None and isinstance(prepared, BlockingEffect) else None
        allowed = await call.record_allowance(request, decision, work)
        self._flows.begun(context.session_id, allowed.seq)
        if failure is not None:
            allowed.record_outcome(f"error: {failure}")
            raise failure
        try:
            return await self._execute(allowed, request, prepared)
        finally:
            if isinstance(effect, RunCommand):
                await self._note_foreign_changes(context)

    async def _note_foreign_changes(self, context: CallContext) -> None:
        """Log each change of the policy files that this program did not make, and report it once."""
        for change in self._ports.foreign_changes():
            what = str(change)
            entry = AuditEntry(
                RowType.CHANGE,
                "change",
                str(change.file),
                session_id=context.session_id,
                turn_id=context.turn_id,
                call_id=context.call_id,
                rule=what,
                outcome="ok",
            )
            await self._recorder.write(entry)
            if change.is_shown:
                continue
            advice = "; /confirm shows it" if change.gains else ""
            context.emit(NoticeRaised(context.turn_id, NoticeLevel.WARNING, self._recorder.redact(what) + advice))

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
            raise self._denied(call, decision) from error
        except HostError as error:
            call.show_started()
            impossible = Decision(Verdict.DENY, DecidedBy.NEVER_RULE, f"denied: it cannot be done ({error})")
            await call.record_refusal(impossible, f"error: {error}")
            raise

    async def _preflight(
        self, call: HostCall, request: CapabilityRequest, decision: Decision, prepared: PreparedEffect
    ) -> HostError | None:
        """The failure to report once the decision is logged, if any."""
        try:
            await prepared.preflight()
        except NeverRule as error:
            await call.record_denial(request, _never(error))
            raise self._denied(call, _never(error)) from error
        except asyncio.CancelledError:
            await outlasting(self._recorder.finish(call.record_cancelled(request, decision)))
            raise
        except HostError as error:
            return error
        return None

    async def _execute(
        self, allowed: AllowedCall, request: CapabilityRequest, prepared: PreparedEffect
    ) -> EffectResult | Effect:
        call = allowed.call
        try:
            result = await prepared.execute() if allowed.result is None else allowed.result()
        except NeverRule as error:
            decision = _never(error)
            allowed.record_outcome("denied", detail=decision.rule)
            raise self._denied(call, decision) from error
        except HostError as error:
            self._note_stopped(allowed, request)
            allowed.record_outcome(f"error: {error}")
            raise
        except asyncio.CancelledError:
            self._note_stopped(allowed, request)
            allowed.record_outcome("cancelled")
            raise
        except BaseException as error:
            allowed.record_outcome(f"error: {type(error).__name__}")
            raise
        self._note_flow(allowed, request)
        if isinstance(result, EffectResult):
            call.waited += result.waited_secs
            payload = received(call.effect, result)
            allowed.record_outcome("ok", payload=payload, detail=detail_after(call.effect, result))
        else:
            allowed.record_outcome("ok", detail=_next_step(result))
        return result

    def _note_stopped(self, allowed: AllowedCall, request: CapabilityRequest) -> None:
        """Leave out how long a stopped command waited for answers, and note its flow, too: the model reads what it had
        printed."""
        effect = allowed.call.effect
        if isinstance(effect, RunCommand) and effect.inside is not None:
            allowed.call.waited += effect.inside.stood_still.secs
        if isinstance(effect, RunCommand | UseServer):
            self._note_flow(allowed, request)

    def _note_flow(self, allowed: AllowedCall, request: CapabilityRequest) -> None:
        context, now = allowed.call.context, self._circumstances()
        seen = seen_of(request, allowed.call.effect)
        before = self._flows.lamps(context.session_id)
        server, session_id = server_of(allowed.call.actor.name), context.session_id
        self._flows.note(session_id, seen, allowed.seq, context.call_id, now.places, now.flow_rules, server)
        lamps = self._flows.lamps(context.session_id)
        if lamps.lit != before.lit and now.flow_rules.guard != "off":
            context.emit(FlowsChanged(context.turn_id, context.session_id, lamps.private, lamps.foreign, lamps.out))

    def _denied(self, call: HostCall, decision: Decision, target: Target | None = None) -> CapabilityDenied:
        redact, project = call.recorder.redact, self._circumstances().places.project
        attended = not isinstance(self._ports.approver, AllowOnce | DenyAll)
        resource = redact(call.resource)
        not_free = call.effect.why if isinstance(call.effect, CagedEffect) else ""
        for_model = redact(
            denial_text(
                call.kind, resource, decision, project=project, target=target, attended=attended, not_free=not_free
            )
        )
        return CapabilityDenied(call.kind, resource, redact(_for_the_model(decision.rule)), for_model)


def _never(error: NeverRule) -> Decision:
    rule, cause = f"denied: {error}", DenialCause.NEVER_RULE
    return Decision(Verdict.DENY, DecidedBy.NEVER_RULE, rule, cause=cause, words=str(error))


def _next_step(effect: Effect) -> str:
    """Describe the follow-up of an answered effect, which is decided separately."""
    if isinstance(effect, Fetch):
        return f"redirect to {effect.url}"
    return "one part of the operation; the next is decided separately"


def _for_the_model(rule: str) -> str:
    """Replace "you", which means the person in the log, but would mean the model to the model."""
    return re.sub(r"\Adenied by you(r?)\b", lambda match: "denied by the user" + ("'s" if match[1] else ""), rule)
