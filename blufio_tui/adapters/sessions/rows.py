"""Rows of the session tables as values, and the queries that walk a branch.

A branch is walked from its end towards its beginning by primary key, so that the last messages of a
session of any length are found in as many steps as there are messages wanted. Each step leads to a lower id, so that a
damaged parent cannot make a circle of it.
"""

import re
import sqlite3
from collections.abc import Iterable, Mapping

from blufio_tui.adapters.storage.columns import real, text, whole
from blufio_tui.core.conversation import Block, Message, Role, TextBlock, ToolResultBlock, ToolUseBlock
from blufio_tui.core.errors import StorageError
from blufio_tui.core.sessions.heads import without_head
from blufio_tui.core.sessions.message_json import block_to_json, blocks_from_json, dump
from blufio_tui.core.sessions.records import MessageState, SessionInfo, StoredMessage, TurnEnding
from blufio_tui.core.text import strict_json

NO_LIMIT = -1

_COLUMNS = """m.id, m.parent_id, m.turn_id, m.role, m.state, m.created, m.stands_for, m.position, m.body,
    m.end_reason, m.end_error,
    (SELECT count(*) FROM messages s WHERE s.session_id = m.session_id AND s.parent_id = m.parent_id
     AND s.role = m.role AND s.stands_for = 0) AS versions"""

_WHOLE_BRANCH = f"""
    WITH RECURSIVE branch (id, parent_id) AS (
        SELECT id, parent_id FROM messages WHERE id = :end AND session_id = :session
        UNION ALL
        SELECT m.id, m.parent_id FROM branch JOIN messages m ON m.id = branch.parent_id AND m.id < branch.id
        LIMIT :limit
    )
    SELECT {_COLUMNS} FROM branch JOIN messages m ON m.id = branch.id
"""  # noqa: S608 - made of constants

# `until`: the message that the newest summary stands for; the walk ends before it.
_SENT_BRANCH = f"""
    WITH RECURSIVE branch (id, parent_id, until) AS (
        SELECT id, parent_id, stands_for FROM messages WHERE id = :end AND session_id = :session
        UNION ALL
        SELECT m.id, m.parent_id, iif(branch.until, branch.until, m.stands_for)
        FROM branch JOIN messages m ON m.id = branch.parent_id AND m.id < branch.id
        WHERE branch.parent_id <> branch.until
        LIMIT :limit
    )
    SELECT {_COLUMNS} FROM branch JOIN messages m ON m.id = branch.id
"""  # noqa: S608

_BRANCH_AFTER = f"""
    WITH RECURSIVE branch (id, parent_id) AS (
        SELECT id, parent_id FROM messages WHERE id = :end AND session_id = :session
        UNION ALL
        SELECT m.id, m.parent_id FROM branch JOIN messages m ON m.id = branch.parent_id AND m.id < branch.id
        WHERE branch.parent_id <> :known
    )
    SELECT {_COLUMNS} FROM branch JOIN messages m ON m.id = branch.id
"""  # noqa: S608

INFO = """
    SELECT s.session_id, s.title, s.project, s.created, s.updated, s.snippet,
        coalesce((SELECT position FROM messages WHERE id = s.leaf_id), 0) AS messages
    FROM sessions s
"""

RECENT = f"""{INFO} WHERE (:project = '' OR s.project = :project)
    AND EXISTS (SELECT 1 FROM messages m WHERE m.session_id = s.session_id)
    ORDER BY s.updated DESC LIMIT :limit"""  # noqa: S608

_ROLES = {role.value: role for role in Role}
_STATES = {state.value: state for state in MessageState}
_SEARCHED_CHARACTERS = 200_000
_SNIPPET_CHARACTERS = 120
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def whole_branch(conn: sqlite3.Connection, session_id: str, end: int, limit: int = 0) -> list[StoredMessage]:
    """The last `limit` messages (0: all) of the branch that ends at `end`, in order."""
    return _in_order(conn.execute(_WHOLE_BRANCH, _bounds(session_id, end, limit)))


def sent_branch(conn: sqlite3.Connection, session_id: str, end: int, limit: int = 0) -> list[StoredMessage]:
    """The same as the model is sent it: the newest summary first, then what it does not stand for."""
    messages = _in_order(conn.execute(_SENT_BRANCH, _bounds(session_id, end, limit)))
    summaries = [message for message in messages if message.is_summary]
    return summaries[-1:] + [message for message in messages if not message.is_summary]


def branch_after(
    conn: sqlite3.Connection, session_id: str, end: int, known: int, added: Mapping[int, Message]
) -> list[StoredMessage] | None:
    """The messages of the branch that ends at `end` after message `known` (0: all), in order; None if `known` is not
    on it.

    Args:
        added: messages that may be among them, by their ids: the same object is given back for what is stored as it.
    """
    rows = conn.execute(_BRANCH_AFTER, {"session": session_id, "end": end, "known": known}).fetchall()
    rows.sort(key=lambda row: row["id"])
    if not rows or rows[0]["parent_id"] != known:
        return None
    return [stored_message(row, added.get(row["id"])) for row in rows]


