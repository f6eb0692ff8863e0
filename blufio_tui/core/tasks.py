"""Tasks with an owner: whoever closes something first waits for all that writes to it.

A bare `asyncio.create_task` is held by nobody, and its error is told by asyncio when it is collected: as a
traceback across the screen. Everything here keeps the task until it ends and looks at its error.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from blufio_tui.core.errors import UsageError

T = TypeVar("T")

PATIENCE_SECS = 20.0
"""How long what was told to end may take. More than a turn and its tools need (see `core.agent`)."""

_held: set[asyncio.Future[Any]] = set()


def begin(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """As `asyncio.create_task`; the task cannot be collected, and its error belongs to those who await it."""
    task = asyncio.create_task(work)
    _hold(task)
    return task


async def aside(work: Callable[[], T]) -> T:
    """What blocking `work` returns or raises, on a thread that neither a cancelled task nor the end of the program
    waits for: for what may never answer, such as a disk of the network or a keyring. It may still happen later.
    """
    future: Future[T] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            future.set_exception(error)

    threading.Thread(target=run, name="aside", daemon=True).start()
    return await asyncio.wrap_future(future)


async def outlasting(work: Awaitable[T]) -> T:
    """The result of `work`, which continues when the one who waits for it is cancelled."""
    future = asyncio.ensure_future(work)
    _hold(future)
    return await asyncio.shield(future)


def _hold(future: asyncio.Future[Any]) -> None:
    _held.add(future)
    future.add_done_callback(_let_go)


def _let_go(future: asyncio.Future[Any]) -> None:
    _held.discard(future)
    if not future.cancelled():
        future.exception()


class Tasks:
    """Owns tasks that use one resource. `end` them all before the resource is closed."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._is_over = False

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """
        Raises:
            UsageError: `end` was called; what is written from now on would be lost.
        """
        if self._is_over:
            work.close()
            raise UsageError("The program is closing; nothing new can start.")
        task = begin(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def end(self, patience: float = PATIENCE_SECS) -> bool:
        """Cancel every task once, unless it is being cancelled already, and wait until all have stored what they have.

        Args:
            patience: seconds; after that those that are left are cancelled again and waited for no longer.

        Returns:
            Whether all ended in time.
        """
        self._is_over = True
        for task in self._running:
            if not task.cancelling():
                task.cancel()
        left = await self._wait(patience)
        for task in left:
            task.cancel()
        return not left

    async def _wait(self, patience: float) -> set[asyncio.Task[Any]]:
        if not self._running:
            return set()
        _, left = await asyncio.wait(set(self._running), timeout=patience)
        return left
