"""The available skills: installed ones, bundled ones, and those in the configured folders.

What parses manifests is imported only where a folder is read: listing must stay quick. For the
same reason asyncio and hashlib are imported where something is awaited or hashed.

A skill that cannot be trusted is listed as `tampered` and does not run. The full hash is checked before
every call (`check`); listing looks only at sizes and times, and hashes what those say was touched.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from blufio_tui.adapters.skills import table
from blufio_tui.adapters.skills.bundled import bundled_skills, listed_bundled
from blufio_tui.adapters.skills.stamp import stamp_holds, take_stamp
from blufio_tui.adapters.skills.table import Installed, Listed
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.errors import BlufioError, SkillError, StorageError
from blufio_tui.core.manifest.as_json import capabilities_json
from blufio_tui.core.skills.files import INSTRUCTIONS_FILE, MANIFEST_FILE, FileEntry, changed_files, content_hash
from blufio_tui.core.skills.skill import Skill, SkillKind, SkillStatus
from blufio_tui.core.text.display import printable
from blufio_tui.core.text.similar import did_you_mean

MAX_READ_BYTES = 1024 * 1024
MAX_PROJECT_SKILLS = 100


@dataclass(slots=True)
class _Held:
    """What was read from the table, and the generation it belongs to."""

    generation: int = -1
    installed: dict[str, Installed] = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()


class SkillRegistry:
    """
    Args:
        bundled: the folder of the bundled skills, with its index; None for none.
        folders: folders whose sub-folders are instruction skills (`skills.folders` of the configuration).
        project_folders: the same of a project, which a stranger may have written: a skill there counts only while it
            has exactly the content that the person trusted.
        trusted: the content hash that the person trusted for a folder, None if they did not.
    """

    def __init__(
        self,
        database: Database,
        bundled: Path | None,
        folders: Iterable[Path] = (),
        project_folders: Iterable[Path] = (),
        trusted: Callable[[Path], str | None] = lambda _place: None,
    ) -> None:
        self._project_folders = tuple(project_folders)
        self._trusted = trusted
        self.database = database
        self._home = database.path.parent
        self._bundled_folder = bundled
        self._folders = tuple(folders)
        self._bundled: dict[str, Skill] | None = None
        self._held = _Held()
        self._read: dict[Path, tuple[str, Skill | None]] = {}
        self._unread: dict[Path, str] = {}

    def skills(self) -> list[Skill]:
        """Every skill by name, enabled or not. Quick: nothing is hashed."""
        held = self._current()
        found = {skill.name: skill for skill in self._folder_skills()}
        found |= {name: entry.skill for name, entry in held.installed.items()}
        found |= {
            name: replace(skill, enabled=name not in held.disabled) for name, skill in self._bundled_skills().items()
        }
        return [found[name] for name in sorted(found)]

    def runnable(self) -> list[Skill]:
        """The skills a model is offered: enabled, not known to be tampered with, not named like a built-in tool."""
        return [skill for skill in self.skills() if _is_offered(skill)]

    def find(self, name: str) -> Skill | None:
        """The skill called `name`, or whose tool is called so."""
        skills = self.skills()
        by_name = next((skill for skill in skills if skill.name == name), None)
        return by_name or next((skill for skill in skills if skill.tool_name == name), None)

    def get(self, name: str) -> Skill:
        """As `find`.

        Raises:
            SkillError: there is none; the message has the nearest name.
        """
        if skill := self.find(name):
            return skill
        hint = did_you_mean(name, [skill.name for skill in self.skills()])
        raise SkillError(f'there is no skill "{printable(name)}"{hint or "; see blufio-tui skill list"}')

    def installed(self, name: str) -> Installed | None:
        return self._current().installed.get(name)

    def generation(self) -> int:
        """A number that changes with every change by any process."""
        return self._current().generation

    def refresh(self) -> list[Skill]:
        """`skills()` after looking at the files: what was touched since it was installed is hashed again."""
        self._look_again(self._listed())
        return self.skills()

    def listing(self) -> list[Listed]:
        """What `refresh` finds, in the short form of a list: quick with a thousand skills."""
        installed = self._listed()
        if self._look_again(installed):
            installed = self._listed()
        disabled = self.database.read_sync(table.disabled_bundled)
        found = {skill.name: listed(skill) for skill in self._folder_skills()}
        found |= {entry.name: entry for entry in installed}
        if self._bundled_folder is not None:
            found |= listed_bundled(self._bundled_folder, disabled)
        return [found[name] for name in sorted(found)]

    def differences(self, skill: Skill) -> tuple[str, ...]:
        """The differences between the files on disk and what was installed; empty if none."""
        from blufio_tui.adapters.skills.folder import scan

        try:
            now = scan(skill.folder)
        except SkillError as error:
            return (str(error),)
        if content_hash(now) == skill.content_hash:
            return ()
        entry = self.installed(skill.name)
        return changed_files(entry.files, now) if entry else ("its files are not the ones it was built from",)

    async def check(self, skill: Skill) -> None:
        """Hash all files of the skill before a call.

        Raises:
            SkillError: they are not the ones that were installed.
        """
        import asyncio

        changes = await asyncio.to_thread(self.differences, skill)
        if not changes:
            return
        if entry := self.installed(skill.name):
            with suppress(StorageError):
                await asyncio.to_thread(self._reassess, entry)
        raise SkillError(tampered_message(skill, changes))

    async def file_names(self, skill: Skill) -> tuple[str, ...]:
        """The files of a skill that may be read as part of it."""
        import asyncio

        from blufio_tui.adapters.skills.folder import walk

        return tuple(await asyncio.to_thread(lambda: sorted(walk(skill.folder))))

    async def read(self, skill: Skill, file: str) -> bytes:
        """One of `file_names`, at most `MAX_READ_BYTES`.

        Raises:
            SkillError: there is no such file (what the caller wrote is compared, never opened as a path).
        """
        import asyncio
        import hashlib

        from blufio_tui.adapters.skills.folder import read_limited

        names = await self.file_names(skill)
        if file not in names:
            hint = did_you_mean(file, names) or "; call load_skill without file for the list"
            raise SkillError(f'the skill "{skill.name}" has no file "{printable(file)}"{hint}')
        data = await asyncio.to_thread(read_limited, skill.folder / file, MAX_READ_BYTES)
        entry = self.installed(skill.name)
        read = FileEntry(file, len(data), hashlib.sha256(data).hexdigest())
        if (entry and read not in entry.files) or (self._is_the_projects(skill) and not await self._holds(skill, read)):
            raise SkillError(tampered_message(skill, (f"changed: {file}",)))
        return data

    def _is_the_projects(self, skill: Skill) -> bool:
        return skill.folder.parent in self._project_folders

    async def _holds(self, skill: Skill, read: FileEntry) -> bool:
        """Whether what was read is part of exactly the content that was trusted."""
        import asyncio

        from blufio_tui.adapters.skills.folder import scan

        now = await asyncio.to_thread(scan, skill.folder)
        return read in now and content_hash(now) == skill.content_hash

    async def set_enabled(self, name: str, enabled: bool) -> Skill:
        """Offer a skill to the model, or no longer.

        Raises:
            SkillError: there is none of that name, or it comes from a configured folder.
        """
        skill = self.get(name)
        name = skill.name
        if self.installed(name):
            await self.database.write(lambda connection: table.set_enabled(connection, name, enabled))
        elif skill.status is SkillStatus.BUNDLED:
            await self.database.write(lambda connection: table.set_bundled_enabled(connection, name, enabled))
        else:
            raise SkillError(f'"{name}" comes from {skill.folder.parent}; remove that from skills.folders instead')
        return self.get(name)

    def _listed(self) -> list[Listed]:
        return self.database.read_sync(lambda connection: table.listing(connection, self._home))

    def _look_again(self, installed: Iterable[Listed]) -> bool:
        """Check those whose files were touched; whether there were any."""
        touched = [entry.name for entry in installed if not stamp_holds(entry.folder, entry.stamp)]
        for name in touched:
            if entry := self.installed(name):
                self._reassess(entry)
        return bool(touched)

    def _reassess(self, entry: Installed) -> None:
        """Store what the full check says, so that every list shows it."""
        skill = entry.skill
        intact = bool(entry.files) and not self.differences(skill)
        signed = SkillStatus.VERIFIED if skill.publisher else SkillStatus.UNSIGNED
        status = signed if intact else SkillStatus.TAMPERED
        mark = take_stamp(skill.folder, (item.path for item in entry.files)) if intact else ""
        if status is not skill.status or mark != entry.stamp:
            self.database.write_sync(lambda connection: table.set_status(connection, skill.name, status, mark))

    def _current(self) -> _Held:
        def load(connection: sqlite3.Connection) -> _Held:
            number = table.generation(connection)
            if number == self._held.generation:
                return self._held
            rows = table.every(connection, self._home)
            return _Held(number, {row.skill.name: row for row in rows}, table.disabled_bundled(connection))

        self._held = self.database.read_sync(load)
        return self._held

    def _bundled_skills(self) -> dict[str, Skill]:
        if self._bundled is None:
            self._bundled = bundled_skills(self._bundled_folder) if self._bundled_folder else {}
        return self._bundled

    def unreadable(self) -> tuple[str, ...]:
        """Why skills of the configured folders are not there, a sentence each; as of the last look at the folders."""
        return tuple(f"{place}: {why}" for place, why in sorted(self._unread.items()))

    def _folder_skills(self) -> list[Skill]:
        """Instruction skills of the configured folders; code must be installed to run, so it is left out."""
        self._unread.clear()
        theirs = [place for place in self.project_places() if self._trusted(place) is not None]
        found = [skill for place in theirs if (skill := self._folder_skill(place)) and self._is_trusted(skill)]
        places = [place for folder in self._folders for place in _subfolders(folder) if _is_instructions(place)]
        return found + [skill for place in places if (skill := self._folder_skill(place))]

    def project_places(self) -> list[Path]:
        """The folders of the project's own instruction skills, trusted or not; their files are not opened."""
        places = (place for folder in self._project_folders for place in _subfolders(folder) if _is_instructions(place))
        return list(islice(places, MAX_PROJECT_SKILLS))

    def untrusted(self) -> list[Path]:
        """Those of them that are not offered to the model. Reads those that were trusted once."""
        offered = {skill.folder for skill in self._folder_skills()}
        return [place for place in self.project_places() if place not in offered]

    def _is_trusted(self, skill: Skill) -> bool:
        return self._trusted(skill.folder) == skill.content_hash

    def _folder_skill(self, place: Path) -> Skill | None:
        """The skill in a folder, read again only when a file of it was touched; None if it is not valid."""
        mark, skill = self._read.get(place, ("", None))
        if stamp_holds(str(place), mark):
            return skill
        from blufio_tui.adapters.skills.folder import read_skill

        try:
            found = read_skill(place, place.name)
        except BlufioError as error:
            self._unread[place] = str(error)
            return None
        self._read[place] = (take_stamp(place, (entry.path for entry in found.files)), found.skill)
        return found.skill


