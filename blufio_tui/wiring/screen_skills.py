"""The skills behind the screen: what is installed, what changes it, and what is known of its use."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import cast

from blufio_tui.adapters.desktop.file_manager import open_folder
from blufio_tui.adapters.skills.prepare import Candidate
from blufio_tui.adapters.skills.watch import SkillBroken, SkillNeedsConsent, SkillReloaded, SkillWatcher, WatchEvent
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.replay.behaviour import Behaviour, lines_of
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.skills.update import SkillChange
from blufio_tui.core.skills.use import SkillReport, SkillUse
from blufio_tui.ui.ports.skills import SkillNews, SkillOffer, WatchedBroken, WatchedReloaded, WatchedWantsMore
from blufio_tui.wiring.backend import Backend
from blufio_tui.wiring.installing import installer_of
from blufio_tui.wiring.screen_replay import try_update
from blufio_tui.wiring.skill_use import declared_and_used, uses
from blufio_tui.wiring.stores import from_project

_MOST_SKILL_MD = 256 * 1024
_RECENT_CALLS = 40


class Skills:
    """Implements `ui.services.SkillsPort`."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._listeners: list[Callable[[], None]] = []
        self._offered = backend.skills.generation()

    def list(self) -> Sequence[Skill]:
        return self._backend.skills.skills()

    def skill_md(self, name: str) -> str:
        folder = self._backend.skills.get(name).folder
        with suppress(OSError), (folder / "SKILL.md").open(encoding="utf-8", errors="replace") as file:
            return file.read(_MOST_SKILL_MD)
        return ""

    async def enable(self, name: str, enabled: bool) -> None:
        await self._backend.skills.set_enabled(name, enabled)
        self.changed()

    def on_change(self, changed: Callable[[], None]) -> None:
        self._listeners.append(changed)

    def changed(self) -> None:
        """Offer the model what is installed now, and tell the screen."""
        self._offered = self._backend.skills.generation()
        self._backend.offer_skills()
        for listener in self._listeners:
            listener()

    def catch_up(self) -> None:
        """Notice what another process installed or removed; one small query when it did nothing."""
        if self._backend.skills.generation() != self._offered:
            self.changed()


class Offer:
    """A candidate that waits for a person; implements `ui.skill_ports.SkillOffer`."""

    def __init__(
        self, care: "SkillCare", candidate: Candidate, tried: Behaviour | None = None, trouble: str = ""
    ) -> None:
        self._care = care
        self._candidate = candidate
        self._tried = tried
        self._trouble = (trouble,) if trouble else ()

    @property
    def skill(self) -> Skill:
        return self._candidate.skill

    @property
    def source(self) -> str:
        return self._candidate.source

    @property
    def change(self) -> SkillChange | None:
        return self._candidate.change

    @property
    def asks(self) -> tuple[str, ...]:
        """Other effects on the recorded calls, or effects that are not known, are something to agree to."""
        others = lines_of(self._tried) if self._tried is not None and self._tried.differs else ()
        return (*self._candidate.asks, *others, *self._trouble)

    @property
    def notes(self) -> tuple[str, ...]:
        tried = lines_of(self._tried) if self._tried is not None else ()
        return (*self._candidate.notes, *tried, *self._trouble)

    @property
    def is_unchanged(self) -> bool:
        return self._candidate.is_unchanged

    async def accept(self) -> Skill:
        return await self._care.commit(self._candidate)

    async def discard(self) -> None:
        await self._care.installer.discard(self._candidate)


class SkillCare:
    """Implements `ui.skill_ports.SkillCarePort`."""

    def __init__(self, backend: Backend, skills: Skills) -> None:
        self._backend = backend
        self._skills = skills
        self.installer = installer_of(backend)

    async def uses(self) -> Mapping[str, SkillUse]:
        return await uses(self._skills.list(), self._backend.sessions, self._backend.audit)

    async def report(self, name: str) -> SkillReport:
        backend = self._backend
        skill = backend.skills.get(name)
        declared, decisions = await declared_and_used(skill, backend.audit, backend.places)
        recent = await backend.sessions.calls_of_tool(skill.tool_name, limit=_RECENT_CALLS)
        installed = backend.skills.installed(skill.name)
        return SkillReport(declared, decisions, tuple(recent), installed.source if installed else "")

    async def differences(self, name: str) -> tuple[str, ...]:
        registry = self._backend.skills
        changes = await asyncio.to_thread(registry.differences, registry.get(name))
        await asyncio.to_thread(registry.refresh)
        self._skills.catch_up()
        return changes

    async def prepare(self, source: str) -> SkillOffer:
        is_address = source.startswith(("https://", "http://"))
        where = source if is_address else str(from_project(source, self._backend.project))
        return await self._offer(await self.installer.prepare(where))

    async def prepare_update(self, name: str) -> SkillOffer:
        return await self._offer(await self.installer.prepare_update(name))

    async def _offer(self, candidate: Candidate) -> SkillOffer:
        """With what the new version does on the recorded calls of the old one; where that fails, a note says so."""
        tried, trouble = None, ""
        if candidate.replaces is not None and not candidate.is_unchanged:
            try:
                tried = await try_update(self._backend, candidate.replaces.skill, candidate.skill)
            except BlufioError as error:
                trouble = f"it could not be run on the recorded calls: {error}"
        return cast("SkillOffer", Offer(self, candidate, tried, trouble))

    async def commit(self, candidate: Candidate) -> Skill:
        skill = await self.installer.commit(candidate)
        self._skills.changed()
        return skill

    async def remove(self, name: str) -> int:
        revoked = await self.installer.remove(name)
        self._skills.changed()
        return revoked

    async def open_folder(self, name: str) -> str:
        return await asyncio.to_thread(open_folder, self._backend.skills.get(name).folder)

    async def news(self) -> AsyncGenerator[SkillNews, None]:
        """What happens in the watched folders, as long as it is listened to."""
        folders = [from_project(folder, self._backend.project) for folder in self._backend.settings.skills.watch]
        watcher = SkillWatcher(self.installer, folders)
        async with aclosing(cast("AsyncGenerator[WatchEvent, None]", watcher.events())) as events:
            async for event in events:
                yield self._news(event)

    def _news(self, event: WatchEvent) -> SkillNews:
        match event:
            case SkillReloaded():
                self._skills.changed()
                return WatchedReloaded(event.skill, event.files)
            case SkillNeedsConsent():
                return WatchedWantsMore(cast("SkillOffer", Offer(self, event.candidate)))
            case SkillBroken():
                return WatchedBroken(event.folder, event.why)
