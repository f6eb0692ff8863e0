"""Unsent text, stored so that losing the terminal does not lose it."""

import sqlite3

from blufio_tui.adapters.commands.processes import is_running, process_mark
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.clock import Clock

_SAVE = """INSERT INTO drafts (session_id, project, text, updated, process) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (session_id) DO UPDATE
    SET text = excluded.text, updated = excluded.updated, process = excluded.process"""

_UNSTARTED = """SELECT session_id, text, process FROM drafts d WHERE project = ?
    AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.session_id = d.session_id) ORDER BY updated DESC"""


class Drafts:
    """Durable drafts, one for each session; session id "" is the session that this program has yet to begin."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._process = process_mark()

    async def save(self, session_id: str, project: str, text: str) -> None:
        """Keep `text`; "" forgets what was kept. Returns once it is durable."""
        key = self._key(session_id)
        values = (key, project, _storable(text), self._clock.now(), self._process)

        def write(conn: sqlite3.Connection) -> None:
            if text:
                conn.execute(_SAVE, values)
            else:
                conn.execute("DELETE FROM drafts WHERE session_id = ?", (key,))

        await self._database.write(write)

    async def load(self, session_id: str) -> str:
        query = "SELECT text FROM drafts WHERE session_id = ?"
        row = await self._database.read(lambda conn: conn.execute(query, (self._key(session_id),)).fetchone())
        return str(row[0]) if row else ""

    async def abandoned(self, project: str) -> str:
        """The newest draft of a session of this project that never began and whose program is gone; "" for none.

        It is taken over: the caller saves it under its own session, and no one else gets it.
        """
        return await self._database.write(lambda conn: _take_over(conn, project))

    def _key(self, session_id: str) -> str:
        return session_id or f"new:{self._process}"


def _take_over(conn: sqlite3.Connection, project: str) -> str:
    for row in conn.execute(_UNSTARTED, (project,)).fetchall():
        if not is_running(row["process"]):
            conn.execute("DELETE FROM drafts WHERE session_id = ?", (row["session_id"],))
            return str(row["text"])
    return ""


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
