"""The one place a guest's clock and randomness come from, so that a call can be replayed."""

import os
import time
from typing import Protocol


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
