"""Runs a command as an ordinary process group: streams its output and returns what carries over to the next."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from blufio_tui.adapters.commands.guard import end_family, killed_with_us, under_warden
from blufio_tui.adapters.scratch import drop_scratch, make_scratch
from blufio_tui.core.errors import HostError
from blufio_tui.core.running import CommandEnded, CommandEvent, CommandOutput, Launch, Stream, shell_words
from blufio_tui.core.tasks import begin

_CHUNK = 64 * 1024
_QUEUED = 4
"""Chunks that wait for the receiver; a command that prints faster stands still until it has taken them."""
_GRACE_SECS = 2.0
_LAST_OUTPUT_SECS = 0.3
_MAX_STATE = 256 * 1024

# Bash reads this before the command. The trap is not inherited by subshells, and BASH_ENV by no other bash.
_STATE_SCRIPT = """unset BASH_ENV
trap '{{ builtin printf "%s\\0" "$PWD"; {env} -0; }} >| {path} 2>/dev/null' EXIT
"""


class PlainRunner:
    """Runs commands with bash, or sh where there is no bash (then nothing is carried over to the next one)."""

    async def run(self, launch: Launch) -> AsyncGenerator[CommandEvent, None]:
        """As `CommandRunner.run`."""
        state = _State()
        try:
            process = _Process(launch, state)
            await process.start()
            try:
                async with killed_with_us(process.pid):
                    while (event := await process.events.get()) is not None:
                        yield event
            finally:
                await process.close()
            yield process.end(state.read())
        finally:
            state.remove()


class _Process:
    """One running command. `events` ends with None."""

    def __init__(self, launch: Launch, state: "_State") -> None:
        self._launch = launch
        self._state = state
        self._moved = 0
        self._timed_out = False
        self.events: asyncio.Queue[CommandOutput | None] = asyncio.Queue(_QUEUED)
        self._tasks: list[asyncio.Task[None]] = []
        self._transports: list[asyncio.ReadTransport] = []

    @property
    def pid(self) -> int:
        return self._process.pid

    async def start(self) -> None:
        """
        Raises:
            HostError: the shell cannot be started.
        """
        ends = {stream: os.pipe() for stream in ("stdout", "stderr")}
        writing = {stream: end[1] for stream, end in ends.items()}
        try:
            self._process = await self._spawn(writing["stdout"], writing["stderr"])
        except (OSError, HostError) as error:
            for reading_end, _ in ends.values():
                os.close(reading_end)
            if isinstance(error, HostError):
                raise
            raise HostError(f"the command could not be started: {error.strerror}", error.errno or 0) from error
        finally:
            for end in writing.values():
                os.close(end)
        pumps = [await self._pump("stdout", ends["stdout"][0]), await self._pump("stderr", ends["stderr"][0])]
        deadline = [begin(self._stop_at_deadline())] if self._launch.timeout_secs is not None else []
        self._tasks = [*pumps, *deadline, begin(self._tell_end(pumps))]

    async def _spawn(self, out: int, err: int) -> asyncio.subprocess.Process:
        has_bash = Path("/bin/bash").exists()
        with _input(self._launch.stdin) as stdin, _as_decided(self._launch.cwd, self._launch.folder) as folder:
            return await asyncio.create_subprocess_exec(
                *under_warden(*shell_words(self._launch.command, has_bash=has_bash)),
                cwd=folder,
                env={**self._launch.environment, **(self._state.variables() if has_bash else {})},
                stdin=stdin,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    async def _pump(self, stream: Stream, reading_end: int) -> "asyncio.Task[None]":
        """Uses its own pipe: with asyncio's, `wait` does not return while any process holds it open."""
        reader = asyncio.StreamReader(limit=_CHUNK)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading_end, "rb", buffering=0)
        )
        self._transports.append(transport)
        return begin(self._pass_on(stream, reader))

    async def _pass_on(self, stream: Stream, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(_CHUNK):
            await self.events.put(CommandOutput(stream, data))
            self._moved += 1
            await asyncio.sleep(0)  # a full pipe never makes `read` wait, and the keys must get their turn

    async def _tell_end(self, pumps: "list[asyncio.Task[None]]") -> None:
        await self._process.wait()
        await asyncio.wait(pumps, timeout=_LAST_OUTPUT_SECS)
        kill_group(self.pid)
        pending, moved = {pump for pump in pumps if not pump.done()}, -1
        # What left the group may hold the output open forever: it is waited for only while something comes.
        while pending and (self._moved != moved or self.events.full()):
            moved = self._moved
            _, pending = await asyncio.wait(pending, timeout=_LAST_OUTPUT_SECS)
        await self.events.put(None)

    async def _stop_at_deadline(self) -> None:
        await asyncio.sleep(self._launch.timeout_secs or 0)
        if self._process.returncode is not None:
            return
        self._timed_out = True
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGTERM)
        await asyncio.sleep(_GRACE_SECS)
        await end_family(self._process)

    async def close(self) -> None:
        """End what still runs; the shell is waited for, so that no zombie stays, even while being cancelled."""
        await end_family(self._process)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for transport in self._transports:
            transport.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), 1.0)

    def end(self, state: tuple[str, Mapping[str, str]]) -> CommandEnded:
        status = self._process.returncode
        return CommandEnded(-9 if status is None else status, self._timed_out, *state)


@contextmanager
def _as_decided(cwd: str, identity: tuple[int, int] | None) -> Iterator[str]:
    """The folder by a name that leads to it alone: what was decided on has no link in its path. It may have one now, or
    another folder may have its name.

    Raises:
        HostError: it is another folder.
        OSError: it is gone.
    """
    folder = os.open(cwd, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        by_number = f"/proc/self/fd/{folder}" if sys.platform == "linux" else cwd
        if os.path.realpath(by_number) != cwd:
            raise HostError(f"{cwd} changed into a symbolic link after it was decided on, so nothing was run")
        found = os.fstat(folder)
        if identity is not None and (found.st_dev, found.st_ino) != identity:
            raise HostError(f"{cwd} was exchanged for another folder after it was decided on, so nothing was run")
        yield by_number
    finally:
        os.close(folder)


@contextmanager
def _input(data: bytes) -> Iterator[int]:
    """A descriptor to read the data from: an unnamed file, because writing much to a pipe would block."""
    if not data:
        yield asyncio.subprocess.DEVNULL
        return
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        yield file.fileno()


class _State:
    """The file in which the shell writes its folder and variables when it ends."""

    def __init__(self) -> None:
        self._folder = ""

    def variables(self) -> dict[str, str]:
        env = shutil.which("env", path="/usr/bin:/bin")
        if env is None:
            return {}
        self._folder = make_scratch("shell")
        script = Path(self._folder, "begin")
        script.write_text(_STATE_SCRIPT.format(env=env, path=f"{self._folder}/state"), encoding="utf-8")
        return {"BASH_ENV": str(script)}

    def read(self) -> tuple[str, Mapping[str, str]]:
        """Folder and variables; empty if the shell could not write them, or the file is not from it."""
        if not self._folder:
            return "", {}
        try:
            descriptor = os.open(f"{self._folder}/state", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                data = file.read(_MAX_STATE + 1)
        except OSError:
            return "", {}
        cwd, *pairs = data.decode("utf-8", "surrogateescape").split("\0")
        if len(data) > _MAX_STATE or not os.path.isdir(cwd):  # noqa: PTH112 - may hold anything
            return "", {}
        return os.path.realpath(cwd), dict(pair.split("=", 1) for pair in pairs if "=" in pair)

    def remove(self) -> None:
        if self._folder:
            drop_scratch(self._folder)


def kill_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
