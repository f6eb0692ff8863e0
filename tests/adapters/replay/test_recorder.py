"""Which calls are recorded, and what happens when one cannot be."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from blufio_tui.adapters.replay.recorder import ENOUGH, MAX_WAITING, CallRecorder
from blufio_tui.adapters.replay.store import Kept
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.errors import StorageError
from blufio_tui.core.events import Event, NoticeRaised
from blufio_tui.core.manifest.manifest import Limits, Manifest
from blufio_tui.core.replay.record import Ending, decode, digest
from blufio_tui.core.replay.stored_call import StoredCall
from blufio_tui.core.replay.tape import MAX_BYTES, Tape
from blufio_tui.core.settings.schema import RecordSettings
from blufio_tui.core.skills.recording import Made
from blufio_tui.core.skills.sandbox import SandboxCall
from blufio_tui.core.skills.skill import Skill, SkillKind, SkillStatus
from blufio_tui.core.tools import CallContext
from tests.fakes.call_records import PLACES
from tests.fakes.session_clock import SettableClock

MODULE = b"\0asm"
SHA256 = hashlib.sha256(MODULE).hexdigest()
SKILL = Skill("probe", "1.0.0", "A probe.", SkillKind.WASM, SkillStatus.UNSIGNED, Path("/skills/probe"), "aa" * 32)


@dataclass
class Store:
    """Keeps records in a list, or fails."""

    broken: bool = False
    calls: list[StoredCall] = field(default_factory=list)
    modules: dict[str, bytes] = field(default_factory=dict)
    rows: list[AuditEntry] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    async def put_all(self, kept: Sequence[Kept]) -> None:
        if self.broken:
            raise StorageError("the disk is full")
        self.batches.append(len(kept))
        for one in kept:
            self.rows.append(one.row)
            if one.call:
                self.calls.append(one.call)
            if one.call and one.module:
                self.modules[one.call.module_sha256] = one.module

    async def has_module(self, sha256: str) -> bool:
        return sha256 in self.modules


class World:
    def __init__(self, folder: Path, settings: RecordSettings) -> None:
        self.store = Store()
        self.recorder = CallRecorder(self.store, SettableClock(), lambda: settings)  # type: ignore[arg-type]
        self.module = folder / "skill.wasm"
        self.module.write_bytes(MODULE)
        self.events: list[Event] = []

    def context(self, session_id: str = "s1") -> CallContext:
        return CallContext(session_id, "t1", "c1", self.events.append)

    def begin(self, session_id: str = "s1") -> Tape | None:
        return self.recorder.begin(SKILL, self.context(session_id))

    async def call(self, tape: Tape | None = None, error: tuple[str, str] = ("", "")) -> None:
        await self.keep(tape, error)
        await self.recorder.settle()

    async def keep(self, tape: Tape | None = None, error: tuple[str, str] = ("", "")) -> None:
        tape = tape or self.begin()
        assert tape is not None
        tape.program_sha256 = tape.program_sha256 or SHA256
        call = SandboxCall("c1", "probe", self.module, SHA256, b"{}", Limits())
        manifest = Manifest("probe", "1.0.0", "A probe.")
        await self.recorder.keep(Made(tape, call, SKILL, manifest, True, PLACES, "s1", "t1", Ending("out", error)))

    @property
    def rows(self) -> Sequence[AuditEntry]:
        assert all(entry.row_type is RowType.RECORD for entry in self.store.rows)
        return self.store.rows


@pytest.mark.parametrize(
    ("settings", "session", "recorded"),
    [
        (RecordSettings(), None, False),
        (RecordSettings(calls=True), None, True),
        (RecordSettings(skills=("probe",)), None, True),
        (RecordSettings(skills=("other",)), None, False),
        (RecordSettings(), True, True),
        (RecordSettings(calls=True), False, False),
        (RecordSettings(skills=("probe",)), False, True),
    ],
)
def test_setting_skill_and_session_decide(
    tmp_path: Path, settings: RecordSettings, session: bool | None, recorded: bool
) -> None:
    world = World(tmp_path, settings)
    if session is not None:
        world.recorder.set_session("s1", session)
    assert (world.begin() is not None) is recorded


def test_a_choice_before_the_first_prompt_is_for_the_session_that_begins(tmp_path: Path) -> None:
    world = World(tmp_path, RecordSettings())
    world.recorder.set_session("", True)
    assert world.recorder.is_on("s1")
    assert world.begin("s1") is not None
    assert world.begin("s2") is None
    assert world.recorder.is_on("s1") and not world.recorder.is_on("s2")


async def test_the_row_names_the_record_and_the_module_is_kept_once(tmp_path: Path) -> None:
    world = World(tmp_path, RecordSettings(calls=True))
    await world.call()
    await world.call()
    assert [row.body_sha256 for row in world.rows] == [digest(call.body) for call in world.store.calls]
    assert {row.outcome for row in world.rows} == {"ok"}
    assert world.store.modules == {SHA256: MODULE}
    record = decode(world.store.calls[0].body)
    assert (record.call_id, record.ending.content, record.places) == ("c1", "out", PLACES)


@pytest.mark.parametrize("kind", ["worker_crashed", "integrity", "cancelled"])
async def test_what_says_nothing_about_the_guest_is_not_kept(tmp_path: Path, kind: str) -> None:
    world = World(tmp_path, RecordSettings(calls=True))
    await world.call(error=(kind, "it broke"))
    assert world.store.calls == []
    assert [row.outcome for row in world.rows] == [f"error: not recorded, it ended by {kind}"]


async def test_a_call_that_moves_too_much_is_let_go(tmp_path: Path) -> None:
    world = World(tmp_path, RecordSettings(calls=True))
    tape = Tape()
    tape.take({"effect": "read"}, b"", b"x" * (MAX_BYTES + 1))
    tape.take({"effect": "read"}, b"", b"y")
    assert tape.taken == []
    await world.call(tape)
    assert world.store.calls == []
    assert "64 MiB" in world.rows[0].outcome


async def test_what_could_not_be_stored_is_told_with_the_next_call(tmp_path: Path) -> None:
    world = World(tmp_path, RecordSettings(calls=True))
    world.store.broken = True
    await world.call()
    assert world.events == []
    world.begin()
    (event,) = world.events
    assert isinstance(event, NoticeRaised)
    assert "the disk is full" in event.message
    world.begin()
    assert len(world.events) == 1


async def test_a_module_that_was_changed_meanwhile_is_not_kept(tmp_path: Path) -> None:
    world = World(tmp_path, RecordSettings(calls=True))
    world.module.write_bytes(b"other")
    await world.call()
    assert world.store.calls == []
    world.begin()
    assert len(world.events) == 1


async def test_records_of_calls_in_a_row_share_commits_and_hold_up_no_call(tmp_path: Path) -> None:
    world = World(tmp_path, RecordSettings(calls=True))
    for _ in range(10 * MAX_WAITING):
        await world.keep()
    await world.recorder.settle()
    assert len(world.rows) == 10 * MAX_WAITING
    assert max(world.store.batches) <= MAX_WAITING
    assert len(world.store.batches) <= 10 * MAX_WAITING / ENOUGH + 2
