"""A screen that is full of everything: how soon it has answered a key, in each pane, at two sizes."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Result, percentile
from benchmarks.homes import add_calls, add_session, grow_log, open_log, opened
from benchmarks.pty_app import PtyApp, environment, program
from blufio_tui.core.audit.rows import AuditEntry, RowType

MESSAGES, TRACE_ROWS, AUDIT_ROWS = 2_000, 5_000, 100_000
SIZES = ((120, 36), (200, 60))
_GOAL = 50.0
_QUIET = 0.03
"""Seconds without a byte after which a drawing counts as whole."""
_PATIENCE = 2.0
_WARM_UP = 3
_UP, _DOWN, _PAGE_UP, _PAGE_DOWN = "\x1b[A", "\x1b[B", "\x1b[5~", "\x1b[6~"
_CHAT, _TRACE, _AUDIT, _PROMPT = "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b"
_ALL_SESSIONS = "w"
_ACTIONS = (
    ("typing", "typing a word", _PROMPT, tuple("the quick brown fox jumps over a lazy dog")),
    ("scroll", "scrolling the conversation by lines", _CHAT, (_UP,) * 30),
    ("page", "scrolling it by screens", _CHAT, (_PAGE_UP, _PAGE_DOWN) * 15),
    ("trace", "moving in the trace", _TRACE, (_UP,) * 30),
    ("trace-page", "moving in it by screens", _TRACE, (_PAGE_UP, _PAGE_DOWN) * 15),
    ("audit", "moving in the audit log", _AUDIT, (_UP,) * 30),
    ("audit-page", "moving in it by screens", _AUDIT, (_PAGE_UP, _PAGE_DOWN) * 15),
    ("focus", "going from pane to pane", _PROMPT, (_CHAT, _TRACE, _AUDIT) * 10),
)


def measure(*, full: bool = False) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with opened(home) as database:
            session = add_session(database, MESSAGES)
            add_calls(database, session, MESSAGES, TRACE_ROWS)
            open_log(database, home).append_sync(AuditEntry(RowType.MODE, "mode", "ask"))
            grow_log(database, home, AUDIT_ROWS)
        for columns, rows in SIZES:
            arguments = program("--offline", "--project", folder, "--resume", session)
            with PtyApp(arguments, environment(home), columns, rows) as app:
                app.read_until("the very last words")
                app.settle()
                yield from _answers(app, f"{columns}x{rows}")


def _answers(app: PtyApp, size: str) -> Iterator[Result]:
    for key, what, pane, keys in _ACTIONS:
        for to_there in (_PROMPT, pane):  # a pane's key pressed in the pane itself leads back
            app.send(to_there)
            app.watch(0.3)
        if key == "audit":  # the pane begins with the rows of this session, which has few
            app.send(_ALL_SESSIONS)
            app.watch(0.5)
        times = [drawn_ms(app, pressed) for pressed in keys]
        drawn = [took for took in times[_WARM_UP:] if took]
        title = f"{what} at {size} (95th percentile)"
        yield Figure(f"screen.{key}.{size}", title, percentile(drawn, 0.95), "ms", _GOAL)


def drawn_ms(app: PtyApp, key: str) -> float:
    """From a key to the last byte of what it draws; 0 when it draws nothing."""
    start = time.perf_counter()
    app.send(key)
    last, patience = start, _PATIENCE
    while app.read(patience):
        last, patience = app.drawn_at[-1], _QUIET
    return (last - start) * 1000
