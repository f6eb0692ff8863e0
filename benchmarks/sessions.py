"""Opening long conversations: what is read and laid out, and what a person waits for in the terminal."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Curve, Figure, Result, in_turn_ms
from benchmarks.homes import LAST_WORDS, add_session, opened
from benchmarks.pty_app import PtyApp, environment, program
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.ui.state.restore import entries_from

LENGTHS = (10, 100, 1_000, 10_000)
SHOWN = 400
"""As many messages as the app reads when it opens a session."""


def measure(*, full: bool = False) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with opened(home) as database:
            ids = [add_session(database, length) for length in LENGTHS]
            sessions = SqliteSessions(database, SystemClock())
            times = in_turn_ms([lambda i=i: asyncio.run(_open(sessions, i)) for i in ids], runs=9)  # type: ignore[misc]
        points = tuple(zip(map(float, LENGTHS), times, strict=True))
        yield Curve("session.read", "reading a session to open it", "messages", "ms", points)
        yield _in_terminal(home, ids, runs=7 if full else 5)


async def _open(sessions: SqliteSessions, session_id: str) -> None:
    await sessions.resume(session_id)
    entries_from(await sessions.all_messages(session_id, limit=SHOWN))


def _in_terminal(home: Path, ids: list[str], runs: int) -> Figure:
    """From the command to the last message on the screen."""
    short, long = [], []
    for _ in range(runs):
        short.append(_shown_ms(home, ids[0]))
        long.append(_shown_ms(home, ids[-1]))
    title = "opening a session of 10,000 messages, from the command to its last words on the screen"
    return Figure("session.open", title, statistics.median(long), "ms", 1.3, statistics.median(short), "one of 10")


def _shown_ms(home: Path, session_id: str) -> float:
    start = time.perf_counter()
    with PtyApp(program("--offline", "--project", str(home), "--resume", session_id), environment(home)) as app:
        app.read_until(LAST_WORDS)
        return (time.perf_counter() - start) * 1000
