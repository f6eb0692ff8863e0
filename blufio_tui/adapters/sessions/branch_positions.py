"""The position of this process in each session: the end of the branch that its next message continues."""

import sqlite3
from dataclasses import dataclass, field

from blufio_tui.adapters.sessions.rows import required_session
from blufio_tui.adapters.storage.columns import text, whole


@dataclass(frozen=True, slots=True)
class Place:
    """The end of a branch. `turn_id` tells our message from another's that got the id of one of ours that was
    rolled back."""

    message_id: int
    turn_id: str
    position: int


START = Place(0, "", 0)


_LAST_POSSIBLE = 2**62
"""A damaged position may be SQLite's last number, which nothing follows."""
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
    """Of a session whose end is damaged, the message that was written last."""
    leaf_id = required_session(conn, session_id)["leaf_id"]
    if not leaf_id:
        return START
    of_session = "SELECT * FROM messages WHERE session_id = ?"
    found = conn.execute(f"{of_session} AND id = ?", (session_id, leaf_id)).fetchone()
    if found is None:
        found = conn.execute(f"{of_session} ORDER BY id DESC LIMIT 1", (session_id,)).fetchone()
    return place_of(found) if found else START


def place_of(row: sqlite3.Row) -> Place:
    return Place(row["id"], text(row["turn_id"]), min(whole(row["position"]), _LAST_POSSIBLE))
