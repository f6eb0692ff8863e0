"""What replays are given: rows that are what was written, and only so much time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.replay.replayer import Replayer
from blufio_tui.adapters.replay.store import LoadedCall, RecordStore
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.errors import SkillError, StorageError
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Manifest
from blufio_tui.core.skills.declared_use import use_lines
from blufio_tui.core.skills.skill import Skill, SkillKind, SkillStatus
from blufio_tui.features.calls.replaying import Replaying
from blufio_tui.features.skills.use import declared_and_used
from tests.fakes.call_records import fetched, read, record_of
from tests.fakes.session_clock import SettableClock

RECORD = record_of([read("/a"), fetched("https://h.example/")])
PLACES = Places("/home/p", "/home/p/work")


class Endless(Replayer):
    """Its replays never end."""

    def __init__(self) -> None:
        self.stopped = 0

    async def replay(self, *_: object, **__: object) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped += 1


class Records(RecordStore):
    async def load(self, call_id: str) -> LoadedCall:
        return LoadedCall(RECORD, b"")

    async def of_skill(self, skill: str, content_hash: str, limit: int = 200) -> list[LoadedCall]:
        return [LoadedCall(RECORD, b"")]


@pytest.fixture
async def replaying(tmp_path: Path) -> AsyncIterator[Replaying]:
    database = Database(tmp_path / "blufio.db")
    database.open()
    audit = AuditStore(database, AuditKey(tmp_path / "audit.key"), SettableClock())
    yield Replaying(Records(database, audit), Endless(), audit)
    database.close()


def skill() -> Skill:
    manifest = Manifest("probe", "1.0.0", "A probe.")
    kind, status = SkillKind.WASM, SkillStatus.UNSIGNED
    return Skill("probe", "1.0.0", "A probe.", kind, status, Path("/nowhere"), "aa" * 32, manifest)


async def test_flows_are_looked_for_only_so_long(replaying: Replaying) -> None:
    with pytest.raises(SkillError, match=r"did not end within 0.05 s and was stopped; `flow --timeout SECS`"):
        await replaying.flows("c1", 0.05)
    assert isinstance(replaying.replayer, Endless)
    assert replaying.replayer.stopped == 1


async def test_the_least_manifest_is_looked_for_only_so_long(replaying: Replaying) -> None:
    with pytest.raises(SkillError, match=r"`skill minimize --timeout SECS` allows more"):
        await replaying.least(skill(), PLACES, 0.05)


async def test_no_manifest_is_made_of_a_row_that_was_changed(replaying: Replaying) -> None:
    row = AuditEntry(
        RowType.DECISION,
        "fs.read",
        "/home/p/work/a",
        actor="probe",
        actor_hash="aa" * 32,
        decision="allow",
        decided_by="manifest",
    )
    await replaying.audit.append(row)
    await replaying.audit._database.write(lambda one: one.execute("UPDATE audit SET resource = '/home/p/.ssh'"))
    with pytest.raises(StorageError, match="row 1 of the audit log was changed"):
        await replaying.least(skill(), PLACES)


@pytest.mark.parametrize("spoil", ["UPDATE audit SET decision = 'deny'", "", "lose the key"])
async def test_what_a_skill_used_is_shown_with_a_manifest_only_where_its_rows_are_sound(
    replaying: Replaying, tmp_path: Path, spoil: str
) -> None:
    row = AuditEntry(RowType.DECISION, "fs.read", "/home/p/work/a", actor="probe", decision="allow")
    await replaying.audit.append(row)
    if spoil.startswith("UPDATE"):
        await replaying.audit._database.write(lambda one: one.execute(spoil))
    elif spoil:
        (tmp_path / "audit.key").unlink()
    audit = AuditStore(replaying.audit._database, AuditKey(tmp_path / "audit.key"), SettableClock())
    use, count = await declared_and_used(skill(), audit, PLACES)
    assert use is not None and count == 1 and use.undeclared
    assert (use.verified, bool(use.smallest)) == (not spoil, not spoil)
    assert any("audit verify" in line for line in use_lines(use)) == bool(spoil)
