"""Installing, updating and removing skills.

Installing has two halves. `prepare` copies the source into a private staging folder, checks everything
and says what a person has to agree to; `commit` moves exactly what was checked into place. What the source
becomes in between changes nothing.

An update goes into another folder than the version it replaces, and the row of the table decides which one
counts: a program that is killed in between leaves the old skill or the new one, each whole.
"""

import asyncio
import hashlib
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from blufio_tui.adapters.skills import table
from blufio_tui.adapters.skills.folder import read_limited
from blufio_tui.adapters.skills.prepare import Candidate, Download, SkillPreparer
from blufio_tui.adapters.skills.registry import SkillRegistry
from blufio_tui.adapters.skills.signing import short_fingerprint
from blufio_tui.adapters.skills.stamp import take_stamp
from blufio_tui.adapters.skills.table import Installed
from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import ActorKind, DecidedBy, Verdict
from blufio_tui.core.clock import Clock
from blufio_tui.core.errors import SkillError
from blufio_tui.core.policy.approval import Lifetime
from blufio_tui.core.policy.grant_store import GrantStore
from blufio_tui.core.skills.files import is_ignored
from blufio_tui.core.skills.skill import Skill, SkillStatus
from blufio_tui.core.text.display import printable

_SECOND = ".2"
"""Ends the name of a skill's second folder; no skill's name has a dot."""


def _nobody() -> None:
    """Is not interested in what is installed."""


@dataclass(frozen=True, slots=True)
class InstallPorts:
    """What installing works with.

    Attributes:
        folder: where installed skills live.
        download: None if URLs cannot be fetched.
        changed: called when what is installed has changed.
    """

    folder: Path
    audit: AuditLog
    clock: Clock
    grants: GrantStore | None = None
    download: Download | None = None
    changed: Callable[[], None] = _nobody