def tampered_message(skill: Skill, changes: tuple[str, ...]) -> str:
    shown = ", ".join(changes[:5]) + (f" and {len(changes) - 5} more" if len(changes) > 5 else "")
    if skill.status is SkillStatus.BUNDLED:
        way_out = "Install blufio-tui again"
    elif all(change.startswith("new: ") for change in changes):
        way_out = f"Remove what was added: blufio-tui skill repair {skill.name}"
    else:
        way_out = (
            f"Install it again from its source: blufio-tui skill update {skill.name}, or remove it: "
            f"blufio-tui skill remove {skill.name}"
        )
    return f'the files of "{skill.name}" are not the ones that were installed ({shown}); it will not run. {way_out}'


def listed(skill: Skill) -> Listed:
    capabilities = capabilities_json(skill.manifest.capabilities) if skill.manifest else {}
    return Listed(
        skill.name,
        skill.version,
        skill.description,
        skill.kind.value,
        skill.status.value,
        skill.enabled,
        json.dumps(capabilities),
    )


def _is_offered(skill: Skill) -> bool:
    return skill.enabled and skill.status is not SkillStatus.TAMPERED and not skill.is_shadowed


def is_code(skill: Skill) -> bool:
    return skill.kind is not SkillKind.INSTRUCTIONS


def _is_instructions(folder: Path) -> bool:
    return (folder / INSTRUCTIONS_FILE).is_file() and not (folder / MANIFEST_FILE).exists()


def _subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(item for item in folder.iterdir() if item.is_dir())
    except OSError:
        return []
