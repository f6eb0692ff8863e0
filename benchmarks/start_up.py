"""How long until something happens: the command line, the first frame, the first key."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.figures import Figure, Result, in_turn_ms
from benchmarks.pty_app import PtyApp

_BARE_APP = """
from textual.app import App
from textual.widgets import Markdown
class Bare(App):
    def compose(self):
        yield Markdown("# ready to type")
Bare().run()
"""
_RUNS = 9


def measure() -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "BLUFIO_HOME": home}
        env.pop("ANTHROPIC_API_KEY", None)
        yield from _commands(env)
        yield from _first_frame(env, Path(home))


def _commands(env: dict[str, str]) -> Iterator[Result]:
    def command(*words: str) -> Callable[[], object]:
        return lambda: subprocess.run(words, env=env, check=True, capture_output=True)

    program = (sys.executable, "-m", "blufio_tui")
    floor, version, help_, listing = in_turn_ms(
        [
            command(sys.executable, "-c", "pass"),
            command(*program, "--version"),
            command(*program, "--help"),
            command(*program, "skill", "list", "--json"),
        ],
        runs=_RUNS,
    )
    yield Figure("version", "`blufio-tui --version`", version, "ms", 8, floor, "`python -c pass`")
    yield Figure("help", "`blufio-tui --help`", help_, "ms", None, floor, "`python -c pass`")
    yield Figure("skill-list", "`blufio-tui skill list --json`", listing, "ms", None, floor, "`python -c pass`")


def _first_frame(env: dict[str, str], home: Path) -> Iterator[Result]:
    bare = (sys.executable, "-c", _BARE_APP)
    ours = (sys.executable, "-m", "blufio_tui", "--offline", "--project", str(home))
    for command, marker in ((bare, "ready to type"), (ours, "count the words")):
        _frame_ms(command, marker, env)  # warm the disk cache and the compiled files
    floors, frames, keys = [], [], []
    for _ in range(_RUNS):
        floors.append(_frame_ms(bare, "ready to type", env))
        frame, key = _frame_and_key_ms(ours, "count the words", env)
        frames.append(frame)
        keys.append(key)
    floor = statistics.median(floors)
    title = "a bare Textual app with one Markdown widget"
    yield Figure("first-frame", "first frame, in a real terminal", statistics.median(frames), "ms", 1.6, floor, title)
    yield Figure("first-key", "first key shown, in a real terminal", statistics.median(keys), "ms", None, floor, title)


def _frame_ms(command: Sequence[str], marker: str, env: dict[str, str]) -> float:
    start = time.perf_counter()
    with PtyApp(command, env) as app:
        app.read_until(marker)
        return (time.perf_counter() - start) * 1000


def _frame_and_key_ms(command: Sequence[str], marker: str, env: dict[str, str]) -> tuple[float, float]:
    start = time.perf_counter()
    with PtyApp(command, env) as app:
        app.read_until(marker)
        frame = (time.perf_counter() - start) * 1000
        app.send("zq")
        app.read_until("zq")
        return frame, (time.perf_counter() - start) * 1000
