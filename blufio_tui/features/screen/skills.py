"""The skills behind the screen: what is installed, what changes it, and what is known of its use."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.config.paths import from_project
from blufio_tui.adapters.desktop.file_manager import open_folder
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.skills.install import SkillInstaller
from blufio_tui.adapters.skills.prepare import Candidate
from blufio_tui.adapters.skills.registry import SkillRegistry
from blufio_tui.adapters.skills.watch import SkillWatcher
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.skills.offer import SkillNews, SkillOffer
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.skills.use import SkillReport, SkillUse
from blufio_tui.features.skills.tried_update import TryUpdate, tried_offer
from blufio_tui.features.skills.use import declared_and_used, uses

_MOST_SKILL_MD = 256 * 1024
_RECENT_CALLS = 40


class Skills:
    """Implements `ui.ports.services.SkillsPort`.

    Args:
        offer: offers the model the skills as they are installed now.
    """

    def __init__(self, registry: SkillRegistry, offer: Callable[[], object]) -> None:
        self._registry = registry
        self._offer = offer
        self._listeners: list[Callable[[], None]] = []
        self._offered = registry.generation()

    def list(self) -> Sequence[Skill]:
        return self._registry.skills()

    def skill_md(self, name: str) -> str:
        folder = self._registry.get(name).folder
        with suppress(OSError), (folder / "SKILL.md").open(encoding="utf-8", errors="replace") as file:
            return file.read(_MOST_SKILL_MD)
        return ""

    async def enable(self, name: str, enabled: bool) -> None:
        await self._registry.set_enabled(name, enabled)
        self.changed()

    def on_change(self, changed: Callable[[], None]) -> None:
        self._listeners.append(changed)

    def changed(self) -> None:
        """Offer the model what is installed now, and tell the screen."""
        self._offered = self._registry.generation()
        self._offer()
        for listener in self._listeners:
            listener()

    def catch_up(self) -> None:
        """Notice what another process installed or removed; one small query when it did nothing."""
        if self._registry.generation() != self._offered:
            self.changed()


@dataclass(frozen=True, slots=True)
class SkillCarePorts:
    """What the care for skills works with.

    Attributes:
        project: relative sources and watched folders are below it.
        watched: folders of skills under development, as they are written in the configuration.
        try_update: runs a new version on the recorded calls of the old one.
    """

    registry: SkillRegistry
    installer: SkillInstaller
    sessions: SqliteSessions
    audit: AuditStore
    places: Places
    project: Path
    watched: tuple[str, ...]
    try_update: TryUpdate


class SkillCare:
    """Implements `ui.ports.skills.SkillCarePort`."""

    def __init__(self, skills: Skills, ports: SkillCarePorts) -> None:
        self._skills = skills
        self._ports = ports

    async def uses(self) -> Mapping[str, SkillUse]:
        return await uses(self._skills.list(), self._ports.sessions, self._ports.audit)

    async def report(self, name: str) -> SkillReport:
        ports = self._ports
        skill = ports.registry.get(name)
        declared, decisions = await declared_and_used(skill, ports.audit, ports.places)
        recent = await ports.sessions.calls_of_tool(skill.tool_name, limit=_RECENT_CALLS)
        installed = ports.registry.installed(skill.name)
        return SkillReport(declared, decisions, tuple(recent), installed.source if installed else "")

    async def differences(self, name: str) -> tuple[str, ...]:
        registry = self._ports.registry
        changes = await asyncio.to_thread(registry.differences, registry.get(name))
        await asyncio.to_thread(registry.refresh)
        self._skills.catch_up()
        return changes

    async def prepare(self, source: str) -> SkillOffer:
        is_address = source.startswith(("https://", "http://"))
        where = source if is_address else str(from_project(source, self._ports.project))
        return await self._tried(await self._ports.installer.prepare(where))

    async def prepare_update(self, name: str) -> SkillOffer:
        return await self._tried(await self._ports.installer.prepare_update(name))

    async def _tried(self, candidate: Candidate) -> SkillOffer:
        replaces = candidate.replaces.skill if candidate.replaces is not None else None
        return await tried_offer(candidate, replaces, self._ports.try_update)

    async def remove(self, name: str) -> int:
        return await self._ports.installer.remove(name)

    async def open_folder(self, name: str) -> str:
        return await asyncio.to_thread(open_folder, self._ports.registry.get(name).folder)

    def news(self) -> AsyncGenerator[SkillNews, None]:
        """What happens in the watched folders, as long as it is listened to."""
        folders = [from_project(folder, self._ports.project) for folder in self._ports.watched]
        return SkillWatcher(self._ports.installer, folders).events()
