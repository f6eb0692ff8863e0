"""Decides on an effect: the policy first, then the person, whose answer may be stored."""

import asyncio
import hashlib
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from posixpath import dirname
from typing import TypeVar

from blufio_tui.core.audit.log import BegunAuditLog
from blufio_tui.core.capability import (
    CapabilityRequest,
    DecidedBy,
    Decision,
    DenialCause,
    FileTarget,
    Kind,
    Mode,
    Verdict,
)
from blufio_tui.core.clock import Clock
from blufio_tui.core.effects import CagedEffect
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.events import NoticeLevel, NoticeRaised
from blufio_tui.core.flows.marks import FlowRules
from blufio_tui.core.gate.flows import SessionFlows, seen_of
from blufio_tui.core.gate.host_call import HostCall
from blufio_tui.core.gate.ports import Approver, EffectRunner, PreparedEffect
from blufio_tui.core.gate.questions import CallAllowances, Nagging, OpenQuestions, Place, Queues, Waiting
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.mcp.server import server_of
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime
from blufio_tui.core.policy.approval_offers import grants_of
from blufio_tui.core.policy.decide import NeedsApproval, PolicyView, decide
from blufio_tui.core.policy.fast_yes import FastYes
from blufio_tui.core.policy.foreign_changes import ForeignChange
from blufio_tui.core.policy.grant_store import GrantStore
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.matching import exact_pattern
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.tasks import outlasting
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.tools import CallContext