def _bounds(session_id: str, end: int, limit: int) -> dict[str, str | int]:
    return {"session": session_id, "end": end, "limit": limit or NO_LIMIT}


def _in_order(rows: Iterable[sqlite3.Row]) -> list[StoredMessage]:
    return sorted(map(stored_message, rows), key=lambda message: message.message_id)


def stored_message(row: sqlite3.Row, known: Message | None = None) -> StoredMessage:
    """`known`: is taken for the message when it is stored just so."""
    is_known = known is not None and known.role == row["role"] and body_of(known) == row["body"]
    return StoredMessage(
        message_id=row["id"],
        parent_id=whole(row["parent_id"]),
        turn_id=text(row["turn_id"]),
        message=known if known and is_known else Message(_ROLES.get(row["role"], Role.USER), read_blocks(row["body"])),
        state=_STATES.get(row["state"], MessageState.PARTIAL),
        created=real(row["created"]),
        stands_for=whole(row["stands_for"]),
        position=whole(row["position"]),
        versions=1 if row["stands_for"] else row["versions"],
        ending=TurnEnding(text(row["end_reason"]), text(row["end_error"])),
    )


def body_of(message: Message) -> str:
    """As it is stored."""
    return dump([block_to_json(block) for block in message.blocks])


def read_blocks(body: str) -> tuple[Block, ...]:
    """A damaged message is shown as such: the rest of the conversation is still good."""
    try:
        return blocks_from_json(strict_json.parsed(body))
    except (ValueError, TypeError, RecursionError) as error:
        return (TextBlock(f"[This message is damaged in the database and cannot be shown: {error}]"),)


def every_message(conn: sqlite3.Connection, session_id: str) -> list[StoredMessage]:
    """All branches, in the order of their ids."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM messages m WHERE m.session_id = ? ORDER BY m.id", (session_id,))  # noqa: S608
    return [stored_message(row) for row in rows]


def siblings(conn: sqlite3.Connection, session_id: str, message_id: int) -> list[StoredMessage]:
    """The alternatives at the place of a message, oldest first."""
    rows = conn.execute(
        f"""SELECT {_COLUMNS} FROM messages m JOIN messages one ON one.id = ? AND one.session_id = ?
        WHERE m.session_id = one.session_id AND m.parent_id = one.parent_id
        AND m.role = one.role AND m.stands_for = 0 ORDER BY m.id""",  # noqa: S608
        (message_id, session_id),
    )
    return [stored_message(row) for row in rows]


def session_info(row: sqlite3.Row) -> SessionInfo:
    return SessionInfo(
        session_id=text(row["session_id"]),
        title=text(row["title"]),
        project=text(row["project"]),
        created=real(row["created"]),
        updated=real(row["updated"]),
        messages=whole(row["messages"]),
        snippet=text(row["snippet"]),
    )


def required_session(conn: sqlite3.Connection, session_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = conn.execute("SELECT * FROM sessions WHERE session_id = ?", (session_id,)).fetchone()
    if row is None:
        raise StorageError(f"there is no session {session_id} (any more): it was deleted; start a new one")
    return row


def required_message(conn: sqlite3.Connection, session_id: str, message_id: int) -> sqlite3.Row:
    row: sqlite3.Row | None = conn.execute(
        "SELECT * FROM messages WHERE id = ? AND session_id = ?", (message_id, session_id)
    ).fetchone()
    if row is None:
        raise StorageError(f"there is no message {message_id} in session {session_id}")
    return row


def searchable_text(message: Message) -> str:
    """What search looks at: what was said, which tools were called with what, and what came back."""
    return storable("\n".join(_searched_parts(message))[:_SEARCHED_CHARACTERS])


def _searched_parts(message: Message) -> Iterable[str]:
    for block in without_head(message.blocks):
        match block:
            case TextBlock(text):
                yield text
            case ToolUseBlock(_, name, arguments):
                yield f"{name} {dump(arguments)}"
            case ToolResultBlock(_, content):
                yield content
            case _:
                pass


def snippet_of(text: str) -> str:
    line = " ".join(storable(text[: 4 * _SNIPPET_CHARACTERS]).split())
    return line if len(line) <= _SNIPPET_CHARACTERS else line[: _SNIPPET_CHARACTERS - 1] + "…"


def storable(text: str) -> str:
    """Text without what SQLite cannot hold (lone surrogates) or what would confuse search (control characters)."""
    return _CONTROL.sub(" ", text)
