"""Everything around the gate, played by hand: effects that only note that they ran, a person, a log, a clock."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from blufio_tui.core.acting import Acting
from blufio_tui.core.audit.rows import AuditEntry, AuditFilter, AuditRow, RowType
from blufio_tui.core.capability import Actor, ActorKind, EnvTarget, FileTarget, Kind, Mode, NetTarget, Target, Verdict
from blufio_tui.core.effects import Effect, EffectResult, Fetch, GetEnv, ReadFile, RunCommand, WriteFile
from blufio_tui.core.errors import StorageError
from blufio_tui.core.events import Event, HostCallFinished
from blufio_tui.core.gate.effect_records import kind_and_resource
from blufio_tui.core.gate.gate import Circumstances, Gate, Ports
from blufio_tui.core.gate.ports import BlockingEffect
from blufio_tui.core.guards.network import parse_url
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, Manifest, NetworkCapability
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.shell.command_line import exec_target
from blufio_tui.core.tools import CallContext
from tests.fakes.audit_list import acting_after
from tests.fakes.session_clock import SettableClock

T = TypeVar("T")
HOME, PROJECT = "/home/p", "/home/p/work"
MANIFEST = Manifest(
    "weather",
    "1.0.0",
    "…",
    capabilities=Capabilities(
        network=NetworkCapability(("api.weather.com",), ("GET",)),
        filesystem=FilesystemCapability(read=("~/notes",), write=("~/notes/out",)),
        env=("WEATHER_KEY",),
    ),
)
SKILL = Actor(ActorKind.SKILL, "weather", "1.0.0", "", "aa" * 32, MANIFEST, MANIFEST)
BASH = Actor(ActorKind.TOOL, "bash")
FILE = Actor(ActorKind.TOOL, "file")
DECLARED = ReadFile("/home/p/notes/a.txt")
UNDECLARED = ReadFile("/home/p/letter.txt")


def target_of(effect: Effect) -> Target:
    match effect:
        case Fetch():
            url = parse_url(effect.url)
            return NetTarget(effect.method, url.scheme, url.host, url.port, effect.url, len(effect.body))
        case RunCommand():
            return exec_target(effect.command, effect.cwd)
        case GetEnv(key=key):
            return EnvTarget(key)
        case _:
            kind, path = kind_and_resource(effect)
            return FileTarget(kind, path, path, "write" if kind is Kind.FS_WRITE else "read")


@dataclass
class FakePrepared:
    effect: Effect
    target: Target
    world: "World"

    def describe(self) -> str:
        return f"{self.effect}"

    async def preflight(self) -> None:
        self.world.steps.append("preflight")
        if self.world.preflight_error is not None:
            raise self.world.preflight_error

    async def execute(self) -> EffectResult | Effect:
        self.world.steps.append(f"effect {self.target.resource}")
        outcome = self.world.results.pop(0) if self.world.results else EffectResult(5, b"hello")
        if isinstance(outcome, BaseException):
            raise outcome
        if isinstance(outcome, asyncio.Event):
            await outcome.wait()
            return EffectResult(0, waited_secs=self.world.waited_secs)
        return outcome


class BlockingFake(FakePrepared, BlockingEffect):
    """The same on a thread; it waits for an `Event` of threads."""

    execute = BlockingEffect.execute  # type: ignore[assignment]

    def work(self) -> EffectResult:
        self.world.steps.append(f"effect {self.target.resource}")
        outcome = self.world.results.pop(0) if self.world.results else EffectResult(5, b"hello")
        if isinstance(outcome, BaseException):
            raise outcome
        if isinstance(outcome, threading.Event):
            assert outcome.wait(30)
            return EffectResult(0)
        assert isinstance(outcome, EffectResult)
        return outcome


class FakeAudit:
    """Keeps entries in memory; `broken` refuses them, `hold` makes them wait, `tampered` ones are not vouched for."""

    def __init__(self, steps: list[str]) -> None:
        self.entries: list[AuditEntry] = []
        self.broken: Callable[[AuditEntry], bool] = lambda entry: False
        self.hold: asyncio.Event | None = None
        self.tampered = False
        self._steps = steps

    async def append(self, entry: AuditEntry) -> int:
        return (await self.append_many([entry]))[0]

    def begin_append(self, entries: Sequence[AuditEntry]) -> asyncio.Future[list[int]]:
        return asyncio.ensure_future(self.append_many(entries))

    def begin_acting(self, entries: Sequence[AuditEntry], work: Callable[[], T]) -> Acting[list[int], T]:
        return acting_after(self.begin_append(entries), work)

    async def append_many(self, entries: Sequence[AuditEntry]) -> list[int]:
        if self.hold is not None:
            await self.hold.wait()
        if any(self.broken(entry) for entry in entries):
            raise StorageError("the disk is full")
        first = len(self.entries) + 1
        self.entries += entries
        self._steps += [f"{entry.row_type} {entry.decision or entry.outcome}" for entry in entries]
        return list(range(first, len(self.entries) + 1))

    async def vouches_for_session(self, session_id: str) -> bool:
        return not self.tampered

    async def page(
        self, where: AuditFilter, *, before_seq: int = 0, after_seq: int = 0, limit: int = 200
    ) -> list[AuditRow]:
        """Decision rows of the session as the log folds them: the oldest above `after_seq`, with 0 the newest."""
        found = []
        for seq, entry in enumerate(self.entries, 1):
            if seq > after_seq and entry.row_type is RowType.DECISION and entry.session_id == where.session_id:
                ends = [one.outcome for one in self.entries if one.about_seq == seq]
                found.append(AuditRow(seq, 0.0, replace(entry, outcome=ends[0] if ends else entry.outcome), ""))
        return found[:limit] if after_seq else found[-limit:]


class FakeGrants:
    def __init__(self) -> None:
        self.stored: list[Grant] = []
        self.blocked = ""
        self.broken = False
        self.held = False
        """Another program changed the file: allowances that are added wait."""

    def grants(self) -> tuple[Grant, ...]:
        return () if self.held else tuple(self.stored)

    async def add(self, grant: Grant) -> None:
        if self.broken:
            raise StorageError("no space")
        self.stored.append(grant)

    async def revoke(self, grant_id: str) -> Grant | None:
        found = next((grant for grant in self.stored if grant.grant_id == grant_id), None)
        self.stored = [grant for grant in self.stored if grant is not found]
        return found


Reply = ApprovalAnswer | None | BaseException


class FakePerson:
    """Answers from a list; with an empty list the question stays open until it is cancelled."""

    def __init__(self) -> None:
        self.questions: list[ApprovalQuestion] = []
        self.replies: list[Reply | Callable[[ApprovalQuestion], Reply]] = []
        self.gate_opens = asyncio.Event()
        self.asked = asyncio.Event()
        self.withdrawn = 0

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer | None:
        self.questions.append(question)
        self.asked.set()
        if not self.replies:
            try:
                await self.gate_opens.wait()
            except asyncio.CancelledError:
                self.withdrawn += 1
                raise
        reply = self.replies.pop(0)
        reply = reply(question) if callable(reply) else reply
        if isinstance(reply, BaseException):
            raise reply
        return reply


def allow(lifetime: Lifetime = Lifetime.CALL) -> Callable[[ApprovalQuestion], ApprovalAnswer]:
    def reply(question: ApprovalQuestion) -> ApprovalAnswer:
        offer = next(offer for offer in question.offers if offer.lifetime is lifetime)
        return ApprovalAnswer(Verdict.ALLOW, offer)

    return reply


DENY = ApprovalAnswer(Verdict.DENY)


@dataclass
class World:
    mode: Mode = Mode.ASK
    timeout_secs: float = 120.0
    preflight_error: Exception | None = None
    prepare_error: Exception | None = None
    steps: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    results: list[EffectResult | Effect | BaseException | asyncio.Event | threading.Event] = field(default_factory=list)
    settles: bool = True
    blocking: bool = False
    rules: tuple = ()  # type: ignore[type-arg]

    def __post_init__(self) -> None:
        self.audit = FakeAudit(self.steps)
        self.grants = FakeGrants()
        self.person = FakePerson()
        self.clock = SettableClock()
        self.waited_secs = 0.0
        numbers = iter(range(1, 1000))
        ports = Ports(self, self.person, self.audit, self.grants, self.clock)  # type: ignore[arg-type]
        self.gate = Gate(
            ports,
            self.circumstances,
            redact=lambda text: text.replace("hunter2", "***"),
            new_id=lambda: f"g{next(numbers)}",
        )

    def circumstances(self) -> Circumstances:
        return Circumstances(self.mode, Places(HOME, PROJECT), self.rules, self.timeout_secs)

    def prepare(self, effect: Effect, actor: Actor) -> FakePrepared:
        if self.prepare_error is not None:
            raise self.prepare_error
        return (BlockingFake if self.blocking else FakePrepared)(effect, target_of(effect), self)

    def context(self, call_id: str = "c1", session_id: str = "s1", turn_id: str = "t1") -> CallContext:
        return CallContext(session_id, turn_id, call_id, self.events.append)

    async def perform(
        self, effect: Effect, actor: Actor = SKILL, call_id: str = "c1", session_id: str = "s1", turn_id: str = "t1"
    ) -> EffectResult:
        try:
            return await self.gate.perform(effect, actor, self.context(call_id, session_id, turn_id))
        finally:
            if self.settles:
                await self.gate.settle()

    @property
    def decisions(self) -> list[tuple[str, str]]:
        return [(e.decision, e.decided_by) for e in self.audit.entries if e.row_type is RowType.DECISION]

    @property
    def effects(self) -> list[str]:
        return [step for step in self.steps if step.startswith("effect")]

    @property
    def finished(self) -> list[HostCallFinished]:
        return [event for event in self.events if isinstance(event, HostCallFinished)]


__all__ = ["BASH", "DECLARED", "DENY", "FILE", "SKILL", "UNDECLARED", "RunCommand", "World", "WriteFile", "allow"]
