"""Opening, leaving and going back in conversations."""

from dataclasses import dataclass

from blufio_tui.core.conversation import Role, TextBlock
from blufio_tui.core.sessions import StoredMessage
from blufio_tui.ui.services import Services
from blufio_tui.ui.state.entries import Entry
from blufio_tui.ui.state.stored import entries_from

_LOADED = 400
"""Messages read when a conversation is opened."""


@dataclass(frozen=True, slots=True)
class Opened:
    """`earlier_than` is the message before which there is more, 0 when all is loaded."""

    title: str
    entries: list[Entry]
    earlier_than: int


class Conversations:
    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions

    async def open(self, session_id: str) -> Opened:
        """Raises `StorageError` or `UsageError` when there is no such session."""
        info = await self._sessions.resume(session_id)
        messages = await self._sessions.all_messages(session_id, limit=_LOADED)
        return Opened(info.title, entries_from(messages), _more(messages))

    async def earlier(self, session_id: str, before: int) -> Opened:
        messages = await self._sessions.all_messages(session_id, before_id=before, limit=_LOADED)
        return Opened("", entries_from(messages), _more(messages))

    async def title(self, session_id: str) -> str:
        info = await self._sessions.info(session_id)
        return info.title if info is not None else ""

    async def prompts(self, session_id: str) -> list[StoredMessage]:
        """What the person said, oldest first; tool results are not."""
        messages = await self._sessions.all_messages(session_id)
        return [m for m in messages if m.message.role is Role.USER and said(m)]

    async def rewind_before(self, session_id: str, prompt: StoredMessage) -> None:
        await self._sessions.rewind(session_id, prompt.parent_id)


def said(stored: StoredMessage) -> str:
    """The first text of a message: the prompt without what was attached."""
    return next((block.text for block in stored.message.blocks if isinstance(block, TextBlock)), "")


def _more(messages: list[StoredMessage]) -> int:
    return messages[0].message_id if len(messages) >= _LOADED else 0
