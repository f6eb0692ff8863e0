"""Opening what acts while the screen is already there."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from blufio_tui.core.tasks import outlasting

if TYPE_CHECKING:
    from blufio_tui.wiring.screen_ports import Parts


class Opening:
    """The parts behind the screen, imported and opened on a thread of their own.

    They cost more time than the screen itself, and nobody needs them before the first frame. Whoever asks for
    them first begins the opening; a failure to open is raised to everyone who asks.
    """

    def __init__(self, open_parts: "Callable[[], Parts]") -> None:
        self._open_parts = open_parts
        self._future: Future[Parts] | None = None

    @property
    def ready(self) -> "Parts | None":
        """The parts, if they are there."""
        future = self._future
        return None if future is None or not future.done() or future.exception() else future.result()

    @property
    def failure(self) -> BaseException | None:
        """Why nothing could be opened; None while that is not known."""
        future = self._future
        return future.exception() if future is not None and future.done() else None

    async def parts(self) -> "Parts":
        """
        Raises:
            StorageError: what is stored cannot be used.
        """
        return await outlasting(asyncio.wrap_future(self._begun()))

    def now(self) -> "Parts":
        """As `parts`, holding up the caller's thread for the rest of the opening."""
        return self._begun().result()

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
