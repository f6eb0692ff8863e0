"""Many calls and many host calls in the sandbox: side by side, and whether the worker's memory stays flat."""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen

from benchmarks.figures import Curve, Figure, Result, timed_async_ms
from benchmarks.guests import EMPTY, HOST_CALLS, SCRIPT, answer, asking, binary, call_of
from benchmarks.pty_app import resident_mb
from benchmarks.sandbox import run
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.core.skills.sandbox import SandboxCall

SECONDS = 1.0
_COMPUTE = (
    "import time; t = time.perf_counter(); sum(i * i for i in range(3_000_000)); print((time.perf_counter() - t) * 1e3)"
)


def measure(*, full: bool = False) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        yield from asyncio.run(_measure(Path(folder), calls=20_000 if full else 4_000))


async def _measure(folder: Path, calls: int) -> list[Result]:
    client = SandboxClient(folder / "cache", calls_per_second=10**6, warm_workers=4)
    try:
        empty = call_of(folder, "empty", binary(EMPTY))
        script = call_of(folder, "script", SCRIPT.encode(), kind="py", input_json=b'{"a": 1, "b": 2}')
        rates = [(float(beside), await _rate(client, empty, beside)) for beside in (1, 2, 4)]
        results: list[Result] = [
            _machine(),
            await _side_by_side(client, script, "throughput.script", "script skill calls"),
            await _side_by_side(client, empty, "throughput.empty", "skill calls that do nothing"),
            Curve("throughput", "skill calls a second", "side by side", "/s", tuple(rates)),
        ]
        results.append(await _host_call(client, folder))
        results += await _memory(client, empty, calls)
    finally:
        await client.close()
    return results


def _machine() -> Figure:
    """What two processes that share nothing gain here: processors may be two halves of one, or lent to others."""
    times: list[list[float]] = [[], []]
    for _ in range(3):
        for count, own in zip((1, 2), times, strict=True):
            running = [Popen((sys.executable, "-c", _COMPUTE), stdout=PIPE) for _ in range(count)]
            done = [float(process.communicate()[0]) for process in running]
            own.append(statistics.mean(done) / count)
    alone, beside = map(statistics.median, times)
    title = "time for each of two processes that only compute, side by side"
    return Figure("throughput.machine", title, beside, "ms", None, alone, "one after the other")


async def _rate(client: SandboxClient, call: SandboxCall, beside: int) -> float:
    """Calls a second with so many under way at once."""
    done = 0

    async def keep_calling() -> None:
        nonlocal done
        while time.perf_counter() < end:
            await run(client, call)
            done += 1

    for _ in range(200 if beside > 1 else 1):  # until there are as many workers as there will be
        await asyncio.gather(*(run(client, call) for _ in range(beside)))
    start = time.perf_counter()
    end = start + SECONDS
    await asyncio.gather(*(keep_calling() for _ in range(beside)))
    return done / (time.perf_counter() - start)


async def _side_by_side(client: SandboxClient, call: SandboxCall, key: str, what: str) -> Figure:
    """Milliseconds a call, four side by side against one after the other, A B A B."""
    rates = [[await _rate(client, call, beside) for beside in (1, 4)] for _ in range(5)]
    alone, beside = (1000 / statistics.median(rate) for rate in zip(*rates, strict=True))
    title = f"time for each of many {what}, 4 side by side"
    return Figure(key, title, beside, "ms", 1 / 1.3, alone, "one after the other")


async def _host_call(client: SandboxClient, folder: Path) -> Result:
    call = call_of(folder, "asking", binary(asking("get_env", "KEY")))
    await client.run(call, answer)
    times = [await timed_async_ms(run(client, call)) / HOST_CALLS * 1000 for _ in range(20)]
    return Figure("sandbox.host_call", "host call to the UI process and back", statistics.median(times), "µs", 100)


async def _memory(client: SandboxClient, call: SandboxCall, calls: int) -> list[Result]:
    await run(client, call)
    worker = next(one for one in client._pool._idle if one.identity == f"{call.name}:{call.module_sha256}")
    points = []
    for done in range(0, calls + 1, calls // 10):
        points.append((float(done), resident_mb(worker.pid)))
        for _ in range(calls // 10 if done < calls else 0):
            await run(client, call)
    growth = points[-1][1] - points[1][1]
    title = f"growth of a worker's memory over {calls - calls // 10:,} calls"
    curve = Curve("sandbox.worker_memory", "memory of a sandbox worker", "calls", "MB", tuple(points))
    return [Figure("sandbox.worker_growth", title, growth, "MB", 2), curve]
