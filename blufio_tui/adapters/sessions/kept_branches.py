"""Caches branches in memory, so that only the new part of a long conversation is read from the database.

A branch is good while no other process has written to the database (`PRAGMA data_version` of the writer's connection)
and this one has only added at its end. Whatever else happens, it is read whole.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from blufio_tui.adapters.sessions.branch_positions import Places
from blufio_tui.adapters.sessions.rows import branch_after, sent_branch
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.conversation import ImageBlock, Message, TextBlock, ToolResultBlock
from blufio_tui.core.errors import StorageError
from blufio_tui.core.sessions.records import StoredMessage

_SESSIONS = 4
MOST_CHARS = 64_000_000
"""Of all of them together; a conversation with more characters than this is read again each time."""


@dataclass(slots=True)
class _Branch:
    """
    Attributes:
        version: of the database when it was read; -1 before.
        end: the id of the message that it ends with.
        messages: as `sent_branch` finds them.
        added: messages that this process stored since, by their ids. Some may have been rolled back.
    """

    version: int = -1
    end: int = 0
    chars: int = 0
    messages: list[StoredMessage] = field(default_factory=list)
    added: dict[int, Message] = field(default_factory=dict)


class KeptBranches:
    """`read` belongs to the event loop, `forget` and `appended` to whoever writes: called within the transaction, so
    that no read that begins after it can miss them."""

    def __init__(self, database: Database, places: Places) -> None:
        self._database = database
        self._places = places
        self._branches: dict[str, _Branch] = {}

    def forget(self, session_id: str) -> None:
        """Something other than an addition at the end happens to the session."""
        self._branches.pop(session_id, None)

    def appended(self, session_id: str, message_id: int, message: Message) -> None:
        """A message is stored, or one that is there is made whole."""
        branch = self._branches.get(session_id)
        if branch is None:
            return
        if message_id <= branch.end:
            self.forget(session_id)
        else:
            branch.added[message_id] = message

    async def read(self, session_id: str) -> list[StoredMessage]:
        """What `sent_branch` finds from the end of the active branch. What was there before is the same objects."""
        branch = self._taken(session_id)
        try:
            # On the writer's thread, so after all that this process has written, and before what is read.
            version = await self._database.write(_data_version)
        except StorageError:  # what cannot be written can often be read
            self.forget(session_id)
            return (await self._whole(session_id))[1]
        if branch.version == version:
            start = branch.end
            end, new = await self._database.read(lambda conn: self._new(conn, session_id, branch))
            if new is not None and branch.end == start and self._branches.get(session_id) is branch:
                self._extend(session_id, branch, end, new)
                return list(branch.messages)
        end, messages = await self._whole(session_id)
        if self._branches.get(session_id) is branch:
            branch.version, branch.chars, branch.messages = version, 0, []
            self._extend(session_id, branch, end, messages)
        return messages

    def _taken(self, session_id: str) -> _Branch:
        """The branch, which is now the one used last. A write that changes it takes it away."""
        branch = self._branches.pop(session_id, None) or _Branch()
        self._branches[session_id] = branch
        for key in list(self._branches)[:-_SESSIONS]:
            self.forget(key)
        return branch

    def _extend(self, session_id: str, branch: _Branch, end: int, new: list[StoredMessage]) -> None:
        branch.messages.extend(new)
        branch.end = end
        branch.chars += sum(_chars(one.message) for one in new)
        branch.added = {key: message for key, message in branch.added.copy().items() if key > end}
        if branch.chars > MOST_CHARS:
            self.forget(session_id)
        kept = list(self._branches.items())
        total = sum(one.chars for _, one in kept)
        for key, one in kept[:-1]:  # the one used last is the last
            if total > MOST_CHARS:
                self.forget(key)
                total -= one.chars

    def _new(
        self, conn: sqlite3.Connection, session_id: str, branch: _Branch
    ) -> tuple[int, list[StoredMessage] | None]:
        """The end of the active branch and what is new on it; None if more changed than its end."""
        end = self._places.get(conn, session_id).message_id
        if end == branch.end:
            return end, []
        known: Mapping[int, Message] = branch.added.copy()
        new = branch_after(conn, session_id, end, branch.end, known)
        return end, None if new is None or any(one.is_summary for one in new) else new

    async def _whole(self, session_id: str) -> tuple[int, list[StoredMessage]]:
        def read(conn: sqlite3.Connection) -> tuple[int, list[StoredMessage]]:
            end = self._places.get(conn, session_id).message_id
            return end, sent_branch(conn, session_id, end)

        return await self._database.read(read)


def _data_version(conn: sqlite3.Connection) -> int:
    version: int = conn.execute("PRAGMA data_version").fetchone()[0]
    return version


def _chars(message: Message) -> int:
    total = 0
    for block in message.blocks:
        match block:
            case TextBlock(text) | ToolResultBlock(_, text):
                total += len(text)
            case ImageBlock(_, data):
                total += len(data)
            case _:
                pass
    return total
