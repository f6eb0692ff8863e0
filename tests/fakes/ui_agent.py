"""An agent that plays a script of realistic events, asking at the desk where the script says so."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace

from blufio_tui.core.agent.compaction import ContextMeter
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    DecidedBy,
    FileTarget,
    Kind,
    Target,
    Verdict,
)
from blufio_tui.core.conversation import Block, Message, Role, TextBlock, TokenUsage
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import (
    CallUsage,
    ErrorInfo,
    Event,
    HostCallFinished,
    HostCallStarted,
    LogLine,
    NoticeLevel,
    NoticeRaised,
    RequestFinished,
    RequestStarted,
    SteeringAdded,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    TurnFinished,
    TurnStarted,
)
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime, Offer, Scope
from blufio_tui.core.sessions.records import SUMMARY_HEAD
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.ui.ports.desk import ApprovalDesk
from tests.fakes.ui_clock import FixedClock
from tests.fakes.ui_stores import FakeAuditLog, FakeSessions

SKILL_HASH = "3fa9c1e28b7d4a6f" * 4


@dataclass(frozen=True)
class Say:
    text: str
    pieces: int = 4


@dataclass(frozen=True)
class Wait:
    """Hold until the test sets the event of this name."""

    name: str


@dataclass(frozen=True)
class Effect:
    target: Target
    decided_by: DecidedBy = DecidedBy.MANIFEST
    rule: str = "read ${PROJECT}"
    outcome: str = "ok"
    bytes_moved: int = 0
    ask: bool = False
    preview: str = ""
    millis: float = 3.0


@dataclass(frozen=True)
class Call:
    tool: str
    input: JsonObject
    content: str
    effects: tuple[Effect, ...] = ()
    usage: CallUsage = CallUsage()
    logs: tuple[LogLine, ...] = ()
    millis: float = 12.0
    error: ErrorInfo | None = None


@dataclass(frozen=True)
class Raw:
    """Any event, `turn_id` filled in."""

    make: Callable[[str], Event]


@dataclass(frozen=True)
class TakeSteering:
    """What was added to the turn goes in here."""


Step = Say | Wait | Call | Raw | TakeSteering


class ScriptedAgent:
    """Plays the script whose key the prompt contains, else repeats the prompt."""

    def __init__(
        self,
        scripts: dict[str, Sequence[Step]],
        *,
        desk: ApprovalDesk,
        audit: FakeAuditLog,
        sessions: FakeSessions,
        clock: FixedClock,
        model: str = "claude-sonnet-4-5",
    ) -> None:
        self.scripts = scripts
        self.gates: dict[str, asyncio.Event] = {}
        self.cancelled: list[str] = []
        self.prompts: list[str] = []
        self.answers: list[ApprovalAnswer | None] = []
        self.attachments: list[Sequence[Block]] = []
        self.model = model
        self.ends = "end_turn"
        self.wishes: list[str] = []
        self.steered: list[tuple[str, str]] = []
        self.takes_steering = True
        self.meter = ContextMeter(0, 200_000)
        self._desk, self._audit, self._sessions, self._clock = desk, audit, sessions, clock
        self._turns = self._calls = 0
        self._stop = asyncio.Event()

    def release(self, name: str) -> None:
        self.gates.setdefault(name, asyncio.Event()).set()

    def interrupt(self, session_id: str = "") -> bool:
        self._stop.set()
        return True

    async def steer(self, text: str, *, session_id: str, key: str, attachments: Sequence[Block] = ()) -> bool:
        self.steered.append((key, text))
        return self.takes_steering

    def take_back(self, session_id: str, key: str) -> bool:
        before = len(self.steered)
        self.steered = [one for one in self.steered if one[0] != key]
        return len(self.steered) < before

    def cancel_call(self, call_id: str) -> bool:
        self.cancelled.append(call_id)
        return True

    async def context(self, session_id: str) -> ContextMeter:
        return self.meter

    async def context_report(self, session_id: str) -> str:
        return f"The window of {self.model} holds 200,000 tokens"

    async def compact(self, session_id: str, wishes: str = "") -> AsyncGenerator[Event, None]:
        turn = "compacted"
        self.wishes.append(wishes)
        messages = await self._sessions.all_messages(session_id)
        summary = Message(Role.USER, (TextBlock(SUMMARY_HEAD + "They talked."),))
        await self._sessions.add_summary(session_id, turn, summary, messages[-1].message_id)
        yield NoticeRaised(turn, NoticeLevel.INFO, "The conversation was summed up.")
        yield TurnFinished(turn, session_id, "end_turn", "", 0)

    async def act(
        self, prompt: str, *, session_id: str, attachments: Sequence[Block] = ()
    ) -> AsyncGenerator[Event, None]:
        self._stop.clear()
        self.prompts.append(prompt)
        self.attachments.append(attachments)
        self._turns += 1
        turn = f"t{self._turns}"
        await self._sessions.append(session_id, turn, Message(Role.USER, (*attachments, TextBlock(prompt))))
        yield TurnStarted(turn, session_id, prompt)
        script = next((steps for key, steps in self.scripts.items() if key in prompt), [Say(f"You said: {prompt}")])
        yield RequestStarted(turn, 1, self.model)
        said: list[str] = []
        requests, total = 1, TokenUsage()
        for step in script:
            if self._stop.is_set():
                break
            async for event in self._play(step, turn):
                if isinstance(event, TextDelta):
                    said.append(event.text)
                yield event
            if isinstance(step, Call) and not self._next_is_call(script, step):
                usage = TokenUsage(1_840, 96, 1_200)
                yield RequestFinished(turn, "tool_use", usage, 0.0041, self.model)
                requests, total = requests + 1, total + usage
                yield RequestStarted(turn, requests, self.model)
        usage = TokenUsage(2_210, 143, 1_700)
        if self._stop.is_set():
            yield TurnFinished(turn, session_id, "interrupted", "".join(said), requests, total, 0.0041)
            return
        self._clock.advance(0.6)
        yield RequestFinished(turn, "end_turn", usage, 0.0037, self.model)
        await self._sessions.append(session_id, turn, Message(Role.ASSISTANT, (TextBlock("".join(said)),)))
        yield TurnFinished(turn, session_id, self.ends, "".join(said), requests, total + usage, 0.0037 * requests)

    def _next_is_call(self, script: Sequence[Step], step: Step) -> bool:
        following = script[script.index(step) + 1 :]
        return bool(following) and isinstance(following[0], Call)

    async def _play(self, step: Step, turn: str) -> AsyncGenerator[Event, None]:
        match step:
            case Say(text, pieces):
                size = max(len(text) // pieces, 1)
                for start in range(0, len(text), size):
                    self._clock.advance(0.02)
                    yield TextDelta(turn, text[start : start + size])
                    await asyncio.sleep(0)
            case Wait(name):
                gate = self.gates.setdefault(name, asyncio.Event())
                waits = [asyncio.ensure_future(gate.wait()), asyncio.ensure_future(self._stop.wait())]
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                for wait in waits:
                    wait.cancel()
            case Raw(make):
                yield make(turn)
            case TakeSteering():
                waiting, self.steered = self.steered, []
                for key, added in waiting:
                    yield SteeringAdded(turn, added, key)
            case Call():
                self._clock.advance(0.4)
                async for event in self._call(step, turn):
                    yield event

    async def _call(self, call: Call, turn: str) -> AsyncGenerator[Event, None]:
        self._calls += 1
        call_id = f"call{self._calls}"
        yield ToolCallStarted(turn, call_id, call.tool, call.input)
        finished = ToolCallFinished(turn, call_id, False, call.content, call.usage, call.millis, call.logs, call.error)
        if call.error is not None:
            finished = replace(finished, is_error=True)
        for index, effect in enumerate(call.effects):
            host_id = f"{call_id}/{index}"
            async for event in self._effect(call, effect, turn, call_id, host_id):
                yield event
                if isinstance(event, HostCallFinished) and event.decision is Verdict.DENY:
                    message = f"capability not permitted: {event.kind} {event.resource}"
                    finished = replace(
                        finished,
                        is_error=True,
                        content=message,
                        error=ErrorInfo(ErrorKind.CAPABILITY_DENIED, message),
                    )
            if finished.is_error:
                break
        self._clock.advance(call.millis / 1000)
        yield finished

    async def _effect(
        self, call: Call, effect: Effect, turn: str, call_id: str, host_id: str
    ) -> AsyncGenerator[Event, None]:
        kind, resource = effect.target.kind, effect.target.resource
        yield HostCallStarted(turn, call_id, host_id, kind, resource)
        verdict, decided_by, rule = Verdict.ALLOW, effect.decided_by, effect.rule
        if effect.ask:
            yield HostCallStarted(turn, call_id, host_id, kind, resource, asking=True)
            answer = await self._desk.ask(question(call.tool, effect, call_id))
            self.answers.append(answer)
            verdict = answer.verdict if answer else Verdict.DENY
            decided_by = DecidedBy.USER if answer else DecidedBy.TIMEOUT
            rule = "answered at the card" if answer else "no answer in time"
            if verdict is Verdict.ALLOW:
                yield HostCallStarted(turn, call_id, host_id, kind, resource)
        outcome = effect.outcome if verdict is Verdict.ALLOW else "denied"
        seq = await self._audit.append(
            AuditEntry(
                RowType.DECISION,
                kind.value,
                resource,
                actor=call.tool.replace("_", "-"),
                actor_version="1.0.0",
                actor_hash=SKILL_HASH,
                session_id="s1",
                turn_id=turn,
                call_id=call_id,
                host_call_id=host_id,
                decision=verdict.value,
                decided_by=decided_by.value,
                rule=rule,
                outcome=outcome,
                body_bytes=effect.bytes_moved,
                duration_ms=effect.millis,
            )
        )
        self._clock.advance(effect.millis / 1000)
        yield HostCallFinished(
            turn,
            call_id,
            host_id,
            kind,
            resource,
            verdict,
            decided_by,
            rule,
            outcome,
            effect.millis,
            seq,
            effect.bytes_moved,
        )


def question(tool: str, effect: Effect, call_id: str = "call1", *, timeout: float = 120.0) -> ApprovalQuestion:
    """What the gate would ask about this effect."""
    name = tool.replace("_", "-")
    actor = Actor(ActorKind.SKILL, name, "1.0.0", "", SKILL_HASH)
    request = CapabilityRequest(actor, effect.target)
    resource = request.resource
    verb = {Kind.FS_READ: "read", Kind.FS_WRITE: "change", Kind.NET: "send requests to"}.get(request.kind, "use")
    offers = (
        Offer(Lifetime.CALL, Scope.EXACT, resource, "nothing: this one, as it is shown here, and no other"),
        Offer(
            Lifetime.SESSION,
            Scope.EXACT,
            resource,
            f"{name} 1.0.0, unchanged, may {verb} {resource}, for the rest of this session",
        ),
        Offer(Lifetime.FOREVER, Scope.EXACT, resource, f"{name} 1.0.0, unchanged, may {verb} {resource}, permanently"),
    )
    return ApprovalQuestion(
        f"q-{call_id}-{resource}",
        call_id,
        request,
        "the manifest declares ${PROJECT} only",
        "read ${PROJECT}",
        effect.preview,
        offers,
        timeout,
    )


def read(path: str, *, ask: bool = False, size: int = 4_812, requested: str = "") -> Effect:
    return Effect(FileTarget(Kind.FS_READ, path, requested or path, "read"), bytes_moved=size, ask=ask)
