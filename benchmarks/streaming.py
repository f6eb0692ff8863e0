"""The app in a terminal while a reply streams in: how soon a key shows, what it costs, whether frames are dropped."""

import random
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.figures import Figure, Result, percentile
from benchmarks.homes import add_session, opened
from benchmarks.model_server import connection, paced
from benchmarks.pty_app import PtyApp, environment, program
from benchmarks.start_up import READY

LONG = 2_000
SLOW = 50
RATES = (SLOW, 500, 5_000)
MODEST = 500
FRAME = 1 / 12
"""The conversation draws at most 12 times a second."""
_FIRST_KEY = 0x0400
"""Cyrillic letters: nothing that streams draws them."""
_PAUSES = (0.03, 0.13)
"""Seconds, from and to: pauses of one length would fall into step with what is drawn."""


@dataclass(frozen=True, slots=True)
class Streamed:
    keys_ms: tuple[float, ...]
    cpu_share: float
    dropped: float

    @property
    def p95(self) -> float:
        return percentile(self.keys_ms, 0.95)


def measure(*, full: bool = False) -> Iterator[Result]:
    seconds = 8.0 if full else 5.0
    for rate in RATES:
        long = _stream(LONG, rate, seconds)
        yield from _figures(rate, long)
        if rate == MODEST:
            yield _grown(long, _stream(0, rate, seconds))


def _figures(rate: int, streamed: Streamed) -> Iterator[Result]:
    at = f"{rate:,} fragments a second into {LONG:,} messages"
    goal = None if rate == SLOW else 50.0
    yield Figure(f"stream.{rate}.key", f"key to screen (95th percentile) at {at}", streamed.p95, "ms", goal)
    yield Figure(f"stream.{rate}.median", "the same, median", statistics.median(streamed.keys_ms), "ms")
    cpu_goal = 15.0 if rate == SLOW else None
    yield Figure(f"stream.{rate}.cpu", "processor meanwhile", streamed.cpu_share, "% of a core", cpu_goal)
    title = f"frames of {FRAME * 1000:.0f} ms without a drawing"
    yield Figure(f"stream.{rate}.dropped", title, streamed.dropped, "%")


def _grown(long: Streamed, empty: Streamed) -> Figure:
    title = f"key to screen (95th percentile) at {MODEST} fragments a second into {LONG:,} messages"
    return Figure("stream.grown", title, long.p95, "ms", 1.3, empty.p95, "into an empty session")


def _stream(length: int, rate: int, seconds: float) -> Streamed:
    with tempfile.TemporaryDirectory() as folder, paced(rate, int(rate * (seconds + 1.5))) as model:
        home = Path(folder)
        arguments = ["--project", folder]
        if length:
            with opened(home) as database:
                arguments += ["--resume", add_session(database, length)]
        with PtyApp(program(*arguments), environment(home, **connection(model))) as app:
            app.read_until("the very last words" if length else READY)
            app.settle()
            return _while_streaming(app, seconds)


def _while_streaming(app: PtyApp, seconds: float) -> Streamed:
    app.send("go\r")
    app.read_until("connections")
    app.drawn_at.clear()
    start_cpu, keys, chance = app.cpu_ms(), [], random.Random(1)
    for number in range(int(seconds / (sum(_PAUSES) / 2))):
        keys.append(app.key_ms(chr(_FIRST_KEY + number)))
        app.watch(chance.uniform(*_PAUSES))
    lasted = app.drawn_at[-1] - app.drawn_at[0]
    cpu = (app.cpu_ms() - start_cpu) / (lasted * 10)
    return Streamed(tuple(keys[2:]), cpu, _dropped(app.drawn_at))


def _dropped(drawn_at: list[float]) -> float:
    """The share, in %, of frames in which nothing was drawn."""
    missed = sum(max(0, round((later - at) / FRAME) - 1) for at, later in pairwise(drawn_at))
    return 100 * missed * FRAME / (drawn_at[-1] - drawn_at[0])
