"""Handling of Ctrl-C: the first closes everything in order, the second exits at once.

What was stored stays, because it was committed. `asyncio.run` would raise the second one anywhere in the program and
print tracebacks.

A plain command needs no event loop, and asyncio takes as long to import as everything else it needs, so it is imported
only where a loop starts.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

INTERRUPTED = 130


class _Run:
    """The current run in the main thread.

    Attributes:
        is_closing: whether it was asked to end.
        screens: how many screens use the terminal, which must be restored first.
        last_acts: called before the program exits at once.
    """

    def __init__(self) -> None:
        self.is_closing = False
        self.screens = 0
        self.last_acts: list[Callable[[], None]] = []


_run = _Run()


def run_to_end(main: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`.

    Raises:
        KeyboardInterrupt: it was interrupted, and everything has been closed.
    """
    import asyncio

    if threading.current_thread() is not threading.main_thread():
        return asyncio.run(main)
    _run.is_closing = False
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        return asyncio.run(main)  # ignored, or a program that calls this one has its own way
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        try:
            return runner.run(_watched(main, loop))
        except asyncio.CancelledError:
            if _run.is_closing:
                raise KeyboardInterrupt from None
            raise
        finally:
            runner.close()  # while a second Ctrl-C still means what it says
            signal.signal(signal.SIGINT, before)


async def _watched(main: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> T:
    import asyncio

    task = asyncio.current_task()
    assert task is not None

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        if not _run.is_closing:
            _run.is_closing = True
            loop.call_soon_threadsafe(task.cancel)
        elif not _run.screens:
            _leave_now()

    signal.signal(signal.SIGINT, interrupt)
    return await main


def before_leaving(act: Callable[[], None]) -> None:
    """Call `act` before a second Ctrl-C exits the program. It must be quick; use it to stop what would outlive the
    program."""
    _run.last_acts.append(act)


def is_closing() -> bool:
    """Whether this run was already asked to end."""
    return _run.is_closing


@contextmanager
def screen_is_open() -> Iterator[None]:
    """Inside the block, nothing exits the program before the terminal is restored."""
    _run.screens += 1
    try:
        yield
    finally:
        _run.screens -= 1


@contextmanager
def instead(interrupt: Callable[[], object]) -> Iterator[None]:
    """Inside the block, the first Ctrl-C calls `interrupt` on the event loop; further ones act as before."""
    import asyncio

    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGINT)

    def first(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        loop.call_soon_threadsafe(interrupt)

    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _leave_now() -> None:
    for act in _run.last_acts:
        with suppress(Exception):  # the others must have their turn
            act()
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # it is closed, or written to at this moment
            stream.flush()
    os._exit(INTERRUPTED)
