"""What the cage costs: a program that does nothing, opens, parallel compilers. `python benchmarks/cage.py`."""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import aclosing
from pathlib import Path

from blufio_tui.adapters.cage.profiles.build import build_profile
from blufio_tui.adapters.cage.program_side.cage import Answered, Asked, CagePool, Command, Ended, Output, Reply

OPENS = """
import os, sys, time
path = sys.argv[1]
begun = time.perf_counter()
for _ in range(10000): os.close(os.open(path, os.O_RDONLY))
print((time.perf_counter() - begun) / 10000 * 1e6)
"""
PYTHON = os.path.realpath(sys.executable)


async def refuse(_asked: Asked, reply: Reply) -> None:
    await reply(Answered(False))


class Bench:
    def __init__(self, root: Path) -> None:
        self.project, self.tmp = root / "project", root / "tmp"
        self.project.mkdir()
        self.tmp.mkdir()
        (self.project / "a.txt").write_text("a")
        for number in range(8):
            body = "\n".join(f"int f{number}_{one}(int a) {{ return a * {one}; }}" for one in range(3000))
            (self.project / f"f{number}.c").write_text(body)
        self.pool = CagePool()

    async def caged(self, *words: str) -> tuple[float, str]:
        environment = {**os.environ, "TMPDIR": str(self.tmp)}
        home = os.path.realpath(Path.home())
        begun, output = time.perf_counter(), b""
        profile = build_profile(str(self.project), str(self.tmp), environment=environment, home=home)
        command = Command(words, str(self.project), environment, profile)
        took = 0.0
        async with aclosing(self.pool.run(command, refuse)) as events:
            async for event in events:
                if isinstance(event, Output):
                    output += event.data
                elif isinstance(event, Ended):
                    took = time.perf_counter() - begun
        return took, output.decode()

    def plain(self, *words: str) -> tuple[float, str]:
        begun = time.perf_counter()
        done = subprocess.run(words, cwd=self.project, capture_output=True, text=True, check=True)
        return time.perf_counter() - begun, done.stdout

    async def nothing(self) -> None:
        self.pool.warm()
        await asyncio.sleep(0.5)
        caged = []
        for _ in range(10):
            caged.append((await self.caged("true"))[0] * 1000)
            await asyncio.sleep(0.3)  # the spare one gets ready while the model thinks
        plain = [self.plain("true")[0] * 1000 for _ in range(10)]
        print(f"true: plain {statistics.median(plain):.1f} ms, caged (warm) {statistics.median(caged):.1f} ms")

    async def opens(self, label: str, path: str) -> None:
        plain = min(float(self.plain(PYTHON, "-c", OPENS, path)[1]) for _ in range(3))
        caged = min([float((await self.caged(PYTHON, "-c", OPENS, path))[1]) for _ in range(3)])
        print(f"open, {label}: plain {plain:.1f} µs, caged {caged:.1f} µs")

    async def compilers(self) -> None:
        if shutil.which("gcc") is None:
            return
        script = "for i in 0 1 2 3 4 5 6 7; do gcc -O1 -c f$i.c & done; wait"
        plain = min(self.plain("sh", "-c", script)[0] for _ in range(2))
        caged = min([(await self.caged("sh", "-c", script))[0] for _ in range(2)])
        print(f"eight compilers: plain {plain:.2f} s, caged {caged:.2f} s ({caged / plain:.2f}×)")

    async def run(self) -> None:
        try:
            await self.nothing()
            await self.opens("in the system", "/usr/bin/env")
            await self.opens("in the project", "a.txt")
            (self.project / ".env").write_text("x")
            await self.opens("in a project with a secret (served)", "a.txt")
            (self.project / ".env").unlink()
            await self.compilers()
        finally:
            self.pool.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="cage-bench-") as folder:
        asyncio.run(Bench(Path(os.path.realpath(folder))).run())
