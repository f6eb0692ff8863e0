"""Keeps what is typed and queued where the next start of the program finds it."""

from collections.abc import Callable

from blufio_tui.ui.ports.services import Services


class DraftKeeper:
    """
    Args:
        session_id: the session that what is typed belongs to, "" while it is not begun.
    """

    def __init__(self, services: Services, session_id: Callable[[], str]) -> None:
        self._port = services.drafts
        self._project = str(services.project)
        self._session_id = session_id
        self._kept_under: str | None = None

    async def load(self) -> str:
        """The draft of the session; where none is open, one that a program left behind. Raises `StorageError`."""
        if self._port is None:
            return ""
        session_id = self._session_id()
        text = await self._port.load(session_id) if session_id else ""
        return text or await self._port.abandoned(self._project)

    async def save(self, text: str) -> None:
        """Under the session as it is now: what was kept before it began goes. Raises `StorageError`."""
        if self._port is None:
            return
        before, now = self._kept_under, self._session_id()
        if before is not None and before != now:
            await self._port.save(before, self._project, "")
        await self._port.save(now, self._project, text)
        self._kept_under = now if text else None

    async def move(self, text: str) -> None:
        """As `save`, unless there is nothing: then the draft of the session that was opened stays.

        Raises:
            StorageError: it could not be written.
        """
        if self._port is None:
            return
        before = self._kept_under
        if text:
            await self.save(text)
        elif before is not None and before != self._session_id():
            await self._port.save(before, self._project, "")
            self._kept_under = None
