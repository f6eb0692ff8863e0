"""Sessions out of the store as JSON or Markdown, and back in from JSON."""

import asyncio
import re
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace

from blufio_tui.adapters.sessions import rows as session_rows
from blufio_tui.adapters.sessions import tool_records
from blufio_tui.adapters.sessions import tree as session_tree
from blufio_tui.adapters.sessions.branch_positions import START
from blufio_tui.adapters.sessions.rows import snippet_of, storable
from blufio_tui.adapters.sessions.tree import NewMessage
from blufio_tui.adapters.storage.columns import whole
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.errors import UsageError
from blufio_tui.core.sessions.as_json import SessionDocument, document_from_json, document_to_json
from blufio_tui.core.sessions.markdown_export import to_markdown
from blufio_tui.core.sessions.records import SessionInfo, StoredMessage, Totals
from blufio_tui.core.sessions.titles import plain_title

_HEAD = """UPDATE sessions SET title = ?, titled_by = 'person', updated = ?, snippet = ?, leaf_id = ?
    WHERE session_id = ?"""
_ID = re.compile(r"[0-9a-f]{12}")


class SessionExchange:
    def __init__(self, database: Database, redact: Callable[[str], str]) -> None:
        self._database = database
        self._redact = redact

    async def export_json(self, session_id: str, totals: Totals) -> str:
        document = await self._database.read(lambda conn: _document(conn, session_id, totals))
        return await asyncio.to_thread(document_to_json, document, self._redact)

    async def export_markdown(self, info: SessionInfo, messages: Sequence[StoredMessage]) -> str:
        return await asyncio.to_thread(lambda: self._redact(to_markdown(info, messages)))

    async def import_json(self, text: str) -> str:
        try:
            document = await asyncio.to_thread(document_from_json, text)
        except ValueError as error:
            raise UsageError(f"the session cannot be imported: {error}") from None
        return await self._database.write(lambda conn: _insert(conn, document))


def _document(conn: sqlite3.Connection, session_id: str, totals: Totals) -> SessionDocument:
    session = session_rows.required_session(conn, session_id)
    row = conn.execute(f"{session_rows.INFO} WHERE s.session_id = ?", (session_id,)).fetchone()
    return SessionDocument(
        info=session_rows.session_info(row),
        active=whole(session["leaf_id"]),
        messages=tuple(session_rows.every_message(conn, session_id)),
        tool_calls=tuple(tool_records.load(conn, session_id)),
        totals=totals,
    )


def _insert(conn: sqlite3.Connection, document: SessionDocument) -> str:
    """Store a checked document, its ids replaced by ours; the session's id."""
    info = document.info
    session_id = _free_id(conn, info.session_id)
    session_tree.create(conn, session_id, storable(info.project), info.created)
    places = {0: START}
    for stored in document.messages:
        new = NewMessage(
            session_id,
            storable(stored.turn_id),
            stored.message,
            stored.state,
            stored.created,
            stands_for=places[stored.stands_for].message_id,
            ending=stored.ending,
        )
        places[stored.message_id] = session_tree.insert(conn, places[stored.parent_id], new)
    for call in document.tool_calls:
        tool_records.store(conn, replace(call, session_id=session_id))
    active = places[document.active].message_id
    conn.execute(_HEAD, (plain_title(storable(info.title)), info.updated, snippet_of(info.snippet), active, session_id))
    return session_id


def _free_id(conn: sqlite3.Connection, wanted: str) -> str:
    """The document's own id, unless it is taken or does not look like one of ours."""
    taken = conn.execute("SELECT 1 FROM sessions WHERE session_id = ?", (wanted,)).fetchone()
    return secrets.token_hex(6) if taken or not _ID.fullmatch(wanted) else wanted
