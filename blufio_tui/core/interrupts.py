"""Running to the end, and being told to end: the first Ctrl-C lets everything close, the second ends it at once.

What is stored by then stays: it was committed. `asyncio.run` would raise the second one wherever the program is, and
show tracebacks of what it tore apart.

A plain command needs no event loop, and asyncio takes as long to import as all else that it needs: it is imported
where a loop begins.
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
    """The run that is under way in the main thread.

    Attributes:
        is_closing: it was told to end.
        screens: how many have the terminal, which must be given back first.
        last_acts: done before the program ends at once.
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
    """Have `act` done before a second Ctrl-C ends the program: quick, and for what would go on without us."""
    _run.last_acts.append(act)


def is_closing() -> bool:
    """Whether this run was told to end already."""
    return _run.is_closing


@contextmanager
def screen_is_open() -> Iterator[None]:
    """Inside, nothing ends the program before the terminal is as it was."""
    _run.screens += 1
    try:
        yield
    finally:
        _run.screens -= 1


@contextmanager
def instead(interrupt: Callable[[], object]) -> Iterator[None]:
    """Inside, the first Ctrl-C calls `interrupt` on the event loop; the next ones mean what they meant before."""
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
