"""The first half of installing: copy, check, and say what a person has to agree to."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from blufio_tui.adapters.private_folder import make_private
from blufio_tui.adapters.skills import table
from blufio_tui.adapters.skills.archive import MAX_ARCHIVE_BYTES, FileTaker, is_archive, unpack
from blufio_tui.adapters.skills.folder import SkillFolder, open_plain, read_skill, walk
from blufio_tui.adapters.skills.registry import SkillRegistry
from blufio_tui.adapters.skills.signing import Signature, check_signature, publisher_problem, short_fingerprint
from blufio_tui.adapters.skills.table import Installed
from blufio_tui.core.effects import EffectResult, Fetch
from blufio_tui.core.errors import SkillError
from blufio_tui.core.policy.wording import capability_lines
from blufio_tui.core.skills.files import INSTRUCTIONS_FILE, MANIFEST_FILE
from blufio_tui.core.skills.skill import RESERVED_NAMES, Skill, SkillKind, SkillStatus
from blufio_tui.core.skills.update import SkillChange, skill_change
from blufio_tui.core.text.similar import look_alike
from blufio_tui.core.wasm.image import never_runs

_STAGING_PREFIX = ".staging-"
_STALE_SECS = 24 * 3600

Download = Callable[[Fetch], Awaitable[EffectResult]]
"""Fetches a URL under the network guard: the gate, bound to the person who asked."""


class Owner(Protocol):
    """What settles candidates. `SkillInstaller` is one."""

    async def commit(self, candidate: "Candidate") -> Skill: ...

    async def discard(self, candidate: "Candidate") -> None: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A checked copy that waits to be installed: a `SkillOffer`.

    Attributes:
        owner: puts it in place, or drops it.
        staging: the private copy; `commit` moves it, `discard` removes it.
        replaces: the installed skill of the same name, if there is one.
        change: what is different from that one.
        is_unchanged: the very same is installed already, by the same publisher and intact.
        asks: what a person has to agree to, in sentences; for an update only what widens.
        notes: what else a person should know.
    """

    skill: Skill
    found: SkillFolder
    signature: Signature | None
    staging: Path
    root: Path
    source: str
    replaces: Installed | None
    change: SkillChange | None
    is_unchanged: bool
    asks: tuple[str, ...]
    notes: tuple[str, ...]
    owner: Owner = field(repr=False, compare=False)

    async def accept(self) -> Skill:
        return await self.owner.commit(self)

    async def discard(self) -> None:
        await self.owner.discard(self)


