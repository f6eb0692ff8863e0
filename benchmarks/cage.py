"""What the cage costs: a program that does nothing, opens, tests, parallel compilers, and keys while files are opened.

Each figure is measured beside the same without a cage, in turns, and the best of several is taken: what else runs on
the machine only ever adds.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

from benchmarks.figures import Figure, Result, percentile
from benchmarks.pty_app import PtyApp, environment, program
from benchmarks.start_up import READY
from blufio_tui.adapters.cage.profiles.build import build_profile
from blufio_tui.adapters.cage.program_side.cage import Answered, Asked, CagePool, Command, Ended, Output, Reply
from blufio_tui.adapters.cage.program_side.probe import why_not

ROOT = Path(__file__).parents[1]
OPENS = """
import os, sys, time
path, best = sys.argv[1], 1.0
for _ in range(100):
    begun = time.perf_counter()
    for _ in range(100): os.close(os.open(path, os.O_RDONLY))
    best = min(best, time.perf_counter() - begun)
print(best / 100 * 1e6)
"""
PACED = """
import os, sys, time
begun, opened = time.perf_counter(), 0
print("opening", "files", flush=True)
while (now := time.perf_counter() - begun) < float(sys.argv[2]):
    if opened < 20000 * now:
        os.close(os.open(sys.argv[1], os.O_RDONLY))
        opened += 1
    else:
        time.sleep(0.0005)
with open("rate.txt", "w") as file: file.write(str(opened / now))
"""
TESTS = ("tests/core/shell", "tests/core/files", "tests/core/cage", "tests/adapters/files")
PYTHON = os.path.realpath(sys.executable)
_ROUNDS = 4
_FIRST_KEY = 0x0400
_PAUSE = 0.05


def measure(*, full: bool = False) -> Iterator[Result]:
    if why_not():
        return
    with tempfile.TemporaryDirectory(prefix="cage-bench-") as folder:
        bench = _Bench(Path(os.path.realpath(folder)))
        try:
            yield bench.nothing()
            yield bench.opens("system", "in the system folders", "/usr/bin/env", 40)
            yield bench.opens("project", "in the project", "a.txt", 40)
            (bench.project / ".env").write_text("x")
            yield bench.opens("served", "in a project with a secret, where all are served", "a.txt", 100)
            (bench.project / ".env").unlink()
            if shutil.which("gcc") is not None:
                yield bench.compilers()
            yield bench.tests(3 if full else 2)
            yield from bench.keys(8.0 if full else 5.0)
        finally:
            bench.close()


async def _refuse(_asked: Asked, reply: Reply) -> None:
    await reply(Answered(False))


class _Bench:
    def __init__(self, root: Path) -> None:
        self.root, self.project, self.tmp = root, root / "project", root / "tmp"
        self.project.mkdir()
        self.tmp.mkdir()
        (self.project / "a.txt").write_text("a")
        for number in range(8):
            body = "\n".join(f"int f{number}_{one}(int a) {{ return a * {one}; }}" for one in range(300))
            (self.project / f"f{number}.c").write_text(body)
        self._runner = asyncio.Runner()
        self._pool = CagePool()

    def close(self) -> None:
        self._pool.close()
        self._runner.close()

    def _caged(self, *words: str, project: Path | None = None) -> tuple[float, str]:
        """Seconds, and what it printed; the supervisor is warm."""
        return self._runner.run(self._run(words, project or self.project))

    async def _run(self, words: tuple[str, ...], project: Path) -> tuple[float, str]:
        self._pool.warm()
        await asyncio.sleep(0.4)  # it gets ready while the model thinks
        environment = {**os.environ, "TMPDIR": str(self.tmp)}
        home, begun, output = os.path.realpath(Path.home()), time.perf_counter(), b""
        profile = build_profile(str(project), str(self.tmp), environment=environment, home=home)
        took = 0.0
        async with aclosing(self._pool.run(Command(words, str(project), environment, profile), _refuse)) as events:
            async for event in events:
                if isinstance(event, Output):
                    output += event.data
                elif isinstance(event, Ended):
                    took = time.perf_counter() - begun
        return took, output.decode()

    def _plain(self, *words: str, project: Path | None = None) -> tuple[float, str]:
        begun = time.perf_counter()
        done = subprocess.run(words, cwd=project or self.project, capture_output=True, text=True, check=True)
        return time.perf_counter() - begun, done.stdout

    def nothing(self) -> Figure:
        pairs = [(self._plain("true")[0], self._caged("true")[0]) for _ in range(2 * _ROUNDS)]
        more = (min(caged for _, caged in pairs) - min(plain for plain, _ in pairs)) * 1000
        return Figure("cage.true", "`true` in the cage with a warm supervisor, more than without", more, "ms", 40)

    def opens(self, key: str, where: str, path: str, goal: float) -> Figure:
        words = (PYTHON, "-c", OPENS, path)
        pairs = [(float(self._plain(*words)[1]), float(self._caged(*words)[1])) for _ in range(_ROUNDS)]
        more = min(caged for _, caged in pairs) - min(plain for plain, _ in pairs)
        return Figure(f"cage.open.{key}", f"an open {where}, more than without", more, "µs", goal)

    def compilers(self) -> Figure:
        words = ("sh", "-c", "for i in 0 1 2 3 4 5 6 7; do gcc -O1 -c f$i.c & done; wait")
        pairs = [(self._plain(*words)[0], self._caged(*words)[0]) for _ in range(3)]
        return _ratio("compilers", "eight compilers side by side", pairs, 1.5)

    def tests(self, rounds: int) -> Figure:
        words = (sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *TESTS)
        pairs = [(self._plain(*words, project=ROOT)[0], self._caged(*words, project=ROOT)[0]) for _ in range(rounds)]
        return _ratio("tests", f"this project's own tests ({', '.join(TESTS)})", pairs, 1.25)

    def keys(self, seconds: float) -> Iterator[Figure]:
        """Keys typed while a command of the person's own runs in the cage, and the same without a command."""
        (self.project / "paced.py").write_text(PACED)
        with PtyApp(program("--project", str(self.project)), environment(self.root / "home")) as app:
            app.read_until(READY)
            app.settle()
            idle = _typed(app, 2.0, 0)
            app.send(f"\x15!!{PYTHON} paced.py /usr/bin/env {seconds + 2}\r")
            app.read_until("opening files")
            keys = _typed(app, seconds, len(idle))
            rate_file, deadline = self.project / "rate.txt", time.monotonic() + 30
            while not rate_file.exists() and time.monotonic() < deadline:
                app.watch(0.1)
        rate = float(rate_file.read_text())
        title = "key to screen (95th percentile) while a caged command opens files"
        yield Figure("cage.key", title, percentile(keys, 0.95), "ms", 50)
        yield Figure("cage.key.idle", "the same without a command", percentile(idle, 0.95), "ms")
        yield Figure("cage.key.rate", "files opened meanwhile", rate, "a second")


def _typed(app: PtyApp, seconds: float, number: int) -> tuple[float, ...]:
    keys = []
    for more in range(int(seconds / (2 * _PAUSE))):
        keys.append(app.key_ms(chr(_FIRST_KEY + number + more)))
        app.watch(_PAUSE)
    return tuple(keys[2:]) if len(keys) > 4 else tuple(keys)


def _ratio(key: str, title: str, pairs: list[tuple[float, float]], goal: float) -> Figure:
    plain, caged = min(plain for plain, _ in pairs), min(caged for _, caged in pairs)
    return Figure(f"cage.{key}", title, caged, "s", goal, plain, "without")
