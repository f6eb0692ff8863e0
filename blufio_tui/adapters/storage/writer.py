"""The thread that writes, and the one that takes its place.

There is one writer at a time. After a commit it may do what waited for that commit, instead of waking somebody for it;
a write that comes meanwhile makes the other thread the writer. So writes keep their order, and none waits for anything
but the writes before it.
"""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

GROUP_LIMIT = 64


@dataclass(slots=True)
class Write:
    """
    Attributes:
        job: takes the connection; runs within the transaction.
        after: called with the job's result once it is committed; what it returns is the caller's result.
        told: takes the result, or the failure.
        act: takes the result instead of `told`, may take its time, and returns what then tells of it; None if nothing
            waits for the commit.
    """

    job: Callable[[Any], Any]
    after: Callable[[Any], Any]
    told: Callable[[Any, BaseException | None], None]
    act: Callable[[Any], Callable[[], None]] | None = None


Act = Callable[[], Callable[[], None]]
Commit = Callable[[list[Write], bool], Act | None]
"""Commits a group and tells all of it; if the flag is set, one `act` may be given back instead, to be called."""


class Writer:
    """
    Args:
        commit: called by one thread at a time, never raises.
        close: called by the last writer, when all that was put in is committed.
    """

    def __init__(self, commit: Commit, close: Callable[[], None]) -> None:
        self._commit = commit
        self._close = close
        self._queue: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._spare_called: queue.SimpleQueue[bool] = queue.SimpleQueue()
        """True makes the spare thread the writer, False ends it."""
        self._has_spare = False
        self._turn = threading.Lock()
        """Free only while the writer acts. Whoever acquires it decides who writes next: the thread that acts goes on,
        anybody else calls the spare."""
        self._turn.acquire()
        self._threads: list[threading.Thread] = []
        self._start(self._write)

    def put(self, write: Write) -> None:
        self._queue.put(write)
        self._relieve()

    def may_act(self) -> None:
        """From now on there is a spare thread, so that the writer can act."""
        if len(self._threads) == 1:
            try:
                self._start(self._wait_for_turn)
            except RuntimeError:  # the system has no thread left: this writer only writes
                return
            self._has_spare = True

    def end(self) -> None:
        """Commit what was put in, and close. Not waited for is a thread that acts: that may take any time."""
        self._queue.put(None)
        self._relieve()
        self._closed.wait()
        self._spare_called.put(False)
        if self._has_spare or len(self._threads) == 1:
            for thread in self._threads:
                thread.join()

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name="database-writer", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _wait_for_turn(self) -> None:
        if self._spare_called.get():
            self._write()

    def _write(self) -> None:
        """Be the writer, and the spare while the other thread is, until the end."""
        while self._write_until_relieved() and self._spare_called.get():
            pass

    def _write_until_relieved(self) -> bool:
        """False at the end."""
        while (first := self._queue.get()) is not None:
            group, is_last = self._group_with(first)
            act = self._commit(group, self._has_spare and not is_last)
            if act is not None and self._is_relieved_during(act):
                return True
            if is_last:
                break
        self._close()
        self._closed.set()
        return False

    def _group_with(self, first: Write) -> tuple[list[Write], bool]:
        group = [first]
        while len(group) < GROUP_LIMIT:
            try:
                write = self._queue.get_nowait()
            except queue.Empty:
                return group, False
            if write is None:
                return group, True
            group.append(write)
        return group, False

    def _is_relieved_during(self, act: Act) -> bool:
        self._has_spare = False
        self._turn.release()
        if not self._queue.empty():
            self._relieve()
        tell = act()
        is_relieved = not self._turn.acquire(blocking=False)
        self._has_spare = True
        tell()  # only now: what follows on it is most likely a write, for this thread
        return is_relieved

    def _relieve(self) -> None:
        """There is something to be written: if the writer acts, the spare takes its place."""
        if self._turn.acquire(blocking=False):
            self._spare_called.put(True)
