"""Running one command in a cage, from this program: events out, questions answered, the clock stopped meanwhile."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from blufio_tui.adapters.cage.program_side.process import SupervisorProcess
from blufio_tui.adapters.cage.wire.frames import Decoder, FrameError, Message, encode
from blufio_tui.core.cage.profile import Profile
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.tasks import begin, outlasting

_GRACE_SECS = 2.0
_LAST_OUTPUT_SECS = 0.5
_CHUNK = 64 * 1024
_QUEUED = 16
"""Pieces of output that may wait for the receiver."""


class CageFailed(BlufioError):
    """The command did not run, or its supervisor was lost; the text says why."""


@dataclass(frozen=True, slots=True)
class Output:
    """What the command printed. `stream` is `stdout` or `stderr`."""

    stream: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ProgramStarted:
    """`above` holds the processes that it was started by, nearest first."""

    path: str
    pid: int
    words: tuple[str, ...] = ()
    above: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """How the command ended.

    Attributes:
        exit_code: the shell's way: 128 + n for signal n.
        timed_out: it was stopped at its deadline.
        wall_secs, waited_secs: since it was started; of that, while a question was open.
        changes: as `core.cage.keeper.Change`, in order.
        written: path, hash before and hash after.
    """

    exit_code: int
    signal: int | None
    timed_out: bool
    wall_secs: float
    waited_secs: float
    files_read: int
    programs: int
    left_running: int
    unasked: int
    changes: tuple[Mapping[str, Any], ...]
    written: tuple[Mapping[str, str], ...]


CageEvent = Output | ProgramStarted | Ended


@dataclass(frozen=True, slots=True)
class Asked:
    """A suspended effect. `chain` holds command lines, the asking program's first."""

    number: int
    kind: str
    resource: str
    operation: str
    why: str
    never: str
    pid: int
    chain: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """`addresses`: for a network effect that is allowed, where the connection may go."""

    allowed: bool
    addresses: tuple[str, ...] = ()


Reply = Callable[[Answered], Awaitable[str]]
"""Gives the answer to the supervisor; the outcome of what it then did."""

Decide = Callable[[Asked, Reply], Awaitable[None]]
"""Decides on a suspended effect and calls the reply exactly once; what it raises refuses the effect."""


@dataclass(frozen=True, slots=True)
class Command:
    """
    Attributes:
        store: existing folder for the old content of what is changed, "" to keep none.
        timeout_secs: without the time that questions wait; 0 means without end.
    """

    words: tuple[str, ...]
    cwd: str
    environment: Mapping[str, str]
    profile: Profile
    store: str = ""
    timeout_secs: float = 0.0


class CagePool:
    """Supervisors, one of them kept warm.

    Args:
        spare: keep one ready after the first command.
    """

    def __init__(self, *, spare: bool = True) -> None:
        self._keep = spare
        self._spare: SupervisorProcess | None = None

    def take(self, stdin: int | None = None) -> SupervisorProcess:
        if stdin is not None:
            return SupervisorProcess(stdin=stdin)
        process, self._spare = self._spare, None
        if process is None or not process.alive:
            process = SupervisorProcess()
        return process

    def warm(self) -> None:
        """Have one ready; for a moment when there is time."""
        if self._spare is None:
            self._spare = SupervisorProcess()

    def close(self) -> None:
        self._keep = False
        if self._spare is not None:
            self._spare.close()
            self._spare.reap(_GRACE_SECS)
            self._spare = None

    async def run(
        self, command: Command, decide: Decide, *, stdin: int | None = None
    ) -> AsyncGenerator[CageEvent, None]:
        """Run a command; its events, `Ended` last. Closing the iterator ends the command and its family.

        Raises:
            CageFailed: it could not be started, or its supervisor was lost.
        """
        run = _Run(self.take(stdin), command, decide)
        try:
            async for event in run.events():
                yield event
        finally:
            await run.close()
            if self._keep and stdin is None:  # where a server has ended, no command need follow
                self.warm()  # only now: a command that has just begun needs the processors


@dataclass(slots=True)
class QuestionClock:
    """Time that passes, without the time that a question is open."""

    begun: float = field(default_factory=time.monotonic)
    waited: float = 0.0
    open_questions: int = 0
    _since: float = 0.0

    def question(self) -> None:
        if self.open_questions == 0:
            self._since = time.monotonic()
        self.open_questions += 1

    def answer(self) -> None:
        self.open_questions -= 1
        if self.open_questions == 0:
            self.waited += time.monotonic() - self._since

    @property
    def wall(self) -> float:
        return time.monotonic() - self.begun

    @property
    def spent(self) -> float:
        """Without what waits now, either."""
        waiting = time.monotonic() - self._since if self.open_questions else 0.0
        return self.wall - self.waited - waiting


