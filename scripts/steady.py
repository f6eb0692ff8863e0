"""Stand between the real services and the screen, and make the same what a machine decides: times."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

from blufio_tui.adapters.clock import SystemClock
from blufio_tui.core.audit.rows import AuditEntry, AuditFilter, AuditRow, Verification
from blufio_tui.core.conversation import Block
from blufio_tui.core.events import (
    Event,
    HostCallFinished,
    RequestFinished,
    TextDelta,
    ThinkingDelta,
    ToolCallFinished,
)
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.skills.use import SkillReport, SkillUse


class SteadyClock:
    """Moves only when it is told to."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> float:
        return 1_780_000_000.0 + self.passed

    def monotonic(self) -> float:
        return 1000.0 + self.passed


@contextmanager
def steady_time(clock: SteadyClock) -> Iterator[None]:
    """What is stored has the clock's dates. Waiting goes by the real time."""
    with patch.object(SystemClock, "now", lambda _self: clock.now()):
        yield


class SteadyAgent:
    """Every event of one kind takes equally long.

    Attributes:
        hold: an event for which the turn stops until the test of it says no.
    """

    def __init__(self, agent: Any, clock: SteadyClock) -> None:
        self._agent, self._clock = agent, clock
        self.hold: Callable[[Event], bool] = lambda _event: False
        self.is_held = False
        self._has_thought = False

    async def act(
        self, prompt: str, *, session_id: str, attachments: Sequence[Block] = ()
    ) -> AsyncGenerator[Event, None]:
        async for event in self._agent.act(prompt, session_id=session_id, attachments=attachments):
            while self.hold(event):
                self.is_held = True
                await asyncio.sleep(0.01)
            self.is_held = False
            yield self._steady(event)
            if isinstance(event, ThinkingDelta) and not self._has_thought:
                self._has_thought = True
                self._clock.passed += 0.6

    def _steady(self, event: Event) -> Event:
        match event:
            case HostCallFinished():
                self._clock.passed += 0.06
                return replace(event, duration_ms=60.0)
            case ToolCallFinished():
                self._clock.passed += 0.12
                return replace(event, duration_ms=180.0, usage=replace(event.usage, wall_ms=120.0, host_ms=60.0))
            case RequestFinished():
                self._has_thought = False
                self._clock.passed += 0.4
            case TextDelta() | ThinkingDelta():
                pass  # into how many of them a reply falls depends on the machine
            case _:
                self._clock.passed += 0.001
        return event

    def interrupt(self, session_id: str = "") -> bool:
        return bool(self._agent.interrupt(session_id))

    def cancel_call(self, call_id: str) -> bool:
        return bool(self._agent.cancel_call(call_id))

    async def context_report(self, session_id: str) -> str:
        return str(await self._agent.context_report(session_id))

    def compact(self, session_id: str) -> AsyncGenerator[Event, None]:
        return self._agent.compact(session_id)


class SteadyGrants:
    """Grants with the same ids and times everywhere."""

    def __init__(self, store: Any) -> None:
        self._store = store

    @property
    def blocked(self) -> str:
        return str(self._store.blocked)

    def grants(self) -> tuple[Grant, ...]:
        found = enumerate(self._store.grants(), 1)
        return tuple(replace(grant, grant_id=f"g{number}", created=1_780_000_000.0) for number, grant in found)

    async def add(self, grant: Grant) -> None:
        await self._store.add(grant)

    async def revoke(self, grant_id: str) -> Grant | None:
        revoked: Grant | None = await self._store.revoke(grant_id)
        return revoked


class SteadySkills:
    """Skills in the same folder and of the same day everywhere."""

    def __init__(self, skills: Any) -> None:
        self._skills = skills

    def list(self) -> Sequence[Skill]:
        place = Path("/usr/share/blufio-tui/skills")
        return [replace(s, folder=place / s.name, installed=0.0, updated=0.0) for s in self._skills.list()]

    def skill_md(self, name: str) -> str:
        return str(self._skills.skill_md(name))

    async def enable(self, name: str, enabled: bool) -> None:
        await self._skills.enable(name, enabled)

    def on_change(self, changed: Callable[[], None]) -> None:
        self._skills.on_change(changed)


class SteadyAudit:
    """Rows a second apart; the hashes, made with a new key in every run, are others."""

    def __init__(self, log: Any) -> None:
        self._log = log

    async def page(
        self, where: AuditFilter, *, before_seq: int = 0, after_seq: int = 0, limit: int = 200
    ) -> list[AuditRow]:
        rows = await self._log.page(where, before_seq=before_seq, after_seq=after_seq, limit=limit)
        return [self._steady(row) for row in rows]

    def _steady(self, row: AuditRow) -> AuditRow:
        entry = replace(row.entry, duration_ms=60.0, session_id="a1b2c3", turn_id="t1", call_id="c1")
        return replace(
            row, ts=1_780_000_000.0 + row.seq, entry=entry, row_hash=sha256(str(row.seq).encode()).hexdigest()
        )

    async def append(self, entry: AuditEntry) -> int:
        return int(await self._log.append(entry))

    async def count(self, where: AuditFilter) -> int:
        return int(await self._log.count(where))

    async def doubt(self, seqs: Sequence[int]) -> str:
        return str(await self._log.doubt(seqs))

    async def verify(self) -> Verification:
        result: Verification = await self._log.verify()
        return result


class SteadyCare:
    """Skills whose calls took equally long everywhere."""

    def __init__(self, care: Any) -> None:
        self._care = care

    async def uses(self) -> Mapping[str, SkillUse]:
        uses: Mapping[str, SkillUse] = await self._care.uses()
        return uses

    async def report(self, name: str) -> SkillReport:
        report: SkillReport = await self._care.report(name)
        return replace(report, recent=tuple(replace(call, duration_ms=180.0) for call in report.recent))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._care, name)
