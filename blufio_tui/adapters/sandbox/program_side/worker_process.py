"""One worker seen from the UI process: started, talked to one frame at a time, killed."""

import array
import asyncio
import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

from blufio_tui.adapters.sandbox.children import start_worker
from blufio_tui.adapters.sandbox.wire.protocol import Frame, FrameDecoder, FrameKind, ProtocolError, let_others_run
from blufio_tui.core.tasks import outlasting
from blufio_tui.core.text.display import printable
from blufio_tui.core.text.json_types import Json

_CHUNK = 256 * 1024
_START_SECS = 30.0
_SPIN_SECS = 0.00025
_MAX_LAST_WORDS = 2000
_AT_ONCE_BYTES = 16 * 1024
"""What a socket that is empty always takes."""
READY_FRAME_BYTES = 64 * 1024


class WorkerGone(Exception):
    """The worker ended, or its socket did. The text says what is known."""


class WorkerMisbehaved(Exception):
    """The worker sent what an honest one cannot send."""


class WorkerProcess:
    """A worker and the socket to it.

    Exactly one side may speak at any time: a frame that nobody waits for is a violation, and ends the worker.

    Attributes:
        identity: the module plan it serves; None while it is fresh.
        calls: how many calls it was given.
        hardening: what it says it gave up, from its READY frame.
    """

    def __init__(self, python: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = start_worker(python, theirs)
        self._socket.setblocking(False)
        self._decoder = FrameDecoder(READY_FRAME_BYTES)
        self._waiter: asyncio.Future[Frame] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._expires = 0.0
        self._failure: Exception | None = None
        self._ready: asyncio.Task[None] | None = None
        self.identity: str | None = None
        self.calls = 0
        self.hardening: Mapping[str, Json] = {}
        self._loop.add_reader(self._socket.fileno(), self._readable)

    @property
    def alive(self) -> bool:
        return self._failure is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        """Begin to wait for READY in the background; `ready` gives the result."""
        if self._ready is None:
            self._ready = self._loop.create_task(self._await_ready())
            self._ready.add_done_callback(_look_at)

    async def ready(self) -> None:
        """
        Raises:
            WorkerGone, WorkerMisbehaved: it did not start.
        """
        self.start()
        assert self._ready is not None
        await outlasting(self._ready)

    async def _await_ready(self) -> None:
        try:
            frame = await self.receive(_START_SECS)
            if frame.kind is not FrameKind.READY:
                raise self._end(WorkerMisbehaved(f"a new worker said {frame.kind.name}"))
            self.hardening = frame.mapping("hardening")
        except (ProtocolError, TimeoutError) as error:
            raise self._end(WorkerGone(f"the sandbox worker did not start: {error or 'no answer'}")) from error

    async def send(self, data: bytes, *, file: int | None = None, max_reply_bytes: int) -> None:
        """Send an encoded frame, `file` along with it; what may come back is capped at `max_reply_bytes`."""
        self._decoder.max_frame_bytes = max_reply_bytes
        if self._failure is not None:
            raise self._failure
        try:
            sent = self._send_some(data, file)
            if sent < len(data):
                await self._loop.sock_sendall(self._socket, memoryview(data)[sent:])
        except OSError as error:
            raise self._end(self._gone()) from error

    def begin(self, data: bytes, *, max_reply_bytes: int) -> bool:
        """As `send` for a short frame, at once and before anybody waits for the reply; False if it is not that short.

        A failure is told by the `receive` that follows.
        """
        if len(data) > _AT_ONCE_BYTES or self._failure is not None:
            return False
        self._decoder.max_frame_bytes = max_reply_bytes
        self._waiter = self._loop.create_future()
        try:
            sent = self._send_some(data, None)
        except OSError:
            self._end(self._gone())
            return True
        if sent < len(data):  # an idle worker's socket is empty and takes more than this
            self._end(WorkerGone("the sandbox worker does not take what it is sent"))
        return True

    async def receive(self, timeout_secs: float, *, spin: bool = False) -> Frame:
        """The next frame.

        Args:
            spin: look for it for a moment before going to sleep; for when nothing else is going on.

        Raises:
            WorkerGone, WorkerMisbehaved: there will be none; the worker is dead.
            TimeoutError: none came in time; the worker is still there.
        """
        if self._failure is not None:
            raise self._failure
        waiter = self._waiter = self._waiter or self._loop.create_future()
        try:
            if waiter.done() or (spin and self._spin(waiter)):
                return waiter.result()
            self._expires = self._loop.time() + timeout_secs
            if self._timer is None or self._timer.when() > self._expires:
                self._arm()
            return await waiter
        finally:
            self._waiter = None

    def kill(self) -> None:
        """End the process at once; whoever waits for it gets `WorkerGone`."""
        self._end(WorkerGone("the sandbox worker was killed"))

    async def reap(self) -> None:
        """Wait until a killed process is gone from the process table."""
        await asyncio.to_thread(self._process.wait)

    def _arm(self) -> None:
        """One timer for many short waits: it looks again later rather than being set for each of them."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._expires, self._expire)

    def _expire(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() < self._expires:
            self._arm()
        else:
            self._waiter.set_exception(TimeoutError())

    def _send_some(self, data: bytes, file: int | None) -> int:
        try:
            if file is None:
                return self._socket.send(data)
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file]))
            return self._socket.sendmsg([data], [rights])
        except BlockingIOError:
            return 0

    def _spin(self, waiter: asyncio.Future[Frame]) -> bool:
        """A short call takes less time than putting this process to sleep and waking it again."""
        until = time.monotonic() + _SPIN_SECS
        while time.monotonic() < until:
            self._readable()
            if waiter.done():
                return True
            let_others_run()
        return False

    def _readable(self) -> None:
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end(self._gone())
            return
        try:
            self._take(data)
        except (ProtocolError, WorkerMisbehaved) as error:
            self._end(WorkerMisbehaved(str(error)))

    def _take(self, data: bytes) -> None:
        if self._waiter is None or self._waiter.done():
            raise WorkerMisbehaved("the worker spoke out of turn")
        self._decoder.feed(data)
        frame = self._decoder.next()
        if frame is None:
            return
        if self._decoder.pending:
            raise WorkerMisbehaved("the worker sent more than one frame at once")
        self._waiter.set_result(frame)

    def _gone(self) -> WorkerGone:
        words = self._last_words()
        return WorkerGone("the sandbox worker ended unexpectedly" + (f": {words}" if words else ""))

    def _last_words(self) -> str:
        """What it wrote to stderr, for people; whatever it says is never acted on."""
        stream = self._process.stderr
        if stream is None or stream.closed:
            return ""
        with suppress(BlockingIOError, OSError):
            os.set_blocking(stream.fileno(), False)
            words = os.read(stream.fileno(), 64 * 1024)[-_MAX_LAST_WORDS:].decode(errors="replace")
            return printable(" ".join(words.split()), _MAX_LAST_WORDS)
        return ""

    def _end(self, failure: Exception) -> Exception:
        if self._failure is None:
            self._failure = failure
            self._loop.remove_reader(self._socket.fileno())
            if self._timer is not None:
                self._timer.cancel()
            self._socket.close()
            self._process.kill()
            if self._process.stderr is not None:
                self._process.stderr.close()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(self._failure)
            self._waiter.exception()  # seen: whoever waited may have been cancelled in the meantime
        return self._failure


def _look_at(task: asyncio.Task[None]) -> None:
    """A spare worker that fails before anyone wants it is told by `ready`, not by asyncio at exit."""
    if not task.cancelled():
        task.exception()
