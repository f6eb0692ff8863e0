"""Reading stored conversations, and moving between their branches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blufio_tui.core.sessions.records import RequestRecord, StoredMessage, ToolCallRecord, Totals
from blufio_tui.ui.state.attached import attachments_of
from blufio_tui.ui.state.restore import began_by, entries_from, is_prompt

if TYPE_CHECKING:
    from blufio_tui.core.conversation import Block
    from blufio_tui.ui.ports.services import Services
    from blufio_tui.ui.state.entries import Entry

_LOADED = 400
"""Messages read when a conversation is opened."""
_OFFERED = 2000
"""Messages looked through for prompts to go back to."""
_TAIL = 200
_CALLS = 10_000
"""Tool calls looked through for changes to files."""


@dataclass(frozen=True, slots=True)
class Opened:
    """
    Attributes:
        earlier_than: the message before which there is more, 0 if all is loaded.
        calls, requests: the tool calls and the requests to the model that are stored, oldest first.
        prompts: what began each turn, by turn id.
    """

    title: str
    entries: list[Entry]
    earlier_than: int
    calls: Sequence[ToolCallRecord] = ()
    requests: Sequence[RequestRecord] = ()
    prompts: Mapping[str, str] = field(default_factory=dict)
    totals: Totals = Totals()


class Conversations:
    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions

    async def open(self, session_id: str) -> Opened:
        """Raises `StorageError` or `UsageError` when there is no such session."""
        info = await self._sessions.resume(session_id)
        messages = await self._sessions.all_messages(session_id, limit=_LOADED)
        calls = await self._sessions.tool_calls(session_id)
        turns = {stored.turn_id for stored in messages}
        return Opened(
            info.title,
            await self._entries(session_id, messages, calls),
            _more(messages),
            [call for call in calls if call.turn_id in turns],
            [one for one in await self._sessions.requests(session_id) if one.turn_id in turns],
            {stored.turn_id: typed for stored in reversed(messages) if (typed := began_by(stored))},
            await self._sessions.totals(session_id=session_id),
        )

    async def earlier(self, session_id: str, before: int) -> Opened:
        messages = await self._sessions.all_messages(session_id, before_id=before, limit=_LOADED)
        return Opened("", await self._entries(session_id, messages, ()), _more(messages))

    async def _entries(
        self, session_id: str, messages: Sequence[StoredMessage], calls: Sequence[ToolCallRecord]
    ) -> list[Entry]:
        return entries_from(
            messages, {call.call_id: call for call in calls}, await self.version_places(session_id, messages)
        )

    async def version_places(self, session_id: str, messages: Sequence[StoredMessage]) -> dict[int, int]:
        """For each prompt that has other versions, which of them it is, counted from 1."""
        places = {}
        for stored in messages:
            if stored.versions > 1 and is_prompt(stored):
                ids = [one.message_id for one in await self._sessions.branches(session_id, stored.message_id)]
                places[stored.message_id] = ids.index(stored.message_id) + 1 if stored.message_id in ids else 1
        return places

    async def tail(self, session_id: str) -> list[StoredMessage]:
        """The last messages: what a turn has just added is among them."""
        return await self._sessions.all_messages(session_id, limit=_TAIL)

    async def title(self, session_id: str) -> str:
        info = await self._sessions.info(session_id)
        return info.title if info is not None else ""

    async def prompts(self, session_id: str) -> list[StoredMessage]:
        """What the person said, oldest first; tool results are not."""
        return [m for m in await self._sessions.all_messages(session_id, limit=_OFFERED) if is_prompt(m)]

    async def calls_since(self, session_id: str, message_id: int) -> list[str]:
        """The tool calls of the turns that a prompt and those after it began, on the branch that is shown, sub-agents'
        and the person's own included; the oldest first."""
        messages = await self._sessions.all_messages(session_id, limit=_OFFERED)
        turns = {stored.turn_id for stored in messages if stored.message_id >= message_id}
        calls = await self._sessions.tool_calls(session_id, limit=_CALLS)
        return [call.call_id for call in calls if call.turn_id in turns]

    async def prompt(self, session_id: str, message_id: int) -> StoredMessage | None:
        found = [m for m in await self.prompts(session_id) if m.message_id == message_id]
        return found[0] if found else None

    async def rewind_before(self, session_id: str, prompt: StoredMessage) -> None:
        await self._sessions.rewind(session_id, prompt.parent_id)

    async def other_version(self, session_id: str, message_id: int, step: int) -> int:
        """The version before (-1) or after (1) of a prompt; 0 if there is none."""
        ids = [one.message_id for one in await self._sessions.branches(session_id, message_id)]
        place = ids.index(message_id) + step if message_id in ids else -1
        return ids[place] if 0 <= place < len(ids) else 0

    async def switch(self, session_id: str, message_id: int) -> None:
        await self._sessions.switch_branch(session_id, message_id)


def sent_with(prompt: StoredMessage) -> tuple[Block, ...]:
    """What went with a prompt, to be sent with it once more."""
    return attachments_of(prompt.message.blocks)


def _more(messages: list[StoredMessage]) -> int:
    return messages[0].message_id if len(messages) >= _LOADED else 0
