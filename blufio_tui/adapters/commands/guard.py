"""Ends a running command when this program is killed outright and cannot do so itself."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from blufio_tui.core.errors import HostError

_GUARD = 'read -r _; kill -9 "-$1"'
"""The shell reads from a pipe that only this program holds open, so the reading ends when the program does."""


@asynccontextmanager
async def killed_with_us(group: int) -> AsyncIterator[None]:
    """While this is open, the process group dies with this program, however that dies.

    Raises:
        HostError: the guard could not be started.
    """
    reading_end, writing_end = os.pipe()
    try:
        guard = await _start(group, reading_end)
        try:
            yield
        finally:
            guard.kill()  # before the pipe is closed, or it would do its work
            await guard.wait()
    finally:
        os.close(writing_end)


async def _start(group: int, reading_end: int) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", _GUARD, "command-guard", str(group)),
            stdin=reading_end,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise HostError(f"the command could not be watched over: {error.strerror}", error.errno or 0) from error
    finally:
        os.close(reading_end)
