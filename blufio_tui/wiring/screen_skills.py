"""The skills behind the screen: what is installed, what changes it, and what is known of its use."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress

from blufio_tui.adapters.desktop.file_manager import open_folder
from blufio_tui.adapters.skills.watch import SkillWatcher
from blufio_tui.core.skills.offer import SkillNews, SkillOffer
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.skills.use import SkillReport, SkillUse
from blufio_tui.wiring.backend import Backend
from blufio_tui.wiring.installing import installer_of
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


class SkillCare:
    """Implements `ui.skill_ports.SkillCarePort`."""

    def __init__(self, backend: Backend, skills: Skills) -> None:
        self._backend = backend
        self._skills = skills
        self.installer = installer_of(backend, skills.changed)

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
        return await self.installer.prepare(where)

    async def prepare_update(self, name: str) -> SkillOffer:
        return await self.installer.prepare_update(name)

    async def remove(self, name: str) -> int:
        return await self.installer.remove(name)

    async def open_folder(self, name: str) -> str:
        return await asyncio.to_thread(open_folder, self._backend.skills.get(name).folder)

    def news(self) -> AsyncGenerator[SkillNews, None]:
        """What happens in the watched folders, as long as it is listened to."""
        folders = [from_project(folder, self._backend.project) for folder in self._backend.settings.skills.watch]
        return SkillWatcher(self.installer, folders).events()
