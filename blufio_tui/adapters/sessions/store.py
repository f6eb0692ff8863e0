"""The store of conversations: every method returns once its change is durable.

A session is a tree of messages. Each process keeps its own place in it (`Places`), so that two
instances in one session grow two branches instead of mixing their turns into a conversation that no
model would accept; what is written last is where the session is taken up again.
"""

import secrets
import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeVar

from blufio_tui.adapters.sessions import branches as session_branches
from blufio_tui.adapters.sessions import search as session_search
from blufio_tui.adapters.sessions import tool_records
from blufio_tui.adapters.sessions import tree as session_tree
from blufio_tui.adapters.sessions.branch_positions import Places
from blufio_tui.adapters.sessions.export import SessionExchange
from blufio_tui.adapters.sessions.kept_branches import KeptBranches
from blufio_tui.adapters.sessions.ledger import Ledger
from blufio_tui.adapters.sessions.rows import (
    INFO,
    RECENT,
    required_session,
    sent_branch,
    session_info,
    siblings,
    whole_branch,
)
from blufio_tui.adapters.sessions.tree import NewMessage
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.clock import Clock
from blufio_tui.core.conversation import Message
from blufio_tui.core.errors import NotThere, StorageError
from blufio_tui.core.sessions.records import (
    BranchEnd,
    DaySpending,
    MessageState,
    ModelSpending,
    RequestRecord,
    SearchHit,
    SessionInfo,
    Spending,
    StoredMessage,
    ToolCallRecord,
    Totals,
    TurnEnding,
)
from blufio_tui.core.sessions.titles import plain_title
from blufio_tui.core.text.redaction import Redactor

T = TypeVar("T")
Walk = Callable[[sqlite3.Connection, str, int, int], list[StoredMessage]]


