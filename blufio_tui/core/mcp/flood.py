"""Limits unrequested messages of a server: above the limit it is disconnected."""

import time
from collections.abc import Callable

MAX_MESSAGES = 5_000
MAX_BYTES = 64 * 1024 * 1024
WINDOW_SECS = 10.0


class Flood:
    """Counts unrequested messages per window of time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = clock()
        self._messages = 0
        self._bytes = 0

    def count(self, size: int, messages: int = 1) -> str:
        """Add a message. Returns why the server must be disconnected, "" if it may stay.

        Args:
            size: bytes; negative to subtract what turned out to belong to an answer.
        """
        now = self._clock()
        if now - self._begun > WINDOW_SECS:
            self._begun, self._messages, self._bytes = now, 0, 0
        self._messages += messages
        self._bytes = max(0, self._bytes + size)
        if self._messages > MAX_MESSAGES:
            return f"it was disconnected: more than {MAX_MESSAGES} unrequested messages in {WINDOW_SECS:g} s"
        if self._bytes > MAX_BYTES:
            mib = MAX_BYTES // 1024 // 1024
            return f"it was disconnected: more than {mib} MiB of unrequested messages in {WINDOW_SECS:g} s"
        return ""
