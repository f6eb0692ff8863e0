"""Clock and chance of recorded and replayed calls."""

import pytest

from blufio_tui.adapters.sandbox.wire.call_spec import RECORD, REPLAY
from blufio_tui.adapters.sandbox.worker_side import sources
from blufio_tui.adapters.sandbox.worker_side.sources import (
    RecordedSources,
    ReplayedSources,
    SystemSources,
    sources_of,
)
from tests.fakes.sandbox_guest import SPEC

SEED = b"s" * 32


def test_what_was_recorded_is_replayed() -> None:
    recorded = RecordedSources(SEED)
    real = [recorded.realtime_ns() for _ in range(3)]
    mono = [recorded.monotonic_ns() for _ in range(2)]
    chance = [recorded.random_bytes(count) for count in (8, 0, 1000)]
    replayed = ReplayedSources(SEED, recorded.take())
    assert [replayed.realtime_ns() for _ in range(3)] == real
    assert [replayed.monotonic_ns() for _ in range(2)] == mono
    assert [replayed.random_bytes(count) for count in (8, 0, 1000)] == chance
    assert replayed.reads == [3, 2]
    assert chance[0] != recorded.random_bytes(8)
    assert RecordedSources(b"t" * 32).random_bytes(8) != chance[0]


def test_readings_are_taken_once() -> None:
    recorded = RecordedSources(SEED)
    recorded.realtime_ns()
    assert [len(part) for part in recorded.take()] == [8, 0]
    assert recorded.take() == (b"", b"")


def test_past_the_record_the_clocks_go_on() -> None:
    replayed = ReplayedSources(SEED, ((5).to_bytes(8, "big"), b""))
    readings = [replayed.realtime_ns() for _ in range(3)]
    assert readings == [5, 1_000_005, 2_000_005]
    assert [replayed.monotonic_ns() for _ in range(2)] == [1_000_000, 2_000_000]


def test_more_readings_than_are_kept_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_READINGS_BYTES", 16)
    recorded = RecordedSources(SEED)
    for _ in range(2):
        recorded.monotonic_ns()
    assert not recorded.over
    assert recorded.monotonic_ns() >= 0
    assert recorded.over
    assert len(recorded.take()[1]) == 16


def test_a_call_that_nobody_records_has_the_machines_own() -> None:
    kinds = [type(sources_of(SPEC._replace(tape=tape, seed=SEED))) for tape in ("", RECORD, REPLAY)]
    assert kinds == [SystemSources, RecordedSources, ReplayedSources]
