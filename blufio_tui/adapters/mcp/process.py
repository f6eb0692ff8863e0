"""A server as a process of this machine, by standard input and output: in the cage, or plain if there is none."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from blufio_tui.adapters.cage.program_side.cage import Ended, Output
from blufio_tui.adapters.commands.guard import end_family, killed_with_us, under_warden
from blufio_tui.adapters.mcp.transport import MAX_MESSAGE, Lost, Receive, ServerFailed
from blufio_tui.adapters.scratch import drop_scratch, make_scratch
from blufio_tui.core.errors import BlufioError, HostError
from blufio_tui.core.mcp.flood import Flood
from blufio_tui.core.mcp.log import ServerLog
from blufio_tui.core.mcp.messages import encoded
from blufio_tui.core.tasks import begin, outlasting
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import JsonObject

_CHUNK = 64 * 1024
_SEND_SECS = 30.0
"""How long a server may leave its input unread."""
_GRACE_SECS = 2.0
_QUEUED = 16


@dataclass(frozen=True, slots=True)
class ProcessEnded:
    """`status` is the exit status, negative for a signal."""

    status: int


ProcessEvent = Output | ProcessEnded


class Starter(Protocol):
    """How the process of a server is run."""

    def run(self, stdin: int, tmp: str) -> AsyncGenerator[ProcessEvent, None]:
        """Run it. Its events; closing the iterator ends the process and all it started.

        Args:
            stdin: descriptor that it reads from; the caller closes its own copy.
            tmp: private folder that exists.

        Raises:
            HostError: it cannot be run.
        """
        ...


class ProcessTransport:
    """Messages as lines to a process and back."""

    answers_while_sending = False

    def __init__(self, starter: Starter, log: ServerLog) -> None:
        self._starter = starter
        self._log = log
        self._input = -1
        self._sending = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None
        self._rest: list[bytes] = []
        self._length = 0
        self._receive: Receive | None = None
        self._closing = False
        self._noise = Flood()

    async def open(self, receive: Receive, lost: Lost) -> None:
        """As `Transport.open`; a process that cannot be run is told through `lost`."""
        self._receive = receive
        theirs, self._input = os.pipe()
        os.set_blocking(self._input, False)
        self._running = begin(self._run(theirs, lost))

    def agreed(self, protocol: str) -> None:
        """The version is only in the messages."""

    async def send(self, message: JsonObject) -> None:
        data = encoded(message) + b"\n"
        async with self._sending:
            try:
                async with asyncio.timeout(_SEND_SECS):
                    await self._write(data)
            except TimeoutError:
                raise ServerFailed(f"it has not read its input for {_SEND_SECS:g} s") from None
            except OSError as error:
                raise ServerFailed(f"it does not read its input ({error.strerror})") from None

    async def _write(self, data: bytes) -> None:
        loop, left = asyncio.get_running_loop(), memoryview(data)
        while left:
            if self._input < 0:
                raise ServerFailed("the connection was closed")
            try:
                left = left[os.write(self._input, left) :]
            except BlockingIOError:
                ready: asyncio.Future[None] = loop.create_future()
                descriptor = self._input
                loop.add_writer(descriptor, _set, ready)
                try:
                    await ready
                finally:
                    loop.remove_writer(descriptor)

    async def _run(self, theirs: int, lost: Lost) -> None:
        tmp = make_scratch("mcp")
        why = "it ended"
        try:
            async with aclosing(self._starter.run(theirs, tmp)) as events:
                async for event in events:
                    if isinstance(event, ProcessEnded):
                        why = _ending(event.status)
                    elif event.stream == "stderr":
                        self._log.feed(event.data)
                        if problem := self._noise.count(len(event.data), 0):
                            why = problem
                            break
                    elif problem := await self._take(event.data):
                        why = problem
                        break
        except BlufioError as error:
            why = str(error)
        except OSError as error:
            why = f"it cannot be run: {error.strerror}"
        finally:
            os.close(theirs)
            await asyncio.to_thread(drop_scratch, tmp)
            said = self._log.last()
            lost(f"{why}; it last said: {said}" if said and not self._closing else why)

    async def _take(self, data: bytes) -> str:
        """Split data into messages. Returns why the server must be ended, "" if it may stay."""
        assert self._receive is not None
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = b"".join((*self._rest, lines[0]))
            self._rest, self._length = [], 0
        messages = [line for line in lines if line and not line.isspace()]
        if problem := self._noise.count(sum(map(len, lines)) + len(lines) - sum(map(len, messages)), 0):
            return problem
        for line in messages:
            if len(line) > MAX_MESSAGE:
                return _too_long()
            await self._receive(line)
        self._rest.append(rest)
        self._length += len(rest)
        await asyncio.sleep(0)  # a server that prints without end must not hold up the others
        return _too_long() if self._length > MAX_MESSAGE else ""

    async def close(self) -> None:
        """Close its input, as the protocol has it, and end what does not end by itself."""
        self._closing = True
        if self._input >= 0:
            descriptor, self._input = self._input, -1
            asyncio.get_running_loop().remove_writer(descriptor)
            os.close(descriptor)
        running = self._running
        if running is None or running is asyncio.current_task():
            return
        await asyncio.wait({running}, timeout=_GRACE_SECS)
        running.cancel()
        await outlasting(asyncio.gather(running, return_exceptions=True))


def _set(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _too_long() -> str:
    return f"it was ended: it sent a message of more than {MAX_MESSAGE // 1024 // 1024} MiB"


def _ending(status: int) -> str:
    return f"it was ended by signal {-status}" if status < 0 else f"it ended with exit status {status}"


class PlainStarter:
    """Runs a server without a cage, after the person approved that, below a warden that ends everything it starts."""

    def __init__(self, words: tuple[str, ...], cwd: str, environment: Mapping[str, str]) -> None:
        self._words = words
        self._cwd = cwd
        self._environment = environment

    async def run(self, stdin: int, tmp: str) -> AsyncGenerator[ProcessEvent, None]:
        """As `Starter.run`."""
        program = shutil.which(self._words[0], path=self._environment.get("PATH", os.defpath))
        if program is None:
            raise HostError(f"there is no program {visible_line(self._words[0])}")
        try:
            process = await asyncio.create_subprocess_exec(
                *under_warden(os.path.abspath(program), *self._words[1:]),  # noqa: PTH100 - a link stays one
                stdin=stdin,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=self._cwd,
                env={**self._environment, "TMPDIR": tmp},
                start_new_session=True,
            )
        except OSError as error:
            raise HostError(f"{visible_line(self._words[0])} cannot be run: {error.strerror}") from None
        try:
            async with killed_with_us(process.pid):
                async with aclosing(_output(process)) as outputs:
                    async for output in outputs:
                        yield output
                status = await process.wait()
        finally:
            await end_family(process)
        yield ProcessEnded(status)


async def _output(process: asyncio.subprocess.Process) -> AsyncGenerator[Output, None]:
    """What a process prints, until it and all it started have closed their ends."""
    events: asyncio.Queue[Output | None] = asyncio.Queue(_QUEUED)

    async def pump(name: str, stream: asyncio.StreamReader | None) -> None:
        while stream is not None and (data := await stream.read(_CHUNK)):
            await events.put(Output(name, data))

    async def tell_end() -> None:
        await asyncio.gather(*pumps)
        await events.put(None)

    pumps = [begin(pump("stdout", process.stdout)), begin(pump("stderr", process.stderr))]
    tasks = [*pumps, begin(tell_end())]
    try:
        while (event := await events.get()) is not None:
            yield event
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


Runs = Callable[[int, str], AsyncGenerator[Any, None]]


class CagedStarter:
    """Runs a server in the cage.

    Args:
        events: the events of the caged command, given standard input and private folder.
    """

    def __init__(self, events: Runs) -> None:
        self._events = events

    async def run(self, stdin: int, tmp: str) -> AsyncGenerator[ProcessEvent, None]:
        """As `Starter.run`."""
        async with aclosing(self._events(stdin, tmp)) as events:
            async for event in events:
                match event:
                    case Output():
                        yield event
                    case Ended():
                        yield ProcessEnded(-event.signal if event.signal else event.exit_code)
