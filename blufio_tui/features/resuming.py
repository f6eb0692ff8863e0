"""Which stored conversation a run goes on with."""

from pathlib import Path

from blufio_tui.core.sessions.store import SessionLibrary
from blufio_tui.features.start_options import StartOptions


async def resumed_session(start: StartOptions, sessions: SessionLibrary, project: Path) -> str:
    """The stored session that the options name, ready to go on with; "" where none is meant or there is none yet.

    Raises:
        UsageError: no session has that id.
    """
    if start.resume is not None:
        session_id = await sessions.find(start.resume)
    else:
        recent = await sessions.recent(project=str(project), limit=1) if start.continue_last else []
        session_id = recent[0].session_id if recent else ""
    if session_id:
        await sessions.resume(session_id)
    return session_id
