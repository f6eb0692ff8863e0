"""Tool calls as they are stored for the trace of a reopened session."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from blufio_tui.adapters.storage.columns import real, text
from blufio_tui.core.sessions.message_json import dump
from blufio_tui.core.sessions.records import ToolCallRecord
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.value_json import value_from_json, value_to_json

_COLUMNS = ("session_id", "turn_id", "call_id", "created")

_STORE = """INSERT INTO tool_calls (session_id, turn_id, call_id, created, body) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (session_id, call_id) DO UPDATE SET body = excluded.body"""

_LOAD = """SELECT * FROM tool_calls WHERE session_id = :session AND (:turn = '' OR turn_id = :turn)
    ORDER BY id DESC LIMIT :limit"""
_KNOWN = "SELECT call_id FROM tool_calls WHERE session_id = ? AND call_id IN (SELECT value FROM json_each(?))"
_USE = "SELECT tool, count(*), max(created) FROM tool_calls WHERE tool <> '' GROUP BY tool"
_OF_TOOL = "SELECT * FROM tool_calls WHERE tool = ? ORDER BY created DESC LIMIT ?"


def store(conn: sqlite3.Connection, record: ToolCallRecord) -> None:
    """Insert, or replace what is known of the same call."""
    body: dict[str, Any] = value_to_json(record)
    columns = [body.pop(name) for name in _COLUMNS]
    conn.execute(_STORE, (*columns, dump(body)))


def load(conn: sqlite3.Connection, session_id: str, turn_id: str = "", limit: int = -1) -> list[ToolCallRecord]:
    """The last `limit` calls, oldest first."""
    rows = conn.execute(_LOAD, {"session": session_id, "turn": turn_id, "limit": limit}).fetchall()
    return [_record(row) for row in reversed(rows)]


def known(conn: sqlite3.Connection, session_id: str, call_ids: Sequence[str]) -> set[str]:
    """Of these ids, those of stored calls."""
    return {row[0] for row in conn.execute(_KNOWN, (session_id, json.dumps(list(call_ids))))}


def use_by_tool(conn: sqlite3.Connection) -> dict[str, tuple[int, float]]:
    """For each tool how often it was called, and when last."""
    return {tool: (count, last) for tool, count, last in conn.execute(_USE)}


def calls_of(conn: sqlite3.Connection, tool: str, limit: int) -> list[ToolCallRecord]:
    """The last `limit` calls of a tool over all sessions, oldest first."""
    return [_record(row) for row in reversed(conn.execute(_OF_TOOL, (tool, limit)).fetchall())]


def _record(row: sqlite3.Row) -> ToolCallRecord:
    names = {name: text(row[name]) for name in ("session_id", "turn_id", "call_id")}
    columns: dict[str, Any] = {**names, "created": real(row["created"])}
    try:
        return value_from_json(ToolCallRecord, {**strict_json.parsed(row["body"]), **columns})
    except (ValueError, TypeError, RecursionError) as error:
        damaged = f"[The record of this call is damaged in the database: {error}]"
        return ToolCallRecord(**columns, tool="?", input={}, content=damaged, is_error=True)
