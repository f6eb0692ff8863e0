"""Effects on files through the gate, with the real log and the real files: none without its row, whatever happens."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.commands.environment import Environment
from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.adapters.config.grants_file import GrantsFile
from blufio_tui.adapters.effect_runner import HostEffects
from blufio_tui.adapters.files.guard import FileGuard, places
from blufio_tui.adapters.net.network import Network
from blufio_tui.adapters.net.secrets import SecretStore
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.rows import AuditFilter
from blufio_tui.core.capability import Actor, ActorKind, Mode
from blufio_tui.core.effects import Perform, ReadFile, WriteFile
from blufio_tui.core.errors import HostError
from blufio_tui.core.gate.approvers import DenyAll
from blufio_tui.core.gate.gate import Circumstances, Gate, Ports
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, Manifest
from blufio_tui.core.tools import CallContext

PATIENCE = 30


@dataclass
class World:
    folder: Path
    database: Database
    audit: AuditStore
    gate: Gate
    perform: Perform

    async def rows(self) -> list[tuple[str, str]]:
        await self.gate.settle()
        return [(row.entry.decision, row.entry.outcome) for row in await self.audit.page(AuditFilter())]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    folder = tmp_path.resolve() / "notes"
    folder.mkdir()
    clock, database, where = SystemClock(), Database(tmp_path / "home" / "blufio.db"), places(folder)
    database.open()
    network = Network((), "", SecretStore(tmp_path / "secrets.toml"))
    audit = AuditStore(database, AuditKey(tmp_path / "home" / "keys" / "audit.key"), clock)
    runner = HostEffects(FileGuard(where, ()), network, Environment(), Shell())
    ports = Ports(runner, DenyAll(), audit, GrantsFile(tmp_path / "grants.toml", clock), clock)
    gate = Gate(ports, lambda: Circumstances(Mode.ASK, where))
    allowed = Capabilities(filesystem=FilesystemCapability(read=(str(folder),), write=(str(folder),)))
    manifest = Manifest("x", "1.0.0", "…", capabilities=allowed)
    actor = Actor(ActorKind.SKILL, "x", "1.0.0", "", "aa" * 32, manifest, manifest)
    yield World(folder, database, audit, gate, gate.bind(actor, CallContext("s", "t", "c", lambda event: None)))
    await gate.settle()
    await network.close()
    database.close()


async def test_an_effect_has_its_row_and_then_its_outcome(world: World) -> None:
    note = world.folder / "note.txt"
    await world.perform(WriteFile(str(note), b"hello"))
    assert (await world.perform(ReadFile(str(note)))).data == b"hello"
    assert await world.rows() == [("allow", "ok"), ("allow", "ok")]
    assert (await world.audit.verify()).ok


async def test_an_effect_that_is_cancelled_while_its_row_is_written_does_not_happen(world: World) -> None:
    note, begun, held = world.folder / "note.txt", threading.Event(), threading.Event()

    def hold(_connection: sqlite3.Connection) -> None:
        begun.set()
        assert held.wait(PATIENCE)

    holding = world.database.begin_write(hold)
    assert await asyncio.to_thread(begun.wait, PATIENCE)
    call = asyncio.create_task(world.perform(WriteFile(str(note), b"hello")))
    while not world.audit._writing:
        await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    held.set()
    await holding
    assert await world.rows() == [("allow", "cancelled")]
    assert not note.exists()


async def test_on_a_full_disk_no_file_is_written(world: World) -> None:
    note = world.folder / "note.txt"
    await world.perform(WriteFile(str(note), b"before"))
    await world.gate.settle()
    pages = world.database.write_sync(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    world.database.write_sync(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchone())
    for number in range(200):  # until what room the last page had is used up
        try:
            await world.perform(WriteFile(str(note), b"%d" % number))
        except HostError as error:
            assert "the audit log cannot be written" in str(error)
            break
    else:
        pytest.fail("the disk was never full")
    content = note.read_bytes()
    with pytest.raises(HostError, match="audit log"):
        await world.perform(WriteFile(str(note), b"after"))
    assert note.read_bytes() == content != b"%d" % number
    world.database.write_sync(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchone())
    await world.perform(WriteFile(str(note), b"after"))
    assert note.read_bytes() == b"after"
    assert {outcome for _, outcome in await world.rows()} == {"ok"}
    assert (await world.audit.verify()).ok


async def test_many_effects_at_once_each_have_their_own_end(world: World) -> None:
    """Some fail, some are cancelled: no outcome goes to another's row."""
    names = [f"{number}.txt" for number in range(40)]
    for name in names[::2]:
        (world.folder / name).write_text(name)
    calls = [asyncio.create_task(world.perform(ReadFile(str(world.folder / name)))) for name in names]
    results = await asyncio.gather(*calls, return_exceptions=True)
    for name, result in zip(names, results, strict=True):
        if (world.folder / name).exists():
            assert not isinstance(result, BaseException) and result.data == name.encode()
        else:
            assert isinstance(result, HostError)
    await world.gate.settle()
    for row in await world.audit.page(AuditFilter()):
        there = Path(row.entry.resource).exists()
        assert row.entry.outcome == "ok" if there else row.entry.outcome.startswith("error")
    assert (await world.audit.verify()).ok
