"""The prompt that began a turn."""

import sqlite3

_PROMPT = """SELECT text FROM messages WHERE session_id = ? AND turn_id = ? AND role = 'user' AND text <> ''
    ORDER BY id LIMIT 1"""


def prompt_of(connection: sqlite3.Connection, session_id: str, turn_id: str) -> str:
    """What the person wrote; "" if it is not stored (any more)."""
    found = connection.execute(_PROMPT, (session_id, turn_id)).fetchone()
    return str(found[0]) if found else ""


def tool_of(connection: sqlite3.Connection, session_id: str, call_id: str) -> str:
    """The name of the tool that a call called; "" if the call is not stored (any more)."""
    sql = "SELECT tool FROM tool_calls WHERE session_id = ? AND call_id = ?"
    found = connection.execute(sql, (session_id, call_id)).fetchone()
    return str(found[0]) if found else ""


def title_of(connection: sqlite3.Connection, session_id: str) -> str:
    found = connection.execute("SELECT title FROM sessions WHERE session_id = ?", (session_id,)).fetchone()
    return str(found[0]) if found else ""