class SkillPreparer:
    """
    Args:
        owner: of what is prepared.
        folder: where installed skills live; the private copies are made there, so that moving one is atomic.
        download: None if URLs cannot be fetched.
    """

    def __init__(self, registry: SkillRegistry, folder: Path, owner: Owner, download: Download | None = None) -> None:
        self._registry = registry
        self._owner = owner
        self._folder = folder
        self._download = download

    async def prepare(self, source: str) -> Candidate:
        """Copy and check a folder, an archive or what a URL points to.

        Raises:
            SkillError: it cannot be installed; the message says why and what to do.
            ManifestError: its manifest or SKILL.md is not valid.
        """
        staging = await asyncio.to_thread(self._new_staging)
        try:
            if source.startswith(("https://", "http://")):
                archive = await self._downloaded(source, staging)
                return await asyncio.to_thread(self._prepare_archive, archive, staging, source)
            return await asyncio.to_thread(self._prepare_local, Path(source).expanduser(), staging)
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, staging, True)
            raise

    def _new_staging(self) -> Path:
        make_private(self._folder)
        self._sweep()
        return Path(tempfile.mkdtemp(prefix=_STAGING_PREFIX, dir=self._folder))

    def _sweep(self) -> None:
        """Remove copies that a program which was killed left behind long ago."""
        for left in self._folder.glob(f"{_STAGING_PREFIX}*"):
            if time.time() - left.lstat().st_mtime > _STALE_SECS:
                shutil.rmtree(left, ignore_errors=True)

    def _prepare_local(self, source: Path, staging: Path) -> Candidate:
        if source.is_dir():
            self._refuse_folder(source.resolve())
            _copy(source, staging / "skill")
            return self._candidate(staging / "skill", staging, str(source.resolve()), source.resolve().name)
        if not source.is_file():
            raise SkillError(f'there is no folder or archive "{source}"')
        if not is_archive(source.name):
            raise SkillError(f"{source} is neither a folder nor a .tar.gz or .zip archive")
        return self._prepare_archive(source, staging, str(source.resolve()))

    def _refuse_folder(self, source: Path) -> None:
        """Before a byte is copied: what is not a skill may be a whole disk, with the copy inside it."""
        if not any((source / name).is_file() for name in (MANIFEST_FILE, INSTRUCTIONS_FILE)):
            raise SkillError(f"{source} holds neither {MANIFEST_FILE} nor {INSTRUCTIONS_FILE}; it is not a skill")
        if self._folder.resolve().is_relative_to(source):
            raise SkillError(f"{source} holds {self._folder}, where skills are installed; move the skill out of it")

    def _prepare_archive(self, archive: Path, staging: Path, source: str) -> Candidate:
        unpacked = staging / "unpacked"
        unpacked.mkdir()
        unpack(archive, unpacked)
        root = skill_root(unpacked)
        return self._candidate(root, staging, source, root.name if root != unpacked else None)

    async def _downloaded(self, url: str, staging: Path) -> Path:
        if self._download is None:
            raise SkillError("skills cannot be downloaded here; download the archive and install the file")
        if not is_archive(url.split("?", 1)[0].split("#", 1)[0]):
            raise SkillError("the address must end in .tar.gz or .zip")
        result = await self._download(Fetch("GET", url, max_bytes=MAX_ARCHIVE_BYTES))
        if result.value != 200:
            raise SkillError(f"{url} answered with status {result.value}")
        archive = staging / "download"
        await asyncio.to_thread(archive.write_bytes, result.data)
        return archive

    def _candidate(self, root: Path, staging: Path, source: str, folder_name: str | None) -> Candidate:
        found = read_skill(root, folder_name)
        signature = check_signature(root, found.files)
        skill = found.skill
        if signature:
            skill = replace(skill, publisher=signature.publisher, status=SkillStatus.VERIFIED)
        _refuse_what_never_runs(skill)
        self._refuse_clash(skill)
        replaces = self._registry.installed(skill.name)
        if replaces and (problem := publisher_problem(skill.name, replaces.skill.publisher, skill.publisher)):
            raise SkillError(problem)
        change = skill_change(replaces.skill, skill, replaces.files, found.files) if replaces else None
        return Candidate(
            skill=skill,
            found=found,
            signature=signature,
            staging=staging,
            root=root,
            source=source,
            replaces=replaces,
            change=change,
            is_unchanged=replaces is not None and self._is_same(replaces.skill, skill),
            asks=change.widens if change else asks_for(skill),
            notes=(*found.notes, *self._notes(skill, signature, replaces)),
            owner=self._owner,
        )

    def _is_same(self, installed: Skill, offered: Skill) -> bool:
        same = (installed.content_hash, installed.publisher) == (offered.content_hash, offered.publisher)
        return same and not self._registry.differences(installed)

    def _refuse_clash(self, skill: Skill) -> None:
        """Two skills with one tool name would be distinguished by nobody, and neither a bundled one nor what the
        program itself does is to be posed as."""
        if skill.is_shadowed:
            raise SkillError(f'"{skill.name}" is the name of a built-in tool; give the skill another name')
        if skill.tool_name.lower() in RESERVED_NAMES:
            raise SkillError(
                f'"{skill.name}" is a name that the log uses for something else; give the skill another name'
            )
        for other in self._registry.skills():
            if other.tool_name.lower() != skill.tool_name.lower():
                continue
            if other.status is SkillStatus.BUNDLED:
                raise SkillError(f'"{other.name}" is a bundled skill; give yours another name')
            if other.name != skill.name and self._registry.installed(other.name):
                raise SkillError(
                    f'"{skill.name}" would be the tool {skill.tool_name}, which is the installed skill "{other.name}"; '
                    f"rename yours, or remove that one: blufio-tui skill remove {other.name}"
                )

    def _notes(self, skill: Skill, signature: Signature | None, replaces: Installed | None) -> tuple[str, ...]:
        notes = []
        others = [other.name for other in self._registry.skills()]
        if twin := look_alike(skill.name, [name for name in others if name != skill.name]):
            notes.append(f'its name looks like that of "{twin}", another skill')
        notes.append(self._publisher_note(signature, replaces))
        return tuple(notes)

    def _publisher_note(self, signature: Signature | None, replaces: Installed | None) -> str:
        if signature is None:
            return "it is not signed: nobody vouches for where it comes from"
        short = short_fingerprint(signature.publisher)
        if replaces and replaces.skill.publisher == signature.publisher:
            return f"it is signed by the same publisher as before ({short})"
        since = self._registry.database.read_sync(lambda c: table.publisher_since(c, signature.publisher))
        if since:
            return f"it is signed by {short}, a publisher whose skills you have installed before"
        return f"it is signed by {short}, a publisher you have not met before; the key is remembered from now on"


def asks_for(skill: Skill) -> tuple[str, ...]:
    """What a person agrees to by installing, in sentences."""
    if skill.kind is SkillKind.INSTRUCTIONS:
        return ("give the model its instructions when the model asks for them",)
    lines = capability_lines(skill.manifest.capabilities) if skill.manifest else ()
    return lines or ("run in the sandbox, without access to files, network or environment",)


def skill_root(folder: Path) -> Path:
    """The folder of an unpacked archive that holds the skill: itself, or the only one in it.

    Raises:
        SkillError: neither.
    """
    inside = [item for item in folder.iterdir() if item.is_dir()]
    roots = [folder, *inside] if len(inside) == 1 else [folder]
    for root in roots:
        if (root / MANIFEST_FILE).is_file() or (root / INSTRUCTIONS_FILE).is_file():
            return root
    raise SkillError(f"the archive holds neither {MANIFEST_FILE} nor {INSTRUCTIONS_FILE} at its top")


def _copy(source: Path, target: Path) -> None:
    """Copy the files that are part of the skill, within its limits, and nothing that is a link."""
    target.mkdir()
    taker = FileTaker(target, "the folder")
    for relative in walk(source):
        with open_plain(source / relative) as stream:
            taker.take(relative, stream)


def _refuse_what_never_runs(skill: Skill) -> None:
    """
    Raises:
        SkillError: the module is none, or nothing that this host could run.
    """
    if skill.manifest is None or not skill.manifest.entry.endswith(".wasm"):
        return
    module = skill.folder / skill.manifest.entry
    if problem := never_runs(module.read_bytes()):
        raise SkillError(f"{skill.manifest.entry} can never run here: {problem}")
