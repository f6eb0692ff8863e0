"""The store of a sub-agent: its conversation stays in memory, its calls and costs go to the parent's session."""

# ruff: noqa: ARG002 - one conversation needs no session id, and is short enough to be read whole

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from blufio_tui.core.conversation import Message
from blufio_tui.core.sessions.records import (
    MessageState,
    RequestRecord,
    SessionInfo,
    Spending,
    StoredMessage,
    ToolCallRecord,
    TurnEnding,
)
from blufio_tui.core.sessions.store import SessionStore


class InsideStore:
    """A `SessionStore` of one conversation in memory. Calls and requests are stored with the parent's session, so that
    they are seen there, and count into its cost and its budgets. What the conversation came to is the result of the
    call that started it; a sub-agent that is cut off is not resumed."""

    def __init__(self, parent: SessionStore, call_id: str) -> None:
        """
        Args:
            call_id: the call that started the sub-agent.
        """
        self._parent = parent
        self._call_id = call_id
        self._messages: list[StoredMessage] = []
        self._ids = count(1)

    async def create(self, project: str) -> str:
        raise NotImplementedError("a sub-agent has no session of its own")

    async def append(
        self,
        session_id: str,
        turn_id: str,
        message: Message,
        state: MessageState = MessageState.COMPLETE,
        *,
        sequence: int | None = None,
    ) -> int:
        return self._add(turn_id, message, state)

    def _add(self, turn_id: str, message: Message, state: MessageState, stands_for: int = 0) -> int:
        parent = self._messages[-1].message_id if self._messages else 0
        number = next(self._ids)
        self._messages.append(StoredMessage(number, parent, turn_id, message, state, 0.0, stands_for))
        return number

    async def messages(self, session_id: str, *, before_id: int = 0, limit: int = 0) -> list[StoredMessage]:
        summary = next((one for one in reversed(self._messages) if one.is_summary), None)
        if summary is None:
            return list(self._messages)
        kept = [one for one in self._messages if one.message_id > summary.stands_for and not one.is_summary]
        return [summary, *kept]

    async def all_messages(self, session_id: str, *, before_id: int = 0, limit: int = 0) -> list[StoredMessage]:
        return list(self._messages)

    async def add_summary(self, session_id: str, turn_id: str, summary: Message, stands_for: int) -> int:
        return self._add(turn_id, summary, MessageState.COMPLETE, stands_for)

    async def note_ending(self, session_id: str, turn_id: str, ending: TurnEnding) -> None:
        """The result of the call says it."""

    async def rewind(self, session_id: str, message_id: int) -> None:
        raise NotImplementedError("a sub-agent's conversation only goes forward")

    async def record_tool_call(self, record: ToolCallRecord) -> None:
        await self._parent.record_tool_call(record)

    async def known_calls(self, session_id: str, call_ids: Sequence[str]) -> set[str]:
        return await self._parent.known_calls(session_id, call_ids)

    async def record_request(self, record: RequestRecord) -> None:
        await self._parent.record_request(replace(record, parent_call_id=self._call_id))

    async def spending(self, session_id: str) -> Spending:
        return await self._parent.spending(session_id)

    async def info(self, session_id: str) -> SessionInfo | None:
        return await self._parent.info(session_id)

    async def recent(self, *, project: str = "", limit: int = 200) -> list[SessionInfo]:
        return await self._parent.recent(project=project, limit=limit)
