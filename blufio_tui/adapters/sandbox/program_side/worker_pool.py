"""Workers kept warm: one module each, a fresh one ready for the next module, never too many."""

import asyncio
import os
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from blufio_tui.adapters.sandbox.program_side.worker_process import WorkerGone, WorkerMisbehaved, WorkerProcess

_START_ATTEMPTS = 3
_SPARE_DELAY_SECS = 0.05
"""Starting a process holds up the event loop for milliseconds: not while a call has just begun."""
_PATIENCE_SECS = 0.1
"""About what starting a process takes."""
_MOMENT_SECS = 0.001
"""Calls that wait no longer than this on average are served best by one worker, which need not sleep between them."""


Begin = Callable[[WorkerProcess, bool], bool]
"""Takes the worker and whether it is the only one at work; whether the call has begun."""


class WorkerPool:
    """Hands out workers, at most `max_workers` at once; the others wait their turn.

    A worker that has run a module never runs another one: a guest that broke out of the engine would find
    nothing but what it had brought along.
    """

    def __init__(self, python: str, max_workers: int, warm: int, spare: bool) -> None:
        self._python = python
        self._side_by_side = min(_processors(), warm)
        self._slots = asyncio.Semaphore(max_workers)
        self._warm = warm
        self._keep_spare = spare
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        self._waiting: defaultdict[str, deque[_Turn]] = defaultdict(deque)
        self._waits: defaultdict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
        """How often calls of a module have waited since one found a worker idle, and for how many seconds in all."""
        self._starting: Counter[str] = Counter()
        self._spare: WorkerProcess | None = None
        self._reaping: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def busy(self) -> int:
        return len(self._busy)

    def prepare(self) -> None:
        """Start a fresh worker in the background if there is none."""
        if self._keep_spare and not self._closed:
            self._spare = self._living_spare() or self._start()

    async def acquire(self, identity: str, begin: Begin | None = None) -> WorkerProcess:
        """A worker for this module: one that knows it, or a fresh one.

        Args:
            begin: begins the call with a worker that another call has just finished with, so that the worker need not
                wait until this one is resumed. A worker that began a call can only be given back by who waits for it.

        Raises:
            WorkerGone, WorkerMisbehaved: no worker can be started.
        """
        await self._slots.acquire()
        try:
            return await self._take(identity, begin)
        except BaseException:
            self._slots.release()
            raise

    def release(self, worker: WorkerProcess, *, healthy: bool) -> None:
        """Give a worker back; one that is not healthy is killed."""
        self._busy.discard(worker)
        if healthy and worker.alive and not self._closed:
            self._keep(worker)
        else:
            self._retire(worker)
        self._slots.release()

    async def close(self) -> None:
        self._closed = True
        spare = [self._spare] if self._spare is not None else []
        for worker in [*self._idle, *self._busy, *spare]:
            self._retire(worker)
        self._idle.clear()
        self._spare = None
        await asyncio.gather(*self._reaping)

    async def _take(self, identity: str, begin: Begin | None) -> WorkerProcess:
        for worker in [worker for worker in self._idle if not worker.alive]:
            self._idle.remove(worker)
            self._retire(worker)
        for worker in reversed(self._idle):
            if worker.identity == identity:
                self._idle.remove(worker)
                self._busy.add(worker)
                self._waits.pop(identity, None)
                return worker
        if (handed_over := await self._handed_over(identity, begin)) is not None:
            return handed_over
        self._starting[identity] += 1
        try:
            worker = await self._fresh()
        finally:
            self._starting[identity] -= 1
        worker.identity = identity
        return worker

    def _keep(self, worker: WorkerProcess) -> None:
        """For the call of the same module that waits, else among the idle ones."""
        waiting = self._waiting.get(worker.identity or "")
        while waiting:
            turn = waiting.popleft()
            if not turn.worker.done():
                self._busy.add(worker)
                turn.has_begun = turn.begin is not None and turn.begin(worker, len(self._busy) == 1)
                turn.worker.set_result(worker)
                return
        self._idle.append(worker)
        while len(self._idle) > self._warm:
            self._retire(self._idle.pop(0))

    async def _handed_over(self, identity: str, begin: Begin | None) -> WorkerProcess | None:
        """A worker busy with the same module, if it is done soon: most calls take less than starting another does.

        Where calls come so fast that they always find it busy, another one is worth its start, up to one a processor.
        """
        serving = sum(worker.identity == identity for worker in self._busy)
        could_be = serving + self._starting[identity] < self._side_by_side
        if not serving or (could_be and _are_long(*self._waits[identity])):
            self._waits.pop(identity, None)
            return None
        loop = asyncio.get_running_loop()
        turn = _Turn(loop.create_future(), begin)
        waiting = self._waiting[identity]
        waiting.append(turn)
        began, timer = loop.time(), loop.call_later(_PATIENCE_SECS, _give_up, turn.worker)
        try:
            return await turn.worker
        except asyncio.CancelledError:
            if not turn.worker.cancelled() and (worker := turn.worker.result()) is not None:
                self._busy.discard(worker)
                if turn.has_begun:
                    self._retire(worker)
                else:
                    self._keep(worker)
            raise
        finally:
            timer.cancel()
            count, seconds = self._waits[identity]
            self._waits[identity] = count + 1, seconds + loop.time() - began
            if turn in waiting:
                waiting.remove(turn)
            if not self._waiting[identity]:  # another list may be there now
                del self._waiting[identity]

    async def _fresh(self) -> WorkerProcess:
        for attempt in range(_START_ATTEMPTS):
            if self._closed:
                raise WorkerGone("the sandbox is closed")
            worker, self._spare = self._living_spare() or self._start(), None
            self._busy.add(worker)
            try:
                await worker.ready()
            except (WorkerGone, WorkerMisbehaved):
                self._busy.discard(worker)
                self._retire(worker)
                if attempt == _START_ATTEMPTS - 1:
                    raise
            except BaseException:
                self._busy.discard(worker)
                self._retire(worker)
                raise
            else:
                asyncio.get_running_loop().call_later(_SPARE_DELAY_SECS, self.prepare)
                return worker
        raise WorkerGone("no sandbox worker could be started")

    def _living_spare(self) -> WorkerProcess | None:
        """The spare, unless it died while nobody needed it: that costs no call."""
        if self._spare is not None and not self._spare.alive:
            self._retire(self._spare)
            self._spare = None
        return self._spare

    def _start(self) -> WorkerProcess:
        worker = WorkerProcess(self._python)
        worker.start()
        return worker

    def _retire(self, worker: WorkerProcess) -> None:
        worker.kill()
        task = asyncio.get_running_loop().create_task(worker.reap())
        self._reaping.add(task)
        task.add_done_callback(self._reaping.discard)


@dataclass(eq=False, slots=True)
class _Turn:
    """A call that waits for a worker; None as its worker: it waits no longer."""

    worker: "asyncio.Future[WorkerProcess | None]"
    begin: Begin | None
    has_begun: bool = False


def _are_long(count: int, seconds: float) -> bool:
    """Whether so many waits are worth another worker: in all as long as its start takes, and no mere moments."""
    return seconds >= _PATIENCE_SECS and seconds > count * _MOMENT_SECS


def _give_up(turn: "asyncio.Future[WorkerProcess | None]") -> None:
    if not turn.done():
        turn.set_result(None)


def _processors() -> int:
    return os.cpu_count() or 1
