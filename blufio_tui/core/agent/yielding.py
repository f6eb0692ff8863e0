"""Letting others have the event loop in a loop that may never wait."""

import asyncio
import time

_SLICE_SECS = 0.004


class Politeness:
    """A stream that has arrived is read without waiting for anything; meanwhile no key would be answered."""

    def __init__(self, slice_secs: float = _SLICE_SECS) -> None:
        self._slice_secs = slice_secs
        self._since = time.monotonic()

    async def take_turns(self) -> None:
        """Let others run if this has gone on for a while."""
        if time.monotonic() - self._since >= self._slice_secs:
            await asyncio.sleep(0)
            self._since = time.monotonic()