_T = TypeVar("_T")
_HELD = "another program changed grants.toml: until you confirm what it says, later calls ask again; /confirm shows it"
_PERSON = {
    Lifetime.SESSION: DenialCause.PERSON_FOR_SESSION,
    Lifetime.FOREVER: DenialCause.PERSON_FOR_GOOD,
}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The user's settings at this moment.

    Attributes:
        timeout_secs: how long a question waits for its answer; 0 means forever.
        mode_chosen: as `PolicyView.mode_chosen`.
        flow_rules: what counts as private, as foreign and as the person's own.
    """

    mode: Mode
    places: Places
    rules: tuple[UserRule, ...] = ()
    timeout_secs: float = 120.0
    mode_chosen: bool = True
    flow_rules: FlowRules = FlowRules()


@dataclass(frozen=True, slots=True)
class Ports:
    """What the gate works with.

    Attributes:
        foreign_changes: changes by other programs to the policy files since the last call.
    """

    runner: EffectRunner
    approver: Approver
    audit: BegunAuditLog
    grants: GrantStore
    clock: Clock
    foreign_changes: Callable[[], Sequence[ForeignChange]] = tuple


class Decider:
    """Looks up mode, rules and grants again for each effect.

    Args:
        circumstances: the user's current settings.
        new_id: ids for grants.

    Attributes:
        flows: what each session has read and taken in.
    """

    def __init__(
        self,
        ports: Ports,
        circumstances: Callable[[], Circumstances],
        new_id: Callable[[], str],
        flows: SessionFlows,
    ) -> None:
        self.flows = flows
        self._ports = ports
        self._circumstances = circumstances
        self._new_id = new_id
        self._questions = OpenQuestions(ports.approver)
        self._queues = Queues()
        self._nagging = Nagging()
        self._room = Waiting()
        self._allowances = CallAllowances()
        self._fast_yes = FastYes()
        self._numbers = itertools.count(1)

    @property
    def pending(self) -> int:
        """Questions currently waiting for a person."""
        return len(self._questions)

    async def decide(self, call: HostCall, request: CapabilityRequest, prepared: PreparedEffect) -> Decision:
        flow, answer = await self._answer(call, request)
        if isinstance(answer, Decision):
            return answer
        async with self._one_by_one(call, request) as waited:
            if waited:
                flow, answer = await self._answer(call, request)  # the answer before may have covered this as well
            if isinstance(answer, Decision):
                return answer
            preview = prepared.describe()
            async with self._within_limits(call, request, preview) as waited:
                if waited:
                    flow, answer = await self._answer(call, request)
                if isinstance(answer, Decision):
                    return answer
                return await self._by_asking(call, request, preview, answer, flow)

    async def _answer(self, call: HostCall, request: CapabilityRequest) -> tuple[str, Decision | NeedsApproval]:
        flow = await self._flow(call, request)
        return flow, self._look_up(request, call.context, flow)

    @asynccontextmanager
    async def _one_by_one(self, call: HostCall, request: CapabilityRequest) -> AsyncIterator[bool]:
        """Ask concurrent questions of one call about one folder one at a time; whether this one had to wait.

        So an answer about the folder answers all of them, and only one such card is shown.
        """
        group = _group(call, request)
        waited = group is not None and await self._waited(call, request, self._queues.enter(group))
        try:
            yield waited
        finally:
            if group is not None:
                self._queues.leave(group)

    @asynccontextmanager
    async def _within_limits(self, call: HostCall, request: CapabilityRequest, preview: str) -> AsyncIterator[bool]:
        """Open no more questions at once than may be denied; whether this one had to wait.

        A question that shares one that is open already need not wait.
        """
        thing, place = _thing(call, request), _place(call.context)
        shared = _shared(call, _identity(request, preview))
        is_so = lambda: shared in self._questions or self._nagging.has_room(thing, place)  # noqa: E731
        waited = await self._waited(call, request, self._room.until(is_so))
        self._nagging.open(thing, place)
        try:
            yield waited
        finally:
            self._nagging.close(thing, place)
            self._room.changed()

    async def _waited(self, call: HostCall, request: CapabilityRequest, turn: Awaitable[_T]) -> _T:
        """What `turn` gives; count the time as time that the call waited for a person."""
        begun = self._ports.clock.monotonic()
        try:
            try:
                return await turn
            finally:
                call.waited += self._ports.clock.monotonic() - begun
        except asyncio.CancelledError:
            await self._record_withdrawn(call, request)
            raise

    async def _by_asking(
        self, call: HostCall, request: CapabilityRequest, preview: str, answer: NeedsApproval, flow: str
    ) -> Decision:
        place, same_effect = _place(call.context), _identity(request, preview)
        if self._allowances.holds(place, same_effect):
            return Decision(Verdict.ALLOW, DecidedBy.USER, "allowed by you for this call")
        thing = _thing(call, request)
        if refused := self._nagging.enough(thing, place):
            return refused
        self._nagging.count_question(place)
        more = self._queues.behind(_group(call, request))
        question = self._question(request, call, answer, preview)
        if more:
            waits = f"{plural(more, 'more question')} about this folder {'is' if more == 1 else 'are'} waiting"
            question = replace(question, why=f"{question.why}; {waits}")
        call.show_started(asking=True)
        asked = self._ports.clock.monotonic()
        reply, was_shown = await self._ask(call, request, same_effect, question)
        if was_shown:
            self._note_speed(call, question, reply, self._ports.clock.monotonic() - asked)
        if reply is not None and reply.verdict is Verdict.ALLOW:
            self._nagging.forget(thing)
            call.show_started()  # it no longer waits for a person, and may take long from here on
            return await self._accept(call, request, reply, same_effect, flow, store=was_shown)
        if was_shown:
            by_person = reply is not None and reply.decided_by is DecidedBy.USER
            self._nagging.count_denial(thing, place, by_person=by_person)
            if reply is not None:
                await self._store(call, request, reply)
        return _refusal(reply, question)

    def _note_speed(
        self, call: HostCall, question: ApprovalQuestion, reply: ApprovalAnswer | None, seconds: float
    ) -> None:
        if reply is not None and reply.decided_by is not DecidedBy.USER:
            return
        context, places = call.context, self._circumstances().places
        if told := self._fast_yes.answered(context.session_id, question, reply, seconds, places):
            context.emit(NoticeRaised(context.turn_id, NoticeLevel.INFO, told))

    async def _flow(self, call: HostCall, request: CapabilityRequest) -> str:
        """Why this effect would complete a flow, or "".

        Raises:
            HostError: what the session has read so far cannot be looked up.
        """
        now = self._circumstances()
        seen = seen_of(request, call.effect)
        server = server_of(request.actor.name)
        return await self.flows.chain(call.context.session_id, seen, now.places, now.flow_rules, server)

    def _look_up(self, request: CapabilityRequest, context: CallContext, flow: str) -> Decision | NeedsApproval:
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
            mode_chosen=circumstances.mode_chosen,
            flow=flow,
            flow_guard=circumstances.flow_rules.guard,
            hook_asks=_hook_asks(context, request),
        )
        return decide(request, view)

    def _question(
        self, request: CapabilityRequest, call: HostCall, needed: NeedsApproval, preview: str
    ) -> ApprovalQuestion:
        context, effect = call.context, call.effect
        return ApprovalQuestion(
            question_id=f"q{next(self._numbers)}-{secrets.token_hex(4)}",
            call_id=context.call_id,
            request=request,
            why=needed.why,
            declared=needed.declared,
            preview=preview,
            offers=needed.offers,
            timeout_secs=self._circumstances().timeout_secs,
            on_behalf=context.on_behalf,
            programs=effect.programs if isinstance(effect, CagedEffect) else (),
        )

    async def _ask(
        self, call: HostCall, request: CapabilityRequest, same_effect: Hashable, question: ApprovalQuestion
    ) -> tuple[ApprovalAnswer | None, bool]:
        shared = _shared(call, same_effect)
        return await self._waited(call, request, self._questions.ask(shared, question))

    async def _record_withdrawn(self, call: HostCall, request: CapabilityRequest) -> None:
        """No person said no: whoever ended the call, or the program, decided nothing about the effect."""
        withdrawn = Decision(Verdict.DENY, DecidedBy.MODE, "denied: the call was ended before anybody answered")
        await outlasting(call.recorder.finish(call.record_denial(request, withdrawn, "cancelled")))

    async def _accept(
        self,
        call: HostCall,
        request: CapabilityRequest,
        reply: ApprovalAnswer,
        same_effect: Hashable,
        flow: str,
        *,
        store: bool,
    ) -> Decision:
        """Turn the person's allowance into a decision, unless a denial of higher rank appeared in the meantime."""
        now = self._look_up(request, call.context, flow)
        if isinstance(now, Decision) and not now.allowed:
            return now
        if reply.offer is None or reply.offer.lifetime is Lifetime.CALL:
            what = "allowed by you for this call"
        elif store and (problem := await self._store(call, request, reply)):
            what = f"allowed by you for this call, since your answer {problem}"
        else:
            return Decision(Verdict.ALLOW, reply.decided_by, f"allowed by you: {reply.offer.stores}")
        self._allowances.add(_place(call.context), same_effect)
        return Decision(Verdict.ALLOW, reply.decided_by, what)

    async def _store(self, call: HostCall, request: CapabilityRequest, reply: ApprovalAnswer) -> str:
        """Store the answer's grants; why some do not count from now on, "" if all do."""
        now, session_id = self._ports.clock.now(), call.context.session_id
        grants = grants_of(reply, request, session_id=session_id, now=now, new_id=self._new_id)
        problems = [await self._store_one(call, grant) for grant in grants]
        return next(filter(None, problems), "")

    async def _store_one(self, call: HostCall, grant: Grant) -> str:
        grant, problem = replace(grant, note=call.recorder.redact(grant.note)), ""
        if call.recorder.redact(grant.pattern) != grant.pattern:
            problem = "it holds a secret, which must not be written to grants.toml"
        else:
            try:
                await self._ports.grants.add(grant)
            except BlufioError as error:
                problem = str(error)
        if problem:
            outcome, message = "could not be stored", f"your answer applies to this call but was not stored: {problem}"
        elif grant.grant_id not in {one.grant_id for one in self._ports.grants.grants()}:
            outcome = "waits to be confirmed"
            message = f"your answer applies to this call and is stored, but {_HELD}"
        else:
            return ""
        call.context.emit(NoticeRaised(call.context.turn_id, NoticeLevel.WARNING, message))
        return outcome