class SqliteSessions:
    """Implements `core.ports.SessionLibrary` on an open database."""

    def __init__(self, database: Database, clock: Clock, redactor: Redactor | None = None) -> None:
        self._database = database
        self._clock = clock
        self._places = Places()
        self._kept = KeptBranches(database, self._places)
        self._ledger = Ledger(database, clock)
        self._exchange = SessionExchange(database, (redactor or Redactor()).redact)

    # ── writing a conversation ─────────────────────────────────────────────────────────────────────

    async def create(self, project: str) -> str:
        session_id, now = secrets.token_hex(6), self._clock.now()
        await self._database.write(lambda conn: session_tree.create(conn, session_id, project, now))
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
        new = NewMessage(session_id, turn_id, message, state, self._clock.now(), sequence)

        def write(conn: sqlite3.Connection) -> int:
            message_id = session_tree.append(conn, self._places, new)
            self._kept.appended(session_id, message_id, message)
            return message_id

        return await self._database.write(write)

    async def add_summary(self, session_id: str, turn_id: str, summary: Message, stands_for: int) -> int:
        new = NewMessage(session_id, turn_id, summary, MessageState.COMPLETE, self._clock.now(), stands_for=stands_for)

        def write(conn: sqlite3.Connection) -> int:
            self._kept.forget(session_id)
            return session_tree.append_summary(conn, self._places, new)

        return await self._database.write(write)

    async def note_ending(self, session_id: str, turn_id: str, ending: TurnEnding) -> None:
        await self._database.write(
            lambda conn: session_tree.note_ending(conn, self._places, session_id, turn_id, ending)
        )

    async def record_tool_call(self, record: ToolCallRecord) -> None:
        await self._database.write(lambda conn: tool_records.store(conn, record))

    async def known_calls(self, session_id: str, call_ids: Sequence[str]) -> set[str]:
        return await self._database.read(lambda conn: tool_records.known(conn, session_id, call_ids))

    # ── branches ───────────────────────────────────────────────────────────────────────────────────

    async def resume(self, session_id: str) -> SessionInfo:
        self._places.forget(session_id)
        self._kept.forget(session_id)
        return await self._known(session_id)

    async def rewind(self, session_id: str, message_id: int) -> None:
        await self._database.write(lambda conn: self._move(conn, session_id, message_id))

    def _move(self, conn: sqlite3.Connection, session_id: str, message_id: int) -> None:
        self._kept.forget(session_id)
        session_branches.move(conn, self._places, session_id, message_id)

    async def switch_branch(self, session_id: str, message_id: int) -> None:
        def switch(conn: sqlite3.Connection) -> None:
            end = session_branches.newest_end(conn, session_id, message_id)
            self._move(conn, session_id, end)

        await self._database.write(switch)

    async def branches(self, session_id: str, message_id: int) -> list[StoredMessage]:
        return await self._database.read(lambda conn: siblings(conn, session_id, message_id))

    async def branch_ends(self, session_id: str) -> list[BranchEnd]:
        return await self._database.read(lambda conn: session_branches.branch_ends(conn, self._places, session_id))

    # ── reading ────────────────────────────────────────────────────────────────────────────────────

    async def messages(self, session_id: str, *, before_id: int = 0, limit: int = 0) -> list[StoredMessage]:
        if not before_id and not limit:
            return await self._kept.read(session_id)
        return await self._walk(sent_branch, session_id, before_id, limit)

    async def all_messages(self, session_id: str, *, before_id: int = 0, limit: int = 0) -> list[StoredMessage]:
        return await self._walk(whole_branch, session_id, before_id, limit)

    async def _walk(self, walk: Walk, session_id: str, before_id: int, limit: int) -> list[StoredMessage]:
        def read(conn: sqlite3.Connection) -> list[StoredMessage]:
            end = session_branches.end_before(conn, self._places, session_id, before_id)
            return walk(conn, session_id, end, limit)

        return await self._database.read(read)

    async def tool_calls(self, session_id: str, *, turn_id: str = "", limit: int = 200) -> list[ToolCallRecord]:
        return await self._database.read(lambda conn: tool_records.load(conn, session_id, turn_id, limit))

    async def use_by_tool(self) -> dict[str, tuple[int, float]]:
        """For each tool how often it was called over all sessions, and when last."""
        return await self._database.read(tool_records.use_by_tool)

    async def calls_of_tool(self, tool: str, *, limit: int = 50) -> list[ToolCallRecord]:
        """The last calls of a tool over all sessions, oldest first."""
        return await self._database.read(lambda conn: tool_records.calls_of(conn, tool, limit))

    async def info(self, session_id: str) -> SessionInfo | None:
        row = await self._database.read(
            lambda conn: conn.execute(f"{INFO} WHERE session_id = ?", (session_id,)).fetchone()
        )
        return session_info(row) if row else None

    async def _known(self, session_id: str) -> SessionInfo:
        if (info := await self.info(session_id)) is None:
            raise StorageError(f"there is no session {session_id}; `blufio-tui session list` lists the sessions")
        return info

    async def recent(self, *, project: str = "", limit: int = 200) -> list[SessionInfo]:
        values = {"project": project, "limit": limit}
        rows = await self._database.read(lambda conn: conn.execute(RECENT, values).fetchall())
        return [session_info(row) for row in rows]

    async def find(self, prefix: str) -> str:
        prefix = prefix.strip().lower()
        query = "SELECT session_id FROM sessions WHERE substr(session_id, 1, length(?)) = ? ORDER BY updated DESC"
        rows = await self._database.read(lambda conn: conn.execute(query, (prefix, prefix)).fetchall())
        ids = [str(row[0]) for row in rows] if prefix else []
        if prefix in ids:
            return prefix
        if len(ids) == 1:
            return ids[0]
        raise NotThere(_not_one(prefix, ids))

    async def search(self, text: str, *, limit: int = 50) -> list[SearchHit]:
        return await self._database.read(lambda conn: session_search.search(conn, text, limit))

    # ── keeping house ──────────────────────────────────────────────────────────────────────────────

    async def rename(self, session_id: str, title: str) -> None:
        def update(conn: sqlite3.Connection) -> None:
            required_session(conn, session_id)
            statement = "UPDATE sessions SET title = ?, titled_by = 'person' WHERE session_id = ?"
            conn.execute(statement, (plain_title(title), session_id))

        await self._database.write(update)

    async def delete(self, session_id: str) -> None:
        def write(conn: sqlite3.Connection) -> None:
            self._kept.forget(session_id)
            session_tree.delete(conn, session_id)

        await self._database.write_to_free(write)
        self._places.forget(session_id)

    async def export_json(self, session_id: str) -> str:
        return await self._exchange.export_json(session_id, await self.totals(session_id=session_id))

    async def export_markdown(self, session_id: str) -> str:
        return await self._exchange.export_markdown(await self._known(session_id), await self.all_messages(session_id))

    async def import_json(self, text: str) -> str:
        return await self._exchange.import_json(text)

    # ── the ledger ─────────────────────────────────────────────────────────────────────────────────

    async def record_request(self, record: RequestRecord) -> None:
        await self._ledger.record_request(record)

    async def requests(self, session_id: str, *, limit: int = 200) -> list[RequestRecord]:
        return await self._ledger.requests(session_id, limit)

    async def spending(self, session_id: str) -> Spending:
        return await self._ledger.spending(session_id)

    async def spending_by_day(self, days: int = 30) -> list[DaySpending]:
        return await self._ledger.by_day(days)

    async def spending_by_model(self, *, since: float = 0.0) -> list[ModelSpending]:
        return await self._ledger.by_model(since)

    async def totals(self, *, session_id: str = "", turn_id: str = "", since: float = 0.0) -> Totals:
        return await self._ledger.totals(session_id, turn_id, since)


def _not_one(prefix: str, ids: list[str]) -> str:
    if not ids:
        return f'no session has an id that starts with "{prefix}"; `blufio-tui session list` lists the sessions'
    shown = ", ".join(ids[:5]) + (", …" if len(ids) > 5 else "")
    return f'{len(ids)} sessions have an id that starts with "{prefix}": {shown}; type more of it'
