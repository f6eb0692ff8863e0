"""Recorded calls run again: the store of records, and a sandbox with nothing behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.replay.replayer import Replayer, build_from_file
from blufio_tui.adapters.replay.store import LoadedCall, RecordStore
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.core.errors import NotThere, UsageError
from blufio_tui.core.manifest.manifest import Manifest
from blufio_tui.core.manifest.parser import parse_manifest
from blufio_tui.core.replay.compare import Replayed
from blufio_tui.core.replay.flow import Flows, exchanged, flows_of, found_flows, sources_of
from blufio_tui.wiring.stores import audit_on, open_database


@dataclass(frozen=True, slots=True)
class Replaying:
    """Replays what `records` holds."""

    records: RecordStore
    replayer: Replayer

    async def replay(self, call_id: str, manifest: Path | None = None, module: Path | None = None) -> Replayed:
        """
        Args:
            manifest: a `skill.toml`, or its folder: the call under another manifest.
            module: another build of the module.

        Raises:
            NotThere, StorageError: the call was not recorded, or its record was changed.
            UsageError, ManifestError: a file that was named cannot be used.
        """
        loaded = await self.records.load(call_id)
        other = read_manifest(manifest) if manifest else None
        build = build_from_file(module, loaded.record) if module else None
        return await self.replayer.replay(loaded, manifest=other, build=build)

    async def flows(self, call_id: str) -> Flows:
        """What of what a call read reached what it sent. Raises as `replay`."""
        loaded = await self.records.load(call_id)
        return await self.flows_in(loaded)

    async def flows_in(self, loaded: LoadedCall) -> Flows:
        """
        Raises:
            UsageError: the call does not run as it did, so that other answers would show nothing.
        """
        plain = await self.replayer.replay(loaded)
        if not plain.same:
            what = ", ".join(one.what for one in plain.differences)
            raise UsageError(f"the call does not replay as it was recorded ({what} differ), so this cannot be told")
        flows = Flows(loaded.record.call_id)
        for source in sources_of(loaded.record):
            for how, record in exchanged(loaded.record, source):
                other = await self.replayer.replay(loaded, record=record, lenient=True)
                flows = flows.with_found(source, found_flows(loaded.record, source, other, how))
        return flows_of(loaded.record, flows)


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
                yield Replaying(RecordStore(database, audit_on(database, paths)), replayer)
        finally:
            await sandbox.close()