class _Run:
    def __init__(self, process: SupervisorProcess, command: Command, decide: Decide) -> None:
        self._process, self._command, self._decide = process, command, decide
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[CageEvent | BlufioError] = asyncio.Queue()
        self._outcomes: dict[int, asyncio.Future[str]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._questions: set[asyncio.Task[Any]] = set()
        self._decoder = Decoder()
        self._clock = QuestionClock()
        self._timed_out = False
        self._readers: list[asyncio.Future[None]] = []
        self._end: Message | None = None
        self._rows: dict[str, list[Message]] = {"changes": [], "written": []}
        self._sending = asyncio.Lock()
        self._paused: dict[int, Callable[[], None]] = {}

    async def events(self) -> AsyncIterator[CageEvent]:
        command = self._command
        self._process.socket.setblocking(False)
        self._loop.add_reader(self._process.socket.fileno(), self._readable)
        for stream, descriptor in (("stdout", self._process.stdout), ("stderr", self._process.stderr)):
            self._read_output(stream, descriptor)
        await self._send(
            type="start", command=list(command.words), cwd=command.cwd, environment=dict(command.environment),
            profile=command.profile.to_json(), store=command.store,
        )  # fmt: skip
        if command.timeout_secs:
            self._spawn(self._watch_deadline())
        while True:
            event = await self._events.get()
            if self._paused and self._events.qsize() <= _QUEUED // 2:
                for descriptor, readable in self._paused.items():
                    self._loop.add_reader(descriptor, readable)
                self._paused.clear()
            if isinstance(event, BlufioError):
                raise event
            yield event
            if isinstance(event, Ended):
                return

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._loop.remove_reader(self._process.socket.fileno())
        for descriptor in (self._process.stdout, self._process.stderr):
            self._loop.remove_reader(descriptor)
        self._process.close()
        await outlasting(self._loop.run_in_executor(None, self._process.reap, _GRACE_SECS))

    async def _send(self, **message: Any) -> None:
        async with self._sending:
            with suppress(OSError):  # the reader sees the end of the file and says what is known
                await self._loop.sock_sendall(self._process.socket, encode(message))

    def _spawn(self, work: Any) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = begin(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # ── output ─────────────────────────────────────────────────────────────────────────────────────

    def _read_output(self, stream: str, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        done: asyncio.Future[None] = self._loop.create_future()
        self._readers.append(done)

        def readable() -> None:
            if self._events.qsize() > _QUEUED:  # whoever prints faster than it is taken stands still
                self._loop.remove_reader(descriptor)
                self._paused[descriptor] = readable
                return
            try:
                data = os.read(descriptor, _CHUNK)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if data:
                self._events.put_nowait(Output(stream, data))
            elif not done.done():
                self._loop.remove_reader(descriptor)
                done.set_result(None)

        self._loop.add_reader(descriptor, readable)

    # ── the supervisor ─────────────────────────────────────────────────────────────────────────────

    def _readable(self) -> None:
        try:
            data = self._process.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._loop.remove_reader(self._process.socket.fileno())
            if self._end is None:
                self._events.put_nowait(CageFailed("the command's supervisor ended before the command did"))
            return
        try:
            for message in self._decoder.feed(data):
                self._take(message)
        except (FrameError, KeyError, TypeError, ValueError) as error:
            self._events.put_nowait(CageFailed(f"the command's supervisor sent an invalid message: {error}"))

    def _take(self, message: Message) -> None:
        match message["type"]:
            case "started":
                self._clock = QuestionClock()
            case "problem":
                self._end = message
                self._events.put_nowait(CageFailed(f"no cage could be made: {message['message']}"))
            case "program":
                self._events.put_nowait(_program(message))
            case "ask":
                self._clock.question()
                task = self._spawn(self._settle(_asked(message)))
                self._questions.add(task)
                task.add_done_callback(self._questions.discard)
            case "done":
                if (future := self._outcomes.get(int(message["number"]))) and not future.done():
                    future.set_result(str(message["outcome"]))
            case "rows":
                self._rows[message["kind"]] += message["rows"]
            case "end":
                self._end = message
                self._spawn(self._finish(message))

    async def _settle(self, asked: Asked) -> None:
        answered = False

        async def reply(answer: Answered) -> str:
            nonlocal answered
            answered = True
            self._clock.answer()
            outcome: asyncio.Future[str] = self._loop.create_future()
            self._outcomes[asked.number] = outcome
            await self._send(
                type="answer", number=asked.number, allowed=answer.allowed, addresses=list(answer.addresses)
            )
            return await outcome if answer.allowed else "denied"

        try:
            await self._decide(asked, reply)
        finally:
            if not answered and not self._loop.is_closed():
                await outlasting(reply(Answered(False)))

    async def _watch_deadline(self) -> None:
        while (left := self._command.timeout_secs - self._clock.spent) > 0 or self._clock.open_questions:  # noqa: ASYNC110
            await asyncio.sleep(max(left, 0.05))
        self._timed_out = True
        await self._send(type="stop", grace=_GRACE_SECS)

    async def _finish(self, message: Message) -> None:
        await asyncio.wait(self._readers, timeout=_LAST_OUTPUT_SECS)
        for future in self._outcomes.values():
            if not future.done():
                future.set_result("cancelled")
        await asyncio.sleep(0)
        for task in self._questions:
            task.cancel()  # whoever asked is gone: the question is withdrawn
        if self._questions:
            await asyncio.wait(self._questions, timeout=_LAST_OUTPUT_SECS)
        self._events.put_nowait(
            Ended(
                exit_code=int(message["exit_code"]),
                signal=message["signal"],
                timed_out=self._timed_out,
                wall_secs=self._clock.wall,
                waited_secs=self._clock.waited,
                files_read=int(message["files_read"]),
                programs=int(message["programs"]),
                left_running=int(message["left_running"]),
                unasked=int(message["unasked"]),
                changes=tuple(self._rows["changes"]),
                written=tuple(self._rows["written"]),
            )
        )


def _program(message: Message) -> ProgramStarted:
    words, above = tuple(map(str, message["words"])), tuple(map(int, message["above"]))
    return ProgramStarted(str(message["path"]), int(message["pid"]), words, above)


def _asked(message: Message) -> Asked:
    return Asked(
        number=int(message["number"]),
        kind=str(message["kind"]),
        resource=str(message["resource"]),
        operation=str(message["operation"]),
        why=str(message["why"]),
        never=str(message["never"]),
        pid=int(message["pid"]),
        chain=tuple(tuple(map(str, line)) for line in message["chain"]),
    )
