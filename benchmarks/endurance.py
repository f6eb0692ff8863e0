"""The app in a terminal over time: memory when it has started and after many turns and calls, and what idling costs."""

import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from benchmarks.figures import Curve, Figure, Result
from benchmarks.model_server import connection
from benchmarks.pty_app import PtyApp, environment, program
from benchmarks.start_up import READY
from tests.fakes.messages_api import Reply, serving, text, tool_use

CALLS = 20
FEW_CALLS = 5
SPAN = 25
NEW_SESSION_EVERY = 25
_CTRL_N = "\x0e"


def measure(*, full: bool = False) -> Iterator[Result]:
    turns, idle_secs = (1_000, 20.0) if full else (50, 8.0)
    with tempfile.TemporaryDirectory() as folder, serving(*_replies(turns)) as api:
        env = environment(Path(folder), **connection(api))
        with PtyApp(program("--project", folder), env) as app:
            app.read_until(READY)
            app.settle()
            start, idle = app.memory_mb(), _idle(app, idle_secs)
            points = [(0.0, start), *_take_turns(app, turns)]
            after = _idle(app, idle_secs)
        assert not api.refused, api.refused
    yield Figure("memory.start", "memory of the app when it has started and a model is connected", start, "MB", 100)
    what = f"memory after {turns * CALLS:,} skill calls in {turns:,} turns"
    yield Figure("memory.turns", what, points[-1][1], "MB", 1.2, start, "at the start")
    yield Curve("memory.curve", "memory of the app", "turns", "MB", tuple(points))
    yield Figure("idle", "processor while idle", idle, "% of a core", 0.3)
    yield Figure("idle.after", f"the same after {turns:,} turns", after, "% of a core", 0.3)
    yield from _in_one_session(300 if full else 100)


def _in_one_session(turns: int) -> Iterator[Result]:
    """What a turn of five calls costs the program, its workers aside, and what it holds, as a conversation grows."""
    replies = chain.from_iterable(_replies_of(turn, FEW_CALLS) for turn in range(1, turns + 1))
    with tempfile.TemporaryDirectory() as folder, serving(*replies) as api:
        env = environment(Path(folder), **connection(api))
        with PtyApp(program("--project", folder), env) as app:
            app.read_until(READY)
            app.settle()
            start = app.memory_mb()
            costs = []
            for first in range(1, turns + 1, SPAN):
                before = app.cpu_ms()
                for turn in range(first, first + SPAN):
                    _take_turn(app, turn)
                costs.append((app.cpu_ms() - before) / SPAN)
            memory = app.memory_mb()
    title = f"processor for a turn of {FEW_CALLS} calls, after {turns} in one session"
    yield Figure("turn.grown", title, costs[-1], "ms", 1.2, costs[0], f"the first {SPAN}")
    yield Figure(
        "memory.session", f"memory after {turns} turns in one session", memory, "MB", 1.1, start, "at the start"
    )


def _replies(turns: int) -> Iterator[Reply]:
    return chain.from_iterable(_replies_of(turn) for turn in range(1, turns + 1))


def _replies_of(turn: int, count: int = CALLS) -> tuple[Reply, Reply]:
    calls = (tool_use(f"toolu_{turn}_{n}", "text_stats", {"text": f"{turn} {n} "}) for n in range(count))
    return Reply(*calls), Reply(text(f"finished-{turn}."))


def _take_turns(app: PtyApp, turns: int) -> Iterator[tuple[float, float]]:
    for turn in range(1, turns + 1):
        _take_turn(app, turn)
        if turn % NEW_SESSION_EVERY == 0:
            app.send(_CTRL_N)
            app.watch(0.3)
        if turn % (turns // 10) == 0:
            yield float(turn), app.memory_mb()


def _take_turn(app: PtyApp, turn: int) -> None:
    app.send("go\r")
    app.read_until(f"finished-{turn}.")
    app.watch(0.1)  # the turn ends right after its last words


def _idle(app: PtyApp, seconds: float) -> float:
    before = app.cpu_ms()
    app.watch(seconds)
    return (app.cpu_ms() - before) / seconds / 10
