"""Adding to the tree of messages of a session; each function runs inside one transaction of the writer."""

import sqlite3
from dataclasses import dataclass

from blufio_tui.adapters.sessions.branch_positions import Place, Places
from blufio_tui.adapters.sessions.branches import ancestors
from blufio_tui.adapters.sessions.rows import (
    body_of,
    read_blocks,
    required_session,
    searchable_text,
    snippet_of,
    storable,
)
from blufio_tui.core.agent.own_calls import call_told_of
from blufio_tui.core.agent.steering import added_text
from blufio_tui.core.conversation import Message, Role
from blufio_tui.core.errors import StorageError
from blufio_tui.core.sessions.records import MessageState, TurnEnding
from blufio_tui.core.sessions.titles import title_from_exchange


@dataclass(frozen=True, slots=True)
class NewMessage:
    session_id: str
    turn_id: str
    message: Message
    state: MessageState
    created: float
    sequence: int | None = None
    stands_for: int = 0
    ending: TurnEnding = TurnEnding()


def create(conn: sqlite3.Connection, session_id: str, project: str, now: float) -> None:
    insert = "INSERT INTO sessions (session_id, project, created, updated) VALUES (?, ?, ?, ?)"
    conn.execute(insert, (session_id, project, now, now))


def append(conn: sqlite3.Connection, places: Places, new: NewMessage) -> int:
    """Store a message once; its id."""
    required_session(conn, new.session_id)
    if new.sequence is not None and (known := _already_stored(conn, new)) is not None:
        return _revise(conn, known, new)
    message_id = _insert_here(conn, places, new)
    _note_in_session(conn, new, message_id)
    return message_id


def append_summary(conn: sqlite3.Connection, places: Places, new: NewMessage) -> int:
    place = places.get(conn, new.session_id)
    if new.stands_for not in ancestors(conn, new.session_id, place.message_id):
        raise StorageError(f"message {new.stands_for} is not on the active branch of session {new.session_id}")
    message_id = _insert_here(conn, places, new)
    conn.execute("UPDATE sessions SET leaf_id = ? WHERE session_id = ?", (message_id, new.session_id))
    return message_id


def note_ending(conn: sqlite3.Connection, places: Places, session_id: str, turn_id: str, ending: TurnEnding) -> None:
    conn.execute(
        "UPDATE messages SET end_reason = ?, end_error = ? WHERE id = ? AND session_id = ? AND turn_id = ?",
        (ending.reason, storable(ending.error), places.get(conn, session_id).message_id, session_id, turn_id),
    )


def _already_stored(conn: sqlite3.Connection, new: NewMessage) -> sqlite3.Row | None:
    query = "SELECT id, state FROM messages WHERE session_id = ? AND turn_id = ? AND sequence = ?"
    row: sqlite3.Row | None = conn.execute(query, (new.session_id, new.turn_id, new.sequence)).fetchone()
    return row


def _revise(conn: sqlite3.Connection, known: sqlite3.Row, new: NewMessage) -> int:
    """What was cut off may be replaced by more of it; a complete message never changes."""
    message_id: int = known["id"]
    if known["state"] == MessageState.PARTIAL:
        conn.execute(
            "UPDATE messages SET state = ?, text = ?, body = ? WHERE id = ?",
            (new.state, searchable_text(new.message), body_of(new.message), message_id),
        )
        _note_in_session(conn, new, message_id=0)
    return message_id


def _insert_here(conn: sqlite3.Connection, places: Places, new: NewMessage) -> int:
    place = insert(conn, places.get(conn, new.session_id), new)
    places.put(new.session_id, place)
    return place.message_id


def insert(conn: sqlite3.Connection, parent: Place, new: NewMessage) -> Place:
    """Add a message after `parent`; where it is."""
    position = parent.position + 1
    cursor = conn.execute(
        """INSERT INTO messages
        (session_id, parent_id, position, stands_for, turn_id, sequence, role, state, created, text, body,
        end_reason, end_error)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            new.session_id,
            parent.message_id,
            position,
            new.stands_for,
            new.turn_id,
            new.sequence,
            new.message.role,
            new.state,
            new.created,
            searchable_text(new.message),
            body_of(new.message),
            storable(new.ending.reason),
            storable(new.ending.error),
        ),
    )
    return Place(int(cursor.lastrowid or 0), new.turn_id, position)


def _note_in_session(conn: sqlite3.Connection, new: NewMessage, message_id: int) -> None:
    """Keep what the list of sessions shows up to date. `message_id` 0 leaves the end of the branch alone."""
    snippet = snippet_of(_typed(new.message)) if new.message.role is Role.USER else ""
    conn.execute(
        """UPDATE sessions SET updated = max(updated, ?), leaf_id = iif(?2, ?2, leaf_id),
        snippet = iif(?3 = '', snippet, ?3) WHERE session_id = ?4""",
        (new.created, message_id, snippet, new.session_id),
    )
    if new.message.text and new.state is MessageState.COMPLETE:
        _title_session(conn, new)


def _typed(message: Message) -> str:
    """Also of a call that the person made: what the model is told of it says more."""
    if (added := added_text(message)) is not None:
        return added
    call = call_told_of(message.typed)
    return call[0] if call is not None else message.typed


def _title_session(conn: sqlite3.Connection, new: NewMessage) -> None:
    """The prompt names a session at once; the first reply may do better."""
    titled_by = required_session(conn, new.session_id)["titled_by"]
    match titled_by, new.message.role:
        case "nobody", Role.USER:
            title, by = title_from_exchange(_typed(new.message)), "prompt"
        case "prompt", Role.ASSISTANT:
            title, by = title_from_exchange(_first_prompt(conn, new.session_id), new.message.text), "exchange"
        case _:
            return
    conn.execute("UPDATE sessions SET title = ?, titled_by = ? WHERE session_id = ?", (title, by, new.session_id))


def _first_prompt(conn: sqlite3.Connection, session_id: str) -> str:
    query = "SELECT body FROM messages WHERE session_id = ? AND parent_id = 0 ORDER BY id LIMIT 1"
    row = conn.execute(query, (session_id,)).fetchone()
    return _typed(Message(Role.USER, read_blocks(row["body"]))) if row else ""


def delete(conn: sqlite3.Connection, session_id: str) -> None:
    required_session(conn, session_id)
    for table in ("messages", "tool_calls", "drafts", "sessions"):
        conn.execute(f"DELETE FROM {table} WHERE session_id = ?", (session_id,))  # noqa: S608 - names from above
