"""The one place a guest's clock and randomness come from, so that a call can be replayed."""

import hashlib
import os
import time
from typing import Protocol

from blufio_tui.adapters.sandbox.wire.call_spec import RECORD, REPLAY, CallSpec
from blufio_tui.adapters.sandbox.wire.clock_readings import MAX_READINGS_BYTES, ReadingsPair

_PAST_THE_RECORD_NS = 1_000_000
"""How far a clock moves at each reading that the record does not have."""


class Sources(Protocol):
    def realtime_ns(self) -> int: ...

    def monotonic_ns(self) -> int: ...

    def random_bytes(self, count: int) -> bytes: ...


class SystemSources:
    """The machine's own. The monotonic clock starts at the call, so that uptime is not leaked."""

    def __init__(self) -> None:
        self._started = time.monotonic_ns()

    def realtime_ns(self) -> int:
        return time.time_ns()

    def monotonic_ns(self) -> int:
        return time.monotonic_ns() - self._started

    def random_bytes(self, count: int) -> bytes:
        return os.urandom(count)


class SeededBytes:
    """Randomness that can be drawn again: SHAKE-256 of a secret seed and a counter."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._drawn = 0

    def draw(self, count: int) -> bytes:
        self._drawn += 1
        return hashlib.shake_256(self._seed + self._drawn.to_bytes(8, "big")).digest(count)


class RecordedSources:
    """The machine's clocks, each reading kept, and randomness from a seed.

    Attributes:
        over: a clock was read more often than is kept.
    """

    def __init__(self, seed: bytes) -> None:
        self.over = False
        self._system = SystemSources()
        self._random = SeededBytes(seed)
        self._real = bytearray()
        self._mono = bytearray()

    def realtime_ns(self) -> int:
        return self._kept(self._real, self._system.realtime_ns())

    def monotonic_ns(self) -> int:
        return self._kept(self._mono, self._system.monotonic_ns())

    def random_bytes(self, count: int) -> bytes:
        return self._random.draw(count)

    def take(self) -> ReadingsPair:
        """What was read since the last time."""
        taken = bytes(self._real), bytes(self._mono)
        self._real.clear()
        self._mono.clear()
        return taken

    def _kept(self, readings: bytearray, value: int) -> int:
        if len(readings) >= MAX_READINGS_BYTES:
            self.over = True
        else:
            readings += value.to_bytes(8, "big", signed=True)
        return value


class ReplayedSources:
    """What the clocks said and what was drawn when the call was recorded; past that the clocks go on slowly.

    Attributes:
        reads: how often the wall clock and the monotonic one were read.
    """

    def __init__(self, seed: bytes, clocks: ReadingsPair) -> None:
        self.reads = [0, 0]
        self._random = SeededBytes(seed)
        self._clocks = clocks

    def realtime_ns(self) -> int:
        return self._next(0)

    def monotonic_ns(self) -> int:
        return self._next(1)

    def random_bytes(self, count: int) -> bytes:
        return self._random.draw(count)

    def _next(self, clock: int) -> int:
        readings, place = self._clocks[clock], self.reads[clock]
        self.reads[clock] += 1
        past = max(place + 1 - len(readings) // 8, 0)
        start = (place - past) * 8
        return int.from_bytes(readings[max(start, 0) : max(start, 0) + 8], "big", signed=True) + (
            past * _PAST_THE_RECORD_NS
        )


def sources_of(spec: CallSpec) -> Sources:
    """Where a call's clock and randomness come from."""
    if spec.tape == RECORD:
        return RecordedSources(spec.seed)
    if spec.tape == REPLAY:
        return ReplayedSources(spec.seed, spec.clocks)
    return SystemSources()
