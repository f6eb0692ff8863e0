"""Replays recorded calls in a sandbox that is connected to nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.replay.replayer import Replayer, build_from_file, build_from_skill
from blufio_tui.adapters.replay.store import LoadedCall, RecordStore
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.core.audit.rows import AuditFilter
from blufio_tui.core.errors import NotThere, SkillError, UsageError
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Manifest
from blufio_tui.core.manifest.parser import parse_manifest
from blufio_tui.core.replay.behaviour import Behaviour, behaviour
from blufio_tui.core.replay.compare import Replayed
from blufio_tui.core.replay.flow import Flows, Source, exchanged, flows_of, found_flows, reaches_last, sources_of
from blufio_tui.core.replay.record import CallRecord
from blufio_tui.core.skills.least_manifest import Least, Proof, least_manifests, prove
from blufio_tui.core.skills.skill import Skill
from blufio_tui.features.stored.stores import audit_on, open_database

MOST_CALLS = 100
"""Recorded calls that one question runs: the newest are enough to see a habit."""
REPLAY_SECS = 60.0
"""How long replays may take unless the person says otherwise: another build may never end, a call have read much."""
TRY_SECS = 60.0
"""How long a new version may take for them: a stranger sets its limits."""


@dataclass(frozen=True, slots=True)
class Replaying:
    """Replays what `records` holds."""

    records: RecordStore
    replayer: Replayer
    audit: AuditStore

    async def replay(
        self, call_id: str, manifest: Path | None = None, module: Path | None = None, limit_secs: float = 0.0
    ) -> Replayed:
        """
        Args:
            manifest: a `skill.toml`, or its folder: the call under another manifest.
            module: another build of the module.
            limit_secs: how long it may take; 0 for REPLAY_SECS, or what the recorded call was allowed if that is more.

        Raises:
            NotThere, StorageError: the call was not recorded, or its record was changed.
            UsageError, ManifestError: a file that was named cannot be used.
            SkillError: it did not end in time.
        """
        loaded = await self.records.load(call_id)
        other = read_manifest(manifest) if manifest else None
        build = build_from_file(module, loaded.record) if module else None
        allowed = 0.0 if build else loaded.record.manifest.limits.epoch_timeout_secs
        limit = limit_secs or max(REPLAY_SECS, allowed)
        async with _stopped_after(limit, "the replay", "replay"):
            return await self.replayer.replay(loaded, manifest=other, build=build, limit_secs=limit)

    async def try_update(self, old: Skill, new: Skill) -> Behaviour | None:
        """Run a new version on the newest recorded calls of the old one; None if there are none.

        Raises:
            StorageError: a record was changed.
            SandboxError: the new version cannot be run at all.
            SkillError: it does not finish in time.
        """
        try:
            async with asyncio.timeout(TRY_SECS):
                return await self._try_update(old, new)
        except TimeoutError as error:
            raise SkillError(f"it did not finish them within {TRY_SECS:g} s") from error

    async def _try_update(self, old: Skill, new: Skill) -> Behaviour | None:
        loaded = await self.records.of_skill(old.name, old.content_hash, MOST_CALLS)
        if not loaded or new.manifest is None:
            return None
        build = await asyncio.to_thread(build_from_skill, new, loaded[0].record.places)
        replays = [await self.replayer.replay(call, manifest=new.manifest, build=build) for call in loaded]
        return behaviour(replays)

    async def least(self, skill: Skill, places: Places, limit_secs: float = 0.0) -> tuple[Least, Proof]:
        """The least manifest for what a skill did, and what replaying its accepted calls under it showed.

        Args:
            limit_secs: how long it may take; 0 for REPLAY_SECS.

        Raises:
            SkillError: it has no code, or this did not end in time.
            StorageError: a record or a row of the skill was changed.
        """
        if skill.manifest is None:
            raise SkillError(f'"{skill.name}" is an instruction skill: it has no code and declares nothing')
        async with _stopped_after(limit_secs or REPLAY_SECS, "this", "skill minimize"):
            return await self._least(skill, skill.manifest, places)

    async def _least(self, skill: Skill, manifest: Manifest, places: Places) -> tuple[Least, Proof]:
        by_skill = AuditFilter(actor=skill.name)
        rows = [row async for row in self.audit.sealed_rows(by_skill) if row.entry.actor_hash == skill.content_hash]
        loaded = await self.records.of_skill(skill.name, skill.content_hash, MOST_CALLS)
        accepted = [call for call in loaded if call.record.approved and not _was_denied(call.record)]
        for least in await asyncio.to_thread(list, least_manifests(manifest, rows, places)):
            proof = prove([await self.replayer.replay(call, manifest=least.manifest) for call in accepted])
            if not proof.failed:
                break
        return least, proof

    async def flows(self, call_id: str, limit_secs: float = 0.0) -> Flows:
        """The flows from what a call read to what it sent. Raises as `replay`.

        Args:
            limit_secs: how long all the replays may take together; 0 for REPLAY_SECS.
        """
        loaded = await self.records.load(call_id)
        async with _stopped_after(limit_secs or REPLAY_SECS, "this", "flow"):
            return await self.flows_in(loaded)

    async def reaching(self, loaded: LoadedCall) -> tuple[tuple[Source, str], ...]:
        """What a running call read that its waiting request depends on, and how (see `Flow`).

        Raises:
            UsageError: the replay does not reach the same request.
        """
        record = loaded.record
        asked = [exchange.request.key for exchange in record.exchanges]
        plain = await self.replayer.replay(loaded)
        if [request.key for request in plain.requests[: len(asked)]] != asked:
            raise UsageError("the call does not run as it did, so this cannot be determined")
        reached: dict[Source, str] = {}
        for source in await asyncio.to_thread(sources_of, record):
            async for how, other in _exchanged(record, source):
                now = await self.replayer.replay(loaded, record=other, lenient=True)
                if source not in reached and (seen := reaches_last(record, now, how)):
                    reached[source] = seen
        return tuple(reached.items())

    async def flows_in(self, loaded: LoadedCall) -> Flows:
        """
        Raises:
            UsageError: the replay differs from the record, so that exchanged answers would show nothing.
        """
        plain = await self.replayer.replay(loaded)
        if not plain.same:
            what = ", ".join(difference.what for difference in plain.differences)
            raise UsageError(
                f"the call does not replay as it was recorded ({what} differ), so this cannot be determined"
            )
        flows = Flows(loaded.record.call_id)
        for source in await asyncio.to_thread(sources_of, loaded.record):
            async for how, record in _exchanged(loaded.record, source):
                other = await self.replayer.replay(loaded, record=record, lenient=True)
                flows = flows.with_found(source, found_flows(loaded.record, source, other, how))
        return await asyncio.to_thread(flows_of, loaded.record, flows)


async def _exchanged(record: CallRecord, source: Source) -> AsyncIterator[tuple[str, CallRecord]]:
    """As `exchanged`, made on a thread: what a call read may be long."""
    made = exchanged(record, source)
    while (one := await asyncio.to_thread(next, made, None)) is not None:
        yield one


@asynccontextmanager
async def _stopped_after(secs: float, what: str, command: str) -> AsyncIterator[None]:
    """
    Args:
        command: whose `--timeout` allows more.

    Raises:
        SkillError: what is done here did not end in time.
    """
    try:
        async with asyncio.timeout(secs):
            yield
    except TimeoutError as error:
        raise SkillError(
            f"{what} did not end within {secs:g} s and was stopped; `{command} --timeout SECS` allows more"
        ) from error


def _was_denied(record: CallRecord) -> bool:
    return any(not touched.allowed for exchange in record.exchanges for touched in exchange.touched)


def read_manifest(path: Path) -> Manifest:
    """
    Raises:
        NotThere: the file cannot be read.
        ManifestError: it is not valid.
    """
    file = path / "skill.toml" if path.is_dir() else path
    try:
        return parse_manifest(file.read_text("utf-8"), str(file))
    except OSError as error:
        raise NotThere(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text") from error


@asynccontextmanager
async def open_replaying() -> AsyncIterator[Replaying]:
    """The records of this home, and a sandbox of its own for them."""
    paths = Paths.from_environment()
    with open_database(paths) as database:
        sandbox = SandboxClient(paths.cache / "modules", spare=False)
        try:
            with Replayer(sandbox) as replayer:
                audit = audit_on(database, paths)
                yield Replaying(RecordStore(database, audit), replayer, audit)
        finally:
            await sandbox.close()
