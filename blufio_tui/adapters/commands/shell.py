"""Run a shell command in its own process group, with nothing on its input and a bound on time and output."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from blufio_tui.adapters.commands.environment import command_environment
from blufio_tui.adapters.commands.guard import killed_with_us
from blufio_tui.core.capability import ExecTarget
from blufio_tui.core.effects import EffectResult, RunCommand
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.shell.command_line import exec_target

MAX_OUTPUT = 64 * 1024
MAX_TIMEOUT_SECS = 3600.0
_GRACE_SECS = 2.0
_LAST_OUTPUT_SECS = 0.3


class Shell:
    """Runs commands with bash, or sh where there is no bash.

    Args:
        variables: the environment to clean and pass on.
        known_secrets: values no command may find in its environment.
        passed: variables that are passed on although they look like credentials.
    """

    def __init__(
        self,
        variables: Mapping[str, str] = os.environ,
        known_secrets: Iterable[str] = (),
        passed: Iterable[str] = (),
    ) -> None:
        self._variables = variables
        self._known_secrets = tuple(known_secrets)
        self._passed = tuple(passed)

    def prepare(self, effect: RunCommand) -> "PreparedCommand":
        """
        Raises:
            NeverRule: a command that no shell could be given.
            HostError: the folder does not exist.
        """
        if not effect.command.strip() or "\0" in effect.command:
            raise NeverRule("malformed command: it is empty or holds a NUL byte")
        cwd = os.path.realpath(effect.cwd)
        if not Path(cwd).is_dir():
            raise HostError(f"{effect.cwd} is not a folder to run a command in")
        return PreparedCommand(effect, exec_target(effect.command, cwd), self.environment())

    def environment(self) -> dict[str, str]:
        return command_environment(self._variables, self._known_secrets, self._passed)


class PreparedCommand:
    """One command line, whole."""

    def __init__(self, effect: RunCommand, target: ExecTarget, environment: Mapping[str, str]) -> None:
        self._effect = effect
        self._target = target
        self._environment = environment

    @property
    def target(self) -> ExecTarget:
        return self._target

    def describe(self) -> str:
        return f"{self._effect.command}\n\nin {self._target.cwd}, for at most {self._effect.timeout_secs:g} s"

    async def preflight(self) -> None:
        """Nothing to look up."""

    async def execute(self) -> EffectResult:
        output = _Output()
        async with _pipe(output) as (writing_end, reading):
            process = await self._start(writing_end)
            try:
                async with killed_with_us(process.pid):
                    status = await self._wait(process)
                # What it left running may hold the output open for ever; what comes in the next moment still counts.
                await asyncio.wait([reading], timeout=_LAST_OUTPUT_SECS)
            except TimeoutError as error:
                await _stop_gently(process)
                await asyncio.wait([reading], timeout=_LAST_OUTPUT_SECS)
                raise HostError(_timeout_message(self._timeout, output.text())) from error
            finally:
                _kill_group(process.pid)
                await _reap(process)
        return EffectResult(status, output.text())

    @property
    def _timeout(self) -> float:
        return min(max(self._effect.timeout_secs, 0.01), MAX_TIMEOUT_SECS)

    async def _wait(self, process: asyncio.subprocess.Process) -> int:
        async with asyncio.timeout(self._timeout):
            return await process.wait()

    async def _start(self, output: int) -> asyncio.subprocess.Process:
        # `pytest | tail` must not hide four failures; sh knows no pipefail everywhere.
        shell, *options = ("/bin/bash", "-o", "pipefail") if Path("/bin/bash").exists() else ("/bin/sh",)
        try:
            return await asyncio.create_subprocess_exec(
                shell,
                *options,
                "-c",
                self._effect.command,
                cwd=self._target.cwd,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        except OSError as error:
            raise HostError(f"the command could not be started: {error.strerror}", error.errno or 0) from error
        finally:
            os.close(output)


@asynccontextmanager
async def _pipe(output: "_Output") -> AsyncIterator[tuple[int, "asyncio.Task[None]"]]:
    """A pipe of our own: the one that asyncio makes would keep `wait` from returning while anybody holds it.

    Yields the writing end, which the receiver closes, and the task that reads.
    """
    reading_end, writing_end = os.pipe()
    stream = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reading_end, "rb", buffering=0)
    )
    reading = asyncio.create_task(output.read_all(stream))
    try:
        yield writing_end, reading
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        transport.close()


class _Output:
    """The beginning and the end of what a command prints; the middle is counted and dropped."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._cut = 0

    async def read_all(self, stream: asyncio.StreamReader) -> None:
        while chunk := await stream.read(64 * 1024):
            self._take(chunk)

    def _take(self, chunk: bytes) -> None:
        half = MAX_OUTPUT // 2
        room = half - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        if len(self._tail) > half:
            self._cut += len(self._tail) - half
            del self._tail[:-half]

    def text(self) -> bytes:
        middle = f"\n[… {self._cut} bytes cut out here …]\n".encode() if self._cut else b""
        return bytes(self._head) + middle + bytes(self._tail)


def _timeout_message(timeout: float, output: bytes) -> str:
    message = f"the command was stopped after {timeout:g} s, its limit; timeout_secs can be raised"
    text = output.decode("utf-8", "replace")
    return f"{message}\noutput until then:\n{text}" if text else message


async def _stop_gently(process: asyncio.subprocess.Process) -> None:
    """Ask the group to end; the caller kills what is left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(TimeoutError):
        async with asyncio.timeout(_GRACE_SECS):
            await process.wait()


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


async def _reap(process: asyncio.subprocess.Process) -> None:
    """Wait for the killed shell, so that no zombie stays, even while being cancelled."""
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), 1.0)