class SkillInstaller:
    def __init__(self, registry: SkillRegistry, ports: InstallPorts) -> None:
        self._registry = registry
        self._ports = ports
        self._preparer = SkillPreparer(registry, ports.folder, self, ports.download)

    async def prepare(self, source: str) -> Candidate:
        """As `SkillPreparer.prepare`."""
        return await self._preparer.prepare(source)

    async def prepare_update(self, name: str, source: str = "") -> Candidate:
        """As `prepare`, from where the skill was installed from unless another source is given.

        Raises:
            SkillError: there is no such skill, or the source holds another one.
        """
        installed = self._must_be_installed(name)
        name = installed.skill.name
        candidate = await self.prepare(source or installed.source)
        if candidate.skill.name != name:
            await self.discard(candidate)
            raise SkillError(f'{source or installed.source} holds the skill "{candidate.skill.name}", not "{name}"')
        return candidate

    async def commit(self, candidate: Candidate) -> Skill:
        """Put a candidate in place; the caller has shown `asks` and got a yes.

        Raises:
            SkillError, StorageError: nothing was changed.
        """
        now = self._ports.clock.now()
        before = candidate.replaces
        skill = replace(
            candidate.skill,
            folder=self._free_folder(candidate),
            enabled=before.skill.enabled if before else True,
            installed=before.skill.installed if before else now,
            updated=now,
        )
        async with self._recorded(_row(RowType.UPDATE if before else RowType.INSTALL, skill, candidate)):
            await self._registry.database.write(lambda connection: self._swap_in(connection, candidate, skill, now))
        await asyncio.to_thread(shutil.rmtree, candidate.staging, True)
        if before:
            await asyncio.to_thread(shutil.rmtree, before.skill.folder, True)
            await self._carry_grants(before.skill, skill, candidate)
        self._ports.changed()
        return skill

    async def discard(self, candidate: Candidate) -> None:
        await asyncio.to_thread(shutil.rmtree, candidate.staging, True)

    async def remove(self, name: str) -> int:
        """Remove an installed skill with its files and grants; how many grants went with it.

        Raises:
            SkillError: it is not installed (a bundled skill can only be disabled).
        """
        skill = self._must_be_installed(name).skill
        name = skill.name
        async with self._recorded(_removal(skill)):
            await self._registry.database.write(lambda connection: table.remove(connection, name))
            await asyncio.to_thread(shutil.rmtree, skill.folder, True)
        revoked = await self._revoke_grants(name)
        self._ports.changed()
        return revoked

    def added_files(self, name: str) -> tuple[str, ...]:
        """What lies in an installed skill's folder and was not installed: a script of it may have written there.

        Raises:
            SkillError: it is not installed, or more is different than that.
        """
        installed = self._must_be_installed(name)
        skill, known = installed.skill, {entry.path for entry in installed.files}
        if not known:
            raise SkillError(
                f'the list of the files of "{skill.name}" is damaged in the database; install it again from '
                f"{printable(installed.source)}: blufio-tui skill update {skill.name}"
            )
        added = tuple(path for path in _entries(skill.folder) if path not in known and not is_ignored(path))
        for entry in installed.files:
            try:
                data = read_limited(skill.folder / entry.path, entry.size)
                same = hashlib.sha256(data).hexdigest() == entry.sha256
            except SkillError:
                same = False
            if not same:
                raise SkillError(
                    f'{printable(entry.path)} of "{skill.name}" is not what was installed, and no copy of it is kept '
                    f"here; install it again from {printable(installed.source)}: blufio-tui skill update {skill.name}"
                )
        return added

    async def repair(self, name: str, added: Sequence[str]) -> Skill:
        """Remove what was added to an installed skill's folder, as `added_files` named it; the skill then runs again.

        Raises:
            SkillError: something else is different, or what was added changed meanwhile.
        """
        skill = self._must_be_installed(name).skill
        if tuple(added) != await asyncio.to_thread(self.added_files, name):
            raise SkillError(f'what was added to "{skill.name}" has changed in the meantime; look at it again')
        async with self._recorded(_repair(skill, added)):
            await asyncio.to_thread(_remove_files, skill.folder, added)
            await self._registry.check(skill)
        await asyncio.to_thread(self._registry.refresh)
        return self._registry.get(skill.name)

    @asynccontextmanager
    async def _recorded(self, entry: AuditEntry) -> AsyncIterator[None]:
        """A row before anything happens, and one for what came of it. Without the first nothing happens."""
        seq = await self._ports.audit.append(entry)
        after = replace(entry, row_type=RowType.OUTCOME, decision="", decided_by="", detail="", about_seq=seq)
        try:
            yield
        except BaseException as error:
            await self._ports.audit.append(replace(after, outcome=f"error: {printable(str(error), 200)}"))
            raise
        await self._ports.audit.append(replace(after, outcome="ok"))

    # ── committing ─────────────────────────────────────────────────────────────────────────────────

    def _free_folder(self, candidate: Candidate) -> Path:
        """Where the new files go: not where the version lies that they replace."""
        folder = self._ports.folder / candidate.skill.name
        taken = candidate.replaces is not None and candidate.replaces.skill.folder == folder
        return folder.with_name(f"{folder.name}{_SECOND}") if taken else folder

    def _swap_in(self, connection: sqlite3.Connection, candidate: Candidate, skill: Skill, now: float) -> None:
        """Move the copy into place; its row, written in the transaction that runs, makes it the installed one."""
        current = self._registry_row(connection, skill.name)
        if _state_of(current) != _state_of(candidate.replaces):
            raise SkillError(f'"{skill.name}" was changed by another program in the meantime; try again')
        if skill.folder.exists():  # left by a program that was killed: no row knows it
            skill.folder.rename(candidate.staging / "left")
        candidate.root.rename(skill.folder)
        try:
            files = candidate.found.files
            stamp = take_stamp(skill.folder, (entry.path for entry in files))
            table.put(connection, Installed(skill, stamp, candidate.source, table.files_json(files)))
            if candidate.signature:
                table.remember_publisher(connection, skill.publisher, candidate.signature.public_key, now)
        except BaseException:
            skill.folder.rename(candidate.staging / "failed")
            raise

    def _registry_row(self, connection: sqlite3.Connection, name: str) -> Installed | None:
        installed = table.every(connection, self._registry.database.path.parent)
        return next((entry for entry in installed if entry.skill.name == name), None)

    async def _carry_grants(self, old: Skill, new: Skill, candidate: Candidate) -> None:
        """A signed update that widens nothing keeps what the person allowed; any other starts over."""
        grants = self._ports.grants
        keeps = bool(new.publisher) and new.publisher == old.publisher and not candidate.asks
        if grants is None or not keeps:
            return
        for grant in grants.grants():
            mine = (grant.actor_kind, grant.actor_name, grant.publisher) == (ActorKind.SKILL, old.name, old.publisher)
            if mine and grant.verdict is Verdict.ALLOW and grant.content_hash == old.content_hash:
                await grants.revoke(grant.grant_id)
                await grants.add(replace(grant, content_hash=new.content_hash))

    async def _revoke_grants(self, name: str) -> int:
        """What was allowed goes with the skill; what was denied stays denied, should it come back."""
        grants, revoked = self._ports.grants, 0
        for grant in grants.grants() if grants else ():
            is_allowance = grant.verdict is Verdict.ALLOW and grant.lifetime is not Lifetime.CALL
            if grants and is_allowance and (grant.actor_kind, grant.actor_name) == (ActorKind.SKILL, name):
                await grants.revoke(grant.grant_id)
                revoked += 1
        return revoked

    def _must_be_installed(self, name: str) -> Installed:
        skill = self._registry.get(name)
        if installed := self._registry.installed(skill.name):
            return installed
        if skill.status is SkillStatus.BUNDLED:
            raise SkillError(f'"{name}" comes with blufio-tui; it can be disabled: blufio-tui skill disable {name}')
        raise SkillError(f'"{name}" is not installed; it is read from {skill.folder}')


