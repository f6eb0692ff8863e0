"""The real clock."""

import time


class SystemClock:
    """Implements `core.ports.Clock`."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()
