"""What is taken down while a call runs; a `CallRecord` is made of it afterwards."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from blufio_tui.core.events import Event, HostCallFinished
from blufio_tui.core.replay.record import Touched
from blufio_tui.core.text.json_types import Json

SEED_BYTES = 32
MAX_BYTES = 64 * 1024 * 1024
"""Requests and answers of one call, together; more is not kept, and the record says so."""


@dataclass(slots=True)
class TakenDown:
    """One request and its answer as they crossed the socket; `reply` is a whole frame."""

    header: Mapping[str, Json]
    blob: bytes
    reply: bytes
    touched: tuple[Touched, ...]


@dataclass(slots=True)
class Tape:
    """One call as it is recorded.

    Attributes:
        seed: what the worker draws the call's randomness from.
        program_sha256, script: what was loaded (see `core.replay.record.Guest`).
        clocks: readings of wall and monotonic clock, 8 bytes each.
        pending: header and bytes of the request that waits for its answer, None if none does.
        problem: why this call cannot be replayed, "" while it can.
    """

    seed: bytes = field(default_factory=lambda: secrets.token_bytes(SEED_BYTES))
    program_sha256: str = ""
    script: bytes = b""
    taken: list[TakenDown] = field(default_factory=list)
    clocks: dict[str, bytearray] = field(default_factory=lambda: {"real": bytearray(), "mono": bytearray()})
    pending: tuple[Mapping[str, Json], bytes] | None = None
    problem: str = ""
    _size: int = 0
    _touched: list[Touched] = field(default_factory=list)

    def restart(self) -> None:
        """The call begins again, before its guest did anything."""
        self.taken.clear()
        self.pending = None
        self._touched.clear()
        self._size = 0

    def listening(self, emit: Callable[[Event], None]) -> Callable[[Event], None]:
        """`emit` for the call: decisions are noted on their way to the screen."""

        def heard(event: Event) -> None:
            if isinstance(event, HostCallFinished):
                self._touched.append(_touched(event))
            emit(event)

        return heard

    def take(self, header: Mapping[str, Json], blob: bytes, reply: bytes) -> None:
        """One request with its answer; what was decided since the last one belongs to it."""
        self.pending = None
        touched, self._touched = tuple(self._touched), []
        self._size += len(blob) + len(reply)
        if self._size > MAX_BYTES:
            self.spoil(f"it moved more than {MAX_BYTES // (1024 * 1024)} MiB")
        if not self.problem:
            self.taken.append(TakenDown(header, blob, reply, touched))

    def read_clocks(self, name: str, data: bytes, limit: int) -> None:
        kept = self.clocks[name]
        kept += data
        if len(kept) > limit:
            self.spoil(f"it read the clock more than {limit // 8:,} times")

    def spoil(self, why: str) -> None:
        """Give the record up, and let go of what it held."""
        self.problem = self.problem or why
        self.taken.clear()
        for kept in self.clocks.values():
            kept.clear()


def _touched(event: HostCallFinished) -> Touched:
    return Touched(str(event.kind), event.resource, str(event.decision), str(event.decided_by), event.rule, event.seq)
