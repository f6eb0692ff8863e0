"""The record of one turn: every step is stored before anything relies on it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

from blufio_tui.core.conversation import Block, Message, Role, ToolResultBlock
from blufio_tui.core.sessions.conversation_repair import dangling_calls, interrupted_result, without_thinking
from blufio_tui.core.sessions.records import MessageState, StoredMessage, TurnEnding
from blufio_tui.core.sessions.store import SessionStore
from blufio_tui.core.tasks import outlasting


class Journal:
    """The conversation as the model will see it, kept identical in memory and in the store.

    The list `messages` only grows, until `reload` puts another in its place. Messages of a turn are numbered, so that
    a step whose storing was cut off can be repeated without being stored twice. Storing outlives a cancelled turn.
    """

    def __init__(
        self,
        store: SessionStore,
        session_id: str,
        turn_id: str,
        from_store: Callable[[Sequence[StoredMessage]], list[Message]] | None = None,
    ) -> None:
        self.messages: list[Message] = []
        self._from_store = from_store or FromStore()
        self._store = store
        self._session_id = session_id
        self._turn_id = turn_id
        self._next = 0
        self._in_order = asyncio.Lock()

    async def load(self) -> None:
        """Read the conversation, and give every call that was cut off by a crash its result."""
        await self.reload()
        await self.close_calls()

    async def reload(self) -> None:
        stored = await self._store.messages(self._session_id)
        self.messages = self._from_store(stored)

    async def close_calls(self) -> None:
        for call in dangling_calls(self.messages):
            await self.add_result(interrupted_result(call))

    async def add_user(self, blocks: Iterable[Block]) -> None:
        await self._append(Message(Role.USER, tuple(blocks)))

    async def add_reply(self, blocks: Iterable[Block], state: MessageState = MessageState.COMPLETE) -> None:
        await self._append(Message(Role.ASSISTANT, tuple(blocks)), state)

    async def add_result(self, result: ToolResultBlock) -> None:
        await self._append(Message(Role.USER, (result,)))

    async def note_ending(self, ending: TurnEnding) -> None:
        async with self._in_order:
            await self._store.note_ending(self._session_id, self._turn_id, ending)

    async def _append(self, message: Message, state: MessageState = MessageState.COMPLETE) -> None:
        sequence, self._next = self._next, self._next + 1
        self.messages.append(message)
        await outlasting(self._store_one(message, state, sequence))

    async def _store_one(self, message: Message, state: MessageState, sequence: int) -> None:
        async with self._in_order:
            await self._store.append(self._session_id, self._turn_id, message, state, sequence=sequence)


class FromStore:
    """Stored messages as messages for the model; the same ones for the same, call after call.

    Thinking is bound to the conversation it arose in: a summary ends that, but for the turn in which the summary was
    made. There the API wants the thinking of a call with the call.
    """

    def __init__(self) -> None:
        self._stripped: dict[int, tuple[Message, Message]] = {}

    def __call__(self, stored: Sequence[StoredMessage]) -> list[Message]:
        summary = stored[0] if stored and stored[0].is_summary else None
        if summary is None:
            return [one.message for one in stored]
        before, self._stripped = self._stripped, {}
        return [
            self._without_thinking(one, before)
            if one.message_id < summary.message_id and one.turn_id != summary.turn_id
            else one.message
            for one in stored
        ]

    def _without_thinking(self, one: StoredMessage, before: Mapping[int, tuple[Message, Message]]) -> Message:
        whole, stripped = before.get(one.message_id, (None, one.message))
        if whole is not one.message:
            stripped = without_thinking(one.message)
        self._stripped[one.message_id] = one.message, stripped
        return stripped