def _state_of(installed: Installed | None) -> tuple[str, Path] | None:
    return (installed.skill.content_hash, installed.skill.folder) if installed else None


def _row(row_type: RowType, skill: Skill, candidate: Candidate) -> AuditEntry:
    signer = f"signed by {short_fingerprint(skill.publisher)}" if skill.publisher else "not signed"
    return AuditEntry(
        row_type=row_type,
        kind=row_type.value,
        resource=f"{skill.name} {skill.version}",
        actor="user",
        actor_hash=skill.content_hash,
        decision=Verdict.ALLOW,
        decided_by=DecidedBy.USER,
        detail=printable(f"from {candidate.source}; {signer}; {'; '.join(candidate.asks)}", 1000),
    )


def _entries(folder: Path) -> Iterator[str]:
    """Relative paths of all files and links below a folder, sorted; links are not followed."""
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        folders[:] = sorted(set(folders) - set(links))
        yield from ((Path(place) / name).relative_to(folder).as_posix() for name in sorted([*names, *links]))


def _remove_files(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        place = folder / name
        place.unlink(missing_ok=True)
        for above in place.parents:
            if above == folder or any(above.iterdir()):
                break
            above.rmdir()


def _repair(skill: Skill, added: Sequence[str]) -> AuditEntry:
    return AuditEntry(
        RowType.UPDATE,
        "update",
        f"{skill.name} {skill.version}",
        actor="user",
        actor_hash=skill.content_hash,
        decision=Verdict.ALLOW,
        decided_by=DecidedBy.USER,
        detail=printable(f"removed what was added to its folder: {', '.join(added)}", 1000),
    )


def _removal(skill: Skill) -> AuditEntry:
    resource = f"{skill.name} {skill.version}"
    return AuditEntry(
        RowType.REMOVE, "remove", resource, actor="user", decision=Verdict.ALLOW, decided_by=DecidedBy.USER
    )