def _group(call: HostCall, request: CapabilityRequest) -> Hashable:
    """The group of a caged command's question about a file: folder and kind; None for anything else.

    A skill makes one request at a time, and identical requests are joined already.
    """
    target, actor = request.target, request.actor
    if not isinstance(call.effect, CagedEffect) or not isinstance(target, FileTarget):
        return None
    folder = target.path if target.operation == "list" else dirname(target.path)
    return (_place(call.context), actor.kind, actor.name, actor.content_hash, request.kind, folder)


def _hook_asks(context: CallContext, request: CapabilityRequest) -> str:
    asks = context.hook_asks
    return asks.why if asks and (asks.reads_too or request.kind is not Kind.FS_READ) else ""


def _place(context: CallContext) -> Place:
    return Place(context.session_id, context.turn_id, context.call_id)


def _thing(call: HostCall, request: CapabilityRequest) -> Hashable:
    """What counts as the same when it is asked about again and again."""
    actor = request.actor
    return (call.context.session_id, actor.kind, actor.name, request.kind, exact_pattern(request))


def _shared(call: HostCall, same_effect: Hashable) -> Hashable:
    """Requests that are answered by one question."""
    return (call.context.session_id, call.context.on_behalf, same_effect)


def _identity(request: CapabilityRequest, preview: str) -> Hashable:
    """Two effects count as the same only if they look identical to the last byte, including who asks."""
    digest = hashlib.sha256(preview.encode("utf-8", "surrogatepass")).digest()
    actor = request.actor
    who = (actor.kind, actor.name, actor.version, actor.publisher, actor.content_hash, actor.manifest is None)
    return (*who, request.kind, request.resource, digest)


def _refusal(reply: ApprovalAnswer | None, question: ApprovalQuestion) -> Decision:
    if reply is None:
        rule = f"denied: nobody answered within {question.timeout_secs:g} s; {question.why}"
        waited = f"{question.timeout_secs:g} s"
        return Decision(Verdict.DENY, DecidedBy.TIMEOUT, rule, cause=DenialCause.NOBODY_ANSWERED, words=waited)
    if reply.decided_by is DecidedBy.MODE:
        rule = f"denied: {reply.reason or question.why}"
        return Decision(Verdict.DENY, DecidedBy.MODE, rule, cause=reply.cause, words=reply.reason)
    because = f": {reply.reason}" if reply.reason else f"; {question.why}"
    cause = _PERSON.get(reply.deny_lifetime, DenialCause.PERSON_ONCE)
    return Decision(Verdict.DENY, DecidedBy.USER, f"denied by you{because}", cause=cause, words=reply.reason)
