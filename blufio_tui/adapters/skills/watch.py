"""Skills under development: a folder in `skills.watch` is reinstalled whenever its files change.

A version that asks for nothing new is installed at once. Otherwise the watcher yields it, and only the person's
consent (`SkillInstaller.commit`) installs it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path

from blufio_tui.adapters.skills.install import SkillInstaller
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.skills.files import INSTRUCTIONS_FILE, MANIFEST_FILE, is_ignored
from blufio_tui.core.skills.offer import SkillBroken, SkillNeedsConsent, SkillNews, SkillReloaded

Changes = Callable[[Sequence[Path]], AsyncIterator[set[Path]]]
"""Yields the paths that changed below the folders, a batch at a time."""


class SkillWatcher:
    """
    Args:
        folders: skill folders, or folders whose sub-folders are skills.
        changes: the source of changes; the file system's by default.
    """

    def __init__(self, installer: SkillInstaller, folders: Iterable[Path], changes: Changes | None = None) -> None:
        self._installer = installer
        self._folders = tuple(folder for folder in folders if folder.is_dir())
        self._changes = changes or file_changes

    async def events(self) -> AsyncGenerator[SkillNews, None]:
        """What is there now, then every change. Close the iterator to stop watching."""
        for folder in await asyncio.to_thread(self._skill_folders):
            if event := await self._look_at(folder):
                yield event
        if not self._folders:
            return
        async for paths in self._changes(self._folders):
            for folder in await asyncio.to_thread(self._touched, paths):
                if event := await self._look_at(folder):
                    yield event

    async def _look_at(self, folder: Path) -> SkillNews | None:
        try:
            candidate = await self._installer.prepare(str(folder))
        except BlufioError as error:
            return SkillBroken(folder, str(error))
        if candidate.is_unchanged:
            await self._installer.discard(candidate)
            return None
        if candidate.replaces is None or candidate.asks:
            return SkillNeedsConsent(candidate)
        try:
            skill = await self._installer.commit(candidate)
        except BlufioError as error:
            await self._installer.discard(candidate)
            return SkillBroken(folder, str(error))
        return SkillReloaded(skill, candidate.change.files if candidate.change else ())

    def _skill_folders(self) -> list[Path]:
        return [skill for folder in self._folders for skill in skills_in(folder)]

    def _touched(self, paths: set[Path]) -> list[Path]:
        """The skill folders that a batch of changes concerns, what building leaves behind left aside."""
        return [
            skill
            for skill in self._skill_folders()
            if any(path.is_relative_to(skill) and not is_ignored(path.relative_to(skill).as_posix()) for path in paths)
        ]


def skills_in(folder: Path) -> list[Path]:
    """The folder itself when it is a skill, else the skills directly below it."""
    if _is_skill(folder):
        return [folder]
    return sorted(item for item in folder.iterdir() if item.is_dir() and _is_skill(item))


async def file_changes(folders: Sequence[Path]) -> AsyncIterator[set[Path]]:
    from watchfiles import awatch

    async for batch in awatch(*folders, debounce=300, step=50):
        yield {Path(path) for _, path in batch}


def _is_skill(folder: Path) -> bool:
    return (folder / MANIFEST_FILE).is_file() or (folder / INSTRUCTIONS_FILE).is_file()
