"""The deadline clock of a worker: guest time only, and never the next call's."""

import threading
import time
from collections.abc import Callable

_NEVER = float("inf")


class Watchdog:
    """Calls `interrupt` once the armed call has used up its time.

    The clock stands still between `pause` and `resume`. All changes and the firing itself happen under one
    lock, so that a late wake-up can never interrupt the call after the one it was meant for.
    """

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._changed = threading.Condition()
        self._deadline = _NEVER
        self._remaining = 0.0
        self._wakes_at = _NEVER
        self.fired = False
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def arm(self, seconds: float) -> None:
        with self._changed:
            self.fired = False
            self._set(time.monotonic() + seconds)

    def pause(self) -> float:
        """Stop the clock; the seconds that are left."""
        with self._changed:
            self._remaining = max(self._deadline - time.monotonic(), 0.0) if not self.fired else 0.0
            self._deadline = _NEVER
            return self._remaining

    def resume(self) -> None:
        with self._changed:
            self._set(time.monotonic() + self._remaining)

    def disarm(self) -> None:
        with self._changed:
            self._deadline = _NEVER

    def remaining(self) -> float:
        """Seconds of guest time left, never negative."""
        with self._changed:
            return 0.0 if self.fired else max(self._deadline - time.monotonic(), 0.0)

    def _set(self, deadline: float) -> None:
        self._deadline = deadline
        if deadline < self._wakes_at:
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while True:
                self._wakes_at = self._deadline
                left = self._deadline - time.monotonic()
                if left > 0:
                    self._changed.wait(None if left == _NEVER else left)
                else:
                    self._deadline = _NEVER
                    self.fired = True
                    self._interrupt()
