"""Work that begins as soon as something is durable, on the thread that made it so.

The event loop hands over both at once and hears of both at once. Otherwise it would be woken when the row is durable
only to wake another thread for the work: two wakings more for each effect, each about as dear as reading a small file.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar, cast

W = TypeVar("W")
T = TypeVar("T")

TOLD_WITHIN_SECS = 0.05
"""After this, `durable` is settled without waiting for the work: a slow disk must not hold up those who read what was
written."""


class Acting(Generic[W, T]):
    """Created on the event loop; `run` and `tell` are called on another thread, one of them, once.

    Attributes:
        durable: settles with what was written, or with why it was not: then the work never begins.
        done: settles when both are over, with what the work returned and what it raised. It never has an exception;
            cancelling it changes nothing.
        written: what was written, from the moment at which the work may begin.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._loop = asyncio.get_running_loop()
        self.durable: asyncio.Future[W] = self._loop.create_future()
        self.done: asyncio.Future[tuple[T | None, BaseException | None]] = self._loop.create_future()
        self.written: W | None = None
        self._work = work
        self._begun = threading.Lock()  # acquired by whoever is first: the work, or the one who withdraws it
        self._is_late = False
        self._due = self._loop.call_later(TOLD_WITHIN_SECS, self._told_late)

    def withdraw(self) -> bool:
        """Keep the work from beginning; False if it has begun."""
        return self._take()

    def result(self) -> T:
        """What the work returned or raised, once `done` is settled and the work has begun."""
        result, failure = self.done.result()
        if failure is not None:
            raise failure
        return cast("T", result)

    def run(self, written: W) -> Callable[[], None]:
        """It is durable, and this thread has time for the work; what it returns tells the event loop."""
        self.written = written
        if self._is_late:
            self._on_loop(_settle, self.durable, written)
        result, failure = _outcome(self._work) if self._take() else (None, None)
        return partial(self._on_loop, self._end, written, result, failure)

    def tell(self, written: W | None, failure: BaseException | None) -> None:
        """It is durable, or it failed, and this thread has other things to do: the work takes place on another."""
        self._on_loop(self._go_on, written, failure)

    def fail(self, failure: BaseException) -> None:
        """On the event loop: nothing can be written."""
        self._take()
        self._go_on(None, failure)

    def _take(self) -> bool:
        return self._begun.acquire(blocking=False)

    def _go_on(self, written: Any, failure: BaseException | None) -> None:
        if failure is not None:
            self._due.cancel()
            if not self.durable.done():
                self.durable.set_exception(failure)
            _settle(self.done, (None, None))
            return
        self.written = written
        _settle(self.durable, written)
        if not self._take():
            self._end(written, None, None)
            return
        try:
            working = self._loop.run_in_executor(None, _outcome, self._work)
        except RuntimeError as error:  # the program ends, and its threads are gone
            self._end(written, None, error)
        else:
            working.add_done_callback(self._worked)

    def _worked(self, working: "asyncio.Future[tuple[T | None, BaseException | None]]") -> None:
        self._end(self.written, *((None, None) if working.cancelled() else working.result()))

    def _end(self, written: Any, result: T | None, failure: BaseException | None) -> None:
        self._due.cancel()
        _settle(self.durable, written)
        _settle(self.done, (result, failure))

    def _told_late(self) -> None:
        self._is_late = True
        if self.written is not None:
            _settle(self.durable, self.written)

    def _on_loop(self, callback: Callable[..., None], *arguments: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed, so nobody waits
            self._loop.call_soon_threadsafe(partial(callback, *arguments))


def _outcome(work: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    try:
        return work(), None
    except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
        return None, error


def _settle(future: asyncio.Future[Any], value: object) -> None:
    if not future.done():
        future.set_result(value)
