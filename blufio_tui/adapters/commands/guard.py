"""Ends a command and everything it started, when it is over and when this program is killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from blufio_tui.core.errors import HostError

_WARDEN = Path(__file__).with_name("warden.py")
_GUARD = 'read -r _; kill -USR1 "$1" && sleep 1; kill -9 "-$1"'
"""The shell reads from a pipe that only this program holds open, so the reading ends when the program does."""


_SWEEP_SECS = 1.0


def under_warden(*command: str) -> tuple[str, ...]:
    """The command line that runs a command below a warden, which ends whatever the command leaves behind.

    Only Linux can adopt processes that left the group; elsewhere the command runs without a warden.
    """
    if sys.platform != "linux":
        return command
    return (sys.executable, "-I", "-S", "-X", "utf8", str(_WARDEN), *command)


async def end_family(process: asyncio.subprocess.Process) -> None:
    """End the warden's whole family, and then the group, even while being cancelled."""
    if sys.platform == "linux" and process.returncode is None:
        with suppress(ProcessLookupError, TimeoutError):
            process.send_signal(signal.SIGUSR1)
            await asyncio.wait_for(process.wait(), _SWEEP_SECS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


@asynccontextmanager
async def killed_with_us(group: int) -> AsyncIterator[None]:
    """While this context is open, the warden's family and its process group die with this program.

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
        raise HostError(f"the command could not be supervised: {error.strerror}", error.errno or 0) from error
    finally:
        os.close(reading_end)
