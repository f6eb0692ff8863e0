"""A session store in memory, with the rules of the real one that turns rely on."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from blufio_tui.core.conversation import Message
from blufio_tui.core.errors import StorageError
from blufio_tui.core.sessions.records import (
    MessageState,
    RequestRecord,
    SessionInfo,
    Spending,
    StoredMessage,
    ToolCallRecord,
    TurnEnding,
)


class MemoryStore:
    """Implements `core.ports.SessionStore` on one branch a session."""

    def __init__(self) -> None:
        self.sessions: dict[str, list[StoredMessage]] = {}
        self.ledger: list[RequestRecord] = []
        self.tool_calls: dict[str, ToolCallRecord] = {}
        self.spent: Spending | None = None
        self.broken = False
        self._ids = count(1)
        self._sequences: dict[tuple[str, str, int], int] = {}

    async def create(self, project: str) -> str:
        session_id = f"session-{len(self.sessions) + 1}"
        self.sessions[session_id] = []
        return session_id

    async def append(
        self,
        session_id: str,
        turn_id: str,
        message: Message,
        state: MessageState = MessageState.COMPLETE,
        *,
        sequence: int | None = None,
    ) -> int:
        self._check()
        key = (session_id, turn_id, sequence or 0)
        if sequence is not None and key in self._sequences:
            return self._sequences[key]
        stored = self._add(session_id, turn_id, message, state)
        if sequence is not None:
            self._sequences[key] = stored.message_id
        return stored.message_id

    def _add(self, session_id: str, turn_id: str, message: Message, state: MessageState) -> StoredMessage:
        messages = self.sessions.setdefault(session_id, [])
        parent = messages[-1].message_id if messages else 0
        stored = StoredMessage(next(self._ids), parent, turn_id, message, state, 0.0)
        messages.append(stored)
        return stored

    async def messages(self, session_id: str, *, before_id: int = 0, limit: int = 0) -> list[StoredMessage]:
        self._check()
        everything = self.sessions.get(session_id, [])
        summary = next((one for one in reversed(everything) if one.is_summary), None)
        if summary is None:
            return list(everything)
        kept = [one for one in everything if one.message_id > summary.stands_for and not one.is_summary]
        return [summary, *kept]

    async def all_messages(self, session_id: str, *, before_id: int = 0, limit: int = 0) -> list[StoredMessage]:
        return list(self.sessions.get(session_id, []))

    async def add_summary(self, session_id: str, turn_id: str, summary: Message, stands_for: int) -> int:
        stored = self._add(session_id, turn_id, summary, MessageState.COMPLETE)
        self.sessions[session_id][-1] = replace(stored, stands_for=stands_for)
        return stored.message_id

    async def note_ending(self, session_id: str, turn_id: str, ending: TurnEnding) -> None:
        self._check()
        if self.sessions[session_id][-1].turn_id == turn_id:
            self.sessions[session_id][-1] = replace(self.sessions[session_id][-1], ending=ending)

    async def rewind(self, session_id: str, message_id: int) -> None:
        self.sessions[session_id] = [one for one in self.sessions[session_id] if one.message_id <= message_id]

    async def record_tool_call(self, record: ToolCallRecord) -> None:
        self._check()
        self.tool_calls[record.call_id] = record

    async def known_calls(self, session_id: str, call_ids: Sequence[str]) -> set[str]:
        return {one for one in call_ids if one in self.tool_calls}

    async def record_request(self, record: RequestRecord) -> None:
        self.ledger.append(record)

    async def spending(self, session_id: str) -> Spending:
        total = sum(record.cost_usd or 0.0 for record in self.ledger)
        return self.spent or Spending(total, total, total)

    async def info(self, session_id: str) -> SessionInfo | None:
        return None

    async def recent(self, *, project: str = "", limit: int = 200) -> list[SessionInfo]:
        return []

    def _check(self) -> None:
        if self.broken:
            raise StorageError("the database cannot be written: disk full")
