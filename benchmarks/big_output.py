"""A command that prints 200 MB: keys typed meanwhile, memory, and what is stored of it.

What is measured is the whole program in a pseudo terminal, where a person runs the command with `!`.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Result, percentile
from benchmarks.pty_app import PtyApp, environment, program
from benchmarks.start_up import READY

SIZE = 200_000_000
COMMANDS = {
    "plain": ("plain lines", "yes 'The quick brown fox jumps over the lazy dog, number 1234567890'"),
    "coloured": ("coloured lines", "yes $'\\e[32mok\\e[0m  test_module.py::test_something passed in 0.01s'"),
    "line": ("one line", "tr '\\0' x < /dev/zero"),
}
_FIRST_KEY = 0x0400
_PAUSE = 0.05
_LONGEST_SECS = 300.0


def measure(*, full: bool = False) -> Iterator[Result]:
    for key, (name, command) in COMMANDS.items() if full else list(COMMANDS.items())[:2]:
        with tempfile.TemporaryDirectory(prefix="output-bench-") as folder:
            yield from _printed(key, name, command, Path(folder).resolve())


def _printed(key: str, name: str, command: str, root: Path) -> Iterator[Figure]:
    project = root / "project"
    project.mkdir()
    with PtyApp(program("--project", str(project)), environment(root / "home")) as app:
        app.read_until(READY)
        app.settle()
        app.send("!true\r")
        app.settle()
        idle = [app.key_ms(chr(_FIRST_KEY + number)) for number in range(20)]
        memory, most, keys, began = app.memory_mb(), 0.0, list[float](), time.monotonic()
        app.send(f"\x15!{command} | head -c {SIZE}; touch over\r")
        while not (project / "over").exists() and time.monotonic() - began < _LONGEST_SECS:
            keys.append(app.key_ms(chr(_FIRST_KEY + 20 + len(keys) % 280)))
            app.watch(_PAUSE)
            most = max(most, app.memory_mb())
        seconds = time.monotonic() - began
        app.settle()
        stored = sum(file.stat().st_size for file in (root / "home").rglob("*") if file.is_file())
    what = f"a command prints 200 MB in {name}"
    yield Figure(f"output.key.{key}", f"key to screen (95th percentile) while {what}", percentile(keys, 0.95), "ms", 50)
    yield Figure(f"output.key.{key}.idle", "the same without a command", percentile(idle, 0.95), "ms")
    yield Figure(f"output.memory.{key}", f"more memory at most while {what}", max(most - memory, 0.0), "MB", 20)
    yield Figure(f"output.seconds.{key}", f"how long {what}", seconds, "s")
    yield Figure(f"output.stored.{key}", "on disk afterwards, with the rest of the home", stored / 1e6, "MB")
