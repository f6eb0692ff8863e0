"""Search over the messages and titles of all sessions.

The full-text index answers first. It knows words only, so text it cannot find ("->", part of a word, two
characters of Chinese) is looked for letter by letter.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from blufio_tui.adapters.sessions.rows import INFO, session_info
from blufio_tui.adapters.storage.columns import whole
from blufio_tui.core.sessions.records import SearchHit, SessionInfo
from blufio_tui.core.text.search_query import fts_query, like_pattern

_OPEN, _CLOSE = "\x02", "\x03"
_AROUND = 60

_OF_A_SESSION = "session_id IN (SELECT session_id FROM sessions)"
"""A damaged database may hold messages of none."""

_BY_WORDS = f"""SELECT m.session_id, m.id FROM messages_fts f JOIN messages m ON m.id = f.rowid
    WHERE messages_fts MATCH ? AND m.{_OF_A_SESSION} ORDER BY f.rowid DESC"""  # noqa: S608

_BY_LETTERS = rf"SELECT session_id, id FROM messages WHERE text LIKE ? ESCAPE '\' AND {_OF_A_SESSION} ORDER BY id DESC"  # noqa: S608

_BY_TITLE = (
    r"SELECT session_id, leaf_id FROM sessions WHERE title LIKE ? ESCAPE '\' AND session_id <> '' ORDER BY updated DESC"
)


def search(conn: sqlite3.Connection, text: str, limit: int) -> list[SearchHit]:
    """The newest match of each of at most `limit` sessions, newest first, then sessions found by title only."""
    if not text.strip():
        return []
    query, pattern = fts_query(text), like_pattern(text)
    found = _newest(conn.execute(_BY_WORDS, (query,)), limit) if query else {}
    if not found:
        found, query = _newest(conn.execute(_BY_LETTERS, (pattern,)), limit), ""
    hits = [_hit(conn, session_id, message_id, query, text.strip()) for session_id, message_id in found.items()]
    titled = _newest(conn.execute(_BY_TITLE, (pattern,)), limit)
    hits += [SearchHit(_info(conn, one), whole(leaf)) for one, leaf in titled.items() if one not in found]
    return hits[:limit]


def _newest(rows: Iterable[sqlite3.Row], limit: int) -> dict[str, int]:
    """The first message of each session; stops reading once there are enough sessions."""
    found: dict[str, int] = {}
    for row in rows:
        found.setdefault(row[0], row[1])
        if len(found) >= limit:
            break
    return found


def _hit(conn: sqlite3.Connection, session_id: str, message_id: int, query: str, text: str) -> SearchHit:
    if query:
        marked = _marked_by_index(conn, message_id, query)
    else:
        said = conn.execute("SELECT text FROM messages WHERE id = ?", (message_id,)).fetchone()[0]
        marked = _marked_by_hand(said, text)
    snippet, spans = _unmark(" ".join(marked.split()))
    return SearchHit(replace(_info(conn, session_id), snippet=snippet), message_id, spans)


def _marked_by_index(conn: sqlite3.Connection, message_id: int, query: str) -> str:
    statement = """SELECT snippet(messages_fts, 0, ?, ?, '…', 16) FROM messages_fts
        WHERE messages_fts MATCH ? AND rowid = ?"""
    return str(conn.execute(statement, (_OPEN, _CLOSE, query, message_id)).fetchone()[0])


def _marked_by_hand(whole: str, text: str) -> str:
    at = whole.lower().find(text.lower())
    if at < 0:
        return whole[: 2 * _AROUND]
    end = at + len(text)
    before, after = whole[max(0, at - _AROUND) : at], whole[end : end + _AROUND]
    return f"{'…' if at > _AROUND else ''}{before}{_OPEN}{whole[at:end]}{_CLOSE}{after}"


def _unmark(marked: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text without marks, and where they were."""
    plain, spans = "", []
    for index, part in enumerate(marked.split(_OPEN)):
        inside, _, outside = part.partition(_CLOSE) if index else ("", "", part)
        if inside:
            spans.append((len(plain), len(plain) + len(inside)))
        plain += inside + outside
    return plain, tuple(spans)


def _info(conn: sqlite3.Connection, session_id: str) -> SessionInfo:
    return session_info(conn.execute(f"{INFO} WHERE s.session_id = ?", (session_id,)).fetchone())
