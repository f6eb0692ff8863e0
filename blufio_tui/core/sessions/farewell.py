"""The line printed when the app quits: session, cost, how to resume, and the head of the audit log."""

from blufio_tui.core.errors import StorageError
from blufio_tui.core.sessions.records import SessionInfo, Spending
from blufio_tui.core.sessions.store import SessionLibrary
from blufio_tui.core.text.amounts import dollars
from blufio_tui.core.text.display import visible_line

_TITLE_CHARS = 40
_ID_CHARS = 8
_HASH_CHARS = 16


def session_words(info: SessionInfo, spending: Spending) -> str:
    """Title, cost and the command that resumes the session; safe to print to a terminal."""
    title = visible_line(info.title or "Untitled").strip()
    shown = title if len(title) <= _TITLE_CHARS else f"{title[: _TITLE_CHARS - 1]}…"
    cost = dollars(spending.session_usd)
    unknown = " and more (some prices are unknown)" if spending.unknown_requests else ""
    return f"{shown} · {cost}{unknown} · blufio-tui --resume {info.session_id[:_ID_CHARS]}"


async def session_in_words(sessions: SessionLibrary, session_id: str) -> str:
    """`session_words` of a session; "" if there is none, nothing was said in it, or it cannot be read."""
    try:
        info = await sessions.info(session_id) if session_id else None
        return session_words(info, await sessions.spending(session_id)) if info is not None and info.messages else ""
    except StorageError:
        return ""  # what could not be stored was said in the app


def farewell(session: str, rows: int, row_hash: str) -> str:
    """One line; "" if there is nothing to say.

    Args:
        session: of `session_words`, "" if nothing was said in the session.
        rows, row_hash: the head of the audit log, 0 if it is not known.
    """
    head = f"audit log: row {rows}, head {row_hash[:_HASH_CHARS]}" if rows else ""
    return " · ".join(part for part in (session, head) if part)
