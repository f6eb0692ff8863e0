"""Changes to the tree of messages of a session; each function runs inside one transaction of the writer."""

import sqlite3
from dataclasses import dataclass, field

from blufio_tui.adapters.session_rows import required_message, required_session, said, searchable_text, snippet_of
from blufio_tui.core.conversation import Message, Role
from blufio_tui.core.errors import StorageError
from blufio_tui.core.message_json import block_to_json, dump
from blufio_tui.core.sessions import BranchEnd, MessageState
from blufio_tui.core.titles import title_from_exchange


@dataclass(frozen=True, slots=True)
class NewMessage:
    session_id: str
    turn_id: str
    message: Message
    state: MessageState
    created: float
    sequence: int | None = None
    stands_for: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """The end of a branch. `turn_id` tells our message from another's that got the id of one of ours that was
    rolled back."""

    message_id: int
    turn_id: str
    position: int


START = Place(0, "", 0)


_REMEMBERED = 100
"""Places kept for each session: more than the writes that can fail together."""


@dataclass(slots=True)
class Places:
    """Where this process is in each session it has touched, and where it was just before.

    The earlier places matter when a write is rolled back after it moved us: then we are where we were, not where
    another process may have gone. Only the writer thread moves a place; a reader may see an older state of the
    database than the message that the writer has just put there.
    """

    _places: dict[str, tuple[Place, ...]] = field(default_factory=dict)

    def get(self, conn: sqlite3.Connection, session_id: str) -> Place:
        """Our place, else where the session was left by whoever wrote last; remembered from then on."""
        for place in reversed(self._places.get(session_id, ())):
            if _is_there(conn, session_id, place):
                return place
        left_at = _left_at(conn, session_id)
        self._places.setdefault(session_id, (left_at,))
        return left_at

    def put(self, session_id: str, place: Place) -> None:
        self._places[session_id] = (*self._places.get(session_id, ())[-_REMEMBERED:], place)

    def forget(self, session_id: str) -> None:
        self._places.pop(session_id, None)


def _is_there(conn: sqlite3.Connection, session_id: str, place: Place) -> bool:
    query = "SELECT 1 FROM messages WHERE id = ? AND session_id = ? AND turn_id = ?"
    return place == START or conn.execute(query, (place.message_id, session_id, place.turn_id)).fetchone() is not None


def _left_at(conn: sqlite3.Connection, session_id: str) -> Place:
    leaf_id = required_session(conn, session_id)["leaf_id"]
    return _place_of(required_message(conn, session_id, leaf_id)) if leaf_id else START


def _place_of(row: sqlite3.Row) -> Place:
    return Place(row["id"], row["turn_id"], row["position"])


# ── adding ─────────────────────────────────────────────────────────────────────────────────────────


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
    if new.stands_for not in _ancestors(conn, new.session_id, place.message_id):
        raise StorageError(f"message {new.stands_for} is not on the active branch of session {new.session_id}")
    message_id = _insert_here(conn, places, new)
    conn.execute("UPDATE sessions SET leaf_id = ? WHERE session_id = ?", (message_id, new.session_id))
    return message_id


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
            (new.state, searchable_text(new.message), _body(new.message), message_id),
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
        (session_id, parent_id, position, stands_for, turn_id, sequence, role, state, created, text, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
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
            _body(new.message),
        ),
    )
    return Place(int(cursor.lastrowid or 0), new.turn_id, position)


def _body(message: Message) -> str:
    return dump([block_to_json(block) for block in message.blocks])


def _note_in_session(conn: sqlite3.Connection, new: NewMessage, message_id: int) -> None:
    """Keep what the list of sessions shows up to date. `message_id` 0 leaves the end of the branch alone."""
    snippet = snippet_of(said(new.message)) if new.message.role is Role.USER else ""
    conn.execute(
        """UPDATE sessions SET updated = max(updated, ?), leaf_id = iif(?2, ?2, leaf_id),
        snippet = iif(?3 = '', snippet, ?3) WHERE session_id = ?4""",
        (new.created, message_id, snippet, new.session_id),
    )
    if new.message.text and new.state is MessageState.COMPLETE:
        _title_session(conn, new)


def _title_session(conn: sqlite3.Connection, new: NewMessage) -> None:
    """The prompt names a session at once; the first reply may do better."""
    titled_by = required_session(conn, new.session_id)["titled_by"]
    match titled_by, new.message.role:
        case "nobody", Role.USER:
            title, by = title_from_exchange(said(new.message)), "prompt"
        case "prompt", Role.ASSISTANT:
            title, by = title_from_exchange(_first_prompt(conn, new.session_id), new.message.text), "exchange"
        case _:
            return
    conn.execute("UPDATE sessions SET title = ?, titled_by = ? WHERE session_id = ?", (title, by, new.session_id))


def _first_prompt(conn: sqlite3.Connection, session_id: str) -> str:
    query = "SELECT text FROM messages WHERE session_id = ? AND parent_id = 0 ORDER BY id LIMIT 1"
    row = conn.execute(query, (session_id,)).fetchone()
    return str(row[0]) if row else ""


# ── moving ─────────────────────────────────────────────────────────────────────────────────────────


def move(conn: sqlite3.Connection, places: Places, session_id: str, message_id: int) -> None:
    """End the active branch at a message, 0 for before the first."""
    required_session(conn, session_id)
    place = _place_of(required_message(conn, session_id, message_id)) if message_id else START
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
        )
        SELECT id FROM up WHERE role = 'user' AND body LIKE '%"type":"text"%' LIMIT 1"""
    found = conn.execute(query, (row["id"],)).fetchone()
    text = conn.execute("SELECT text FROM messages WHERE id = ?", (found[0],)).fetchone()[0] if found else row["text"]
    return snippet_of(text)


def _ancestors(conn: sqlite3.Connection, session_id: str, end: int) -> set[int]:
    query = """
        WITH RECURSIVE up (id, parent_id) AS (
            SELECT id, parent_id FROM messages WHERE id = ? AND session_id = ?
            UNION ALL
            SELECT m.id, m.parent_id FROM up JOIN messages m ON m.id = up.parent_id
        )
        SELECT id FROM up"""
    return {row[0] for row in conn.execute(query, (end, session_id))}


def delete(conn: sqlite3.Connection, session_id: str) -> None:
    required_session(conn, session_id)
    for table in ("messages", "tool_calls", "drafts", "sessions"):
        conn.execute(f"DELETE FROM {table} WHERE session_id = ?", (session_id,))  # noqa: S608 - names from above
