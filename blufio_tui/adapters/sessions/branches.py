"""Moving between the branches of a session; what changes something runs inside a transaction of the writer."""

import sqlite3

from blufio_tui.adapters.sessions.branch_positions import START, Places, place_of
from blufio_tui.adapters.sessions.rows import required_message, required_session, snippet_of
from blufio_tui.core.sessions.records import BranchEnd


def move(conn: sqlite3.Connection, places: Places, session_id: str, message_id: int) -> None:
    """End the active branch at a message, 0 for before the first."""
    required_session(conn, session_id)
    place = place_of(required_message(conn, session_id, message_id)) if message_id else START
    conn.execute("UPDATE sessions SET leaf_id = ? WHERE session_id = ?", (message_id, session_id))
    places.put(session_id, place)


def end_before(conn: sqlite3.Connection, places: Places, session_id: str, before_id: int) -> int:
    """The message from which to walk back: the end of the active branch, or what stands before `before_id`."""
    if not before_id:
        return places.get(conn, session_id).message_id
    parent: int = required_message(conn, session_id, before_id)["parent_id"]
    return parent


def newest_end(conn: sqlite3.Connection, session_id: str, message_id: int) -> int:
    """The end of the branch through `message_id` that was written last: the highest id below it."""
    required_message(conn, session_id, message_id)
    query = """
        WITH RECURSIVE below (id) AS (
            VALUES (:start)
            UNION ALL
            SELECT m.id FROM below JOIN messages m ON m.session_id = :session AND m.parent_id = below.id
                AND m.id > below.id
        )
        SELECT max(id) FROM below"""
    end: int = conn.execute(query, {"start": message_id, "session": session_id}).fetchone()[0]
    return end


def branch_ends(conn: sqlite3.Connection, places: Places, session_id: str) -> list[BranchEnd]:
    """Every message that nothing follows, the one written last first."""
    active = places.get(conn, session_id).message_id
    query = """
        SELECT m.id, m.position, m.created, m.parent_id, m.role, m.text FROM messages m
        WHERE m.session_id = :session AND (m.id = :active OR NOT EXISTS
            (SELECT 1 FROM messages c WHERE c.session_id = m.session_id AND c.parent_id = m.id))
        ORDER BY m.id DESC"""
    rows = conn.execute(query, {"session": session_id, "active": active}).fetchall()
    return [
        BranchEnd(row["id"], row["position"], row["created"], _last_prompt(conn, row), row["id"] == active)
        for row in rows
    ]


def _last_prompt(conn: sqlite3.Connection, row: sqlite3.Row) -> str:
    """The last thing the person said on the branch that ends at `row`; tool results are user messages too, so
    what began the turn is looked for."""
    query = """
        WITH RECURSIVE up (id, parent_id, role, body) AS (
            SELECT id, parent_id, role, body FROM messages WHERE id = ?
            UNION ALL
            SELECT m.id, m.parent_id, m.role, m.body FROM up JOIN messages m ON m.id = up.parent_id
                AND m.id < up.id
        )
        SELECT id FROM up WHERE role = 'user' AND body LIKE '%"type":"text"%' LIMIT 1"""
    found = conn.execute(query, (row["id"],)).fetchone()
    text = conn.execute("SELECT text FROM messages WHERE id = ?", (found[0],)).fetchone()[0] if found else row["text"]
    return snippet_of(text)


def ancestors(conn: sqlite3.Connection, session_id: str, end: int) -> set[int]:
    """The ids of the branch that ends at `end`."""
    query = """
        WITH RECURSIVE up (id, parent_id) AS (
            SELECT id, parent_id FROM messages WHERE id = ? AND session_id = ?
            UNION ALL
            SELECT m.id, m.parent_id FROM up JOIN messages m ON m.id = up.parent_id
                AND m.id < up.id
        )
        SELECT id FROM up"""
    return {row[0] for row in conn.execute(query, (end, session_id))}
