"""Opens the rest of the program while the screen is already shown."""

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

from blufio_tui.adapters.heap import give_back_what_is_free
from blufio_tui.core.tasks import outlasting

_YOUNG = 3_000
"""Objects made between two looks for garbage among the youngest: drawing a frame makes thousands, nearly all gone with
it."""


class Closable(Protocol):
    async def close(self) -> None: ...


Parts = TypeVar("Parts", bound=Closable)
T = TypeVar("T")
Part_co = TypeVar("Part_co", covariant=True)


class Opening(Generic[Parts]):
    """The parts behind the screen, imported and opened on a thread of their own.

    They cost more time than the screen itself, and nobody needs them before the first frame. Whoever asks for
    them first begins the opening; a failure to open is raised to everyone who asks.
    """

    def __init__(self, open_parts: Callable[[], Parts]) -> None:
        self._open_parts = open_parts
        self._future: Future[Parts] | None = None

    @property
    def ready(self) -> Parts | None:
        """The parts, if they are there."""
        future = self._future
        return None if future is None or not future.done() or future.exception() else future.result()

    @property
    def failure(self) -> BaseException | None:
        """Why nothing could be opened; None while that is not known."""
        future = self._future
        return future.exception() if future is not None and future.done() else None

    async def parts(self) -> Parts:
        """
        Raises:
            StorageError: what is stored cannot be used.
        """
        return await outlasting(asyncio.wrap_future(self._begun()))

    def now(self) -> Parts:
        """As `parts`, holding up the caller's thread for the rest of the opening."""
        return self._begun().result()

    def part(self, of: Callable[[Parts], T]) -> "Part[T]":
        """One of the parts, for who needs no other."""
        return Part(self, of)

    async def close(self) -> None:
        """Close what was opened; an opening that is under way is waited for."""
        if self._future is not None:
            await asyncio.gather(asyncio.wrap_future(self._future), return_exceptions=True)
        if (parts := self.ready) is not None:
            await parts.close()

    def _begun(self) -> "Future[Parts]":
        if self._future is None:
            self._future = Future()
            threading.Thread(target=self._run, args=(self._future,), name="opening", daemon=True).start()
        return self._future

    def _run(self, future: "Future[Parts]") -> None:
        try:
            future.set_result(self._open_parts())
        except BaseException as error:  # noqa: BLE001 - raised again where the parts are asked for
            future.set_exception(error)


class Part(Generic[Part_co]):
    """One part of what is being opened; it raises what `Opening` raises."""

    def __init__(self, opening: Opening[Any], of: Callable[[Any], Part_co]) -> None:
        self._opening = opening
        self._of = of

    @property
    def ready(self) -> Part_co | None:
        """The part, if it is there."""
        return None if (parts := self._opening.ready) is None else self._of(parts)

    async def get(self) -> Part_co:
        return self._of(await self._opening.parts())

    def now(self) -> Part_co:
        """As `get`, holding up the caller's thread for the rest of the opening."""
        return self._of(self._opening.now())


@contextmanager
def until_opened() -> Iterator[None]:
    """Garbage is not looked for meanwhile: there is none yet, and looking for it costs time.

    What is there afterwards counts as living for good: each full search would go through all of it, and hold up the
    screen for as long as several frames.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        give_back_what_is_free()
        gc.set_threshold(_YOUNG, 10, 10)
        gc.enable()
