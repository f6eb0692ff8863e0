"""Yielding the event loop in loops that might otherwise never wait."""

import asyncio
import time

_SLICE_SECS = 0.004


class Politeness:
    """Yields now and then: reading a stream that has already arrived never waits, and keys would go unanswered."""

    def __init__(self, slice_secs: float = _SLICE_SECS) -> None:
        self._slice_secs = slice_secs
        self._since = time.monotonic()

    async def take_turns(self) -> None:
        """Yield to the event loop if the last yield was a while ago."""
        if time.monotonic() - self._since >= self._slice_secs:
            await asyncio.sleep(0)
            self._since = time.monotonic()
