"""The sandbox beside its floor (raw wasmtime-py, fresh store, same module) and the Extism Python SDK, in one run.

`python -m benchmarks.sandbox_calls` prints the figures; Extism is compared with where it is installed.
"""

import asyncio
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from benchmarks.figures import Curve, Figure, Result

CALLS = 1_500
HOST_CALLS = 500
MEMORY_CALLS = 20_000
FLOOR_TITLE = "wasmtime-py, fresh store"
EMPTY = '(module (memory (export "memory") 1) (func (export "run")))'
ASKING = """(module
  (import "blufio" "get_env" (func $get_env (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "KEY")
  (func (export "run") (local $i i32)
    (loop $again
      (drop (call $get_env (i32.const 0) (i32.const 3) (i32.const 64) (i32.const 64)))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 500))))))"""
EXTISM = '(module (memory (export "memory") 1) (func (export "run") (result i32) (i32.const 0)))'


def measure() -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        yield from asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Result]:
    from blufio_tui.adapters.sandbox.client import SandboxClient

    client = SandboxClient(folder / "cache", calls_per_second=10**6)
    try:
        results = await _warm_calls(client, folder)
        results.append(await _host_calls(client, folder))
        results.append(await _cached_module(client, folder))
        results += await _memory(client, folder)
    finally:
        await client.close()
    return results


async def _warm_calls(client: Any, folder: Path) -> list[Result]:
    """Floor, call and Extism take turns, so that all meet the same machine."""
    call, floor, extism = _call(folder, "empty", EMPTY), _floor(), _extism()
    times: dict[str, list[float]] = {"floor": [], "call": [], "extism": []}
    for number in range(CALLS + 50):
        sample = {"floor": _timed(floor), "call": await _timed_async(client.run(call, _perform))}
        if extism is not None:
            sample["extism"] = _timed(extism)
        for name, seconds in sample.items() if number >= 50 else ():
            times[name].append(seconds * 1e6)
    median = {name: statistics.median(values) for name, values in times.items() if values}
    title = "a warm call through the worker"
    figures: list[Result] = [Figure("warm_call", title, median["call"], "µs", 3.0, median["floor"], FLOOR_TITLE)]
    if extism is not None:
        peer = "Extism SDK, fresh plugin"
        figures.append(Figure("warm_call_extism", title, median["call"], "µs", 1.0, median["extism"], peer))
    return figures


async def _host_calls(client: Any, folder: Path) -> Result:
    call = _call(folder, "asking", ASKING)
    await client.run(call, _perform)
    times = [await _timed_async(client.run(call, _perform)) / HOST_CALLS * 1e6 for _ in range(30)]
    return Figure("host_call", "a host call to the UI process and back", statistics.median(times), "µs", 100.0)


async def _cached_module(client: Any, folder: Path) -> Result:
    """A module of a megabyte, compiled before, in a worker that is running: what its first call takes more."""
    call = _call(folder, "large", _large_module())
    await client.run(call, _perform)
    first, warm = [], []
    for _ in range(8):
        for worker in list(client._pool._idle):
            client._pool._idle.remove(worker)
            client._pool._retire(worker)
        client._pool.prepare()
        await client._pool._spare.ready()
        await asyncio.sleep(0.05)  # until the machine is done with the workers that were retired
        first.append(await _timed_async(client.run(call, _perform)))
        warm.append(await _timed_async(client.run(call, _perform)))
    extra = (statistics.median(first) - statistics.median(warm)) * 1000
    return Figure("cached_module", "loading a compiled module of 1 MB of WebAssembly", extra, "ms", 5.0)


async def _memory(client: Any, folder: Path) -> list[Result]:
    call = _call(folder, "empty", EMPTY)
    await client.run(call, _perform)
    (worker,) = [item for item in client._pool._idle if item.identity == f"{call.name}:{call.module_sha256}"]
    points = []
    for done in range(0, MEMORY_CALLS + 1, MEMORY_CALLS // 10):
        points.append((float(done), _resident_mib(worker.pid)))
        for _ in range(MEMORY_CALLS // 10 if done < MEMORY_CALLS else 0):
            await client.run(call, _perform)
    growth = points[-1][1] - points[1][1]
    title = f"growth of a worker's memory in the last {MEMORY_CALLS - MEMORY_CALLS // 10:,} of {MEMORY_CALLS:,} calls"
    curve = Curve("worker_memory", "memory of a worker", "calls", "MiB", tuple(points))
    return [Figure("memory_growth", title, growth, "MiB", 2), curve]


def _floor() -> Callable[[], object]:
    from wasmtime import Func, Linker, Module, Store

    from blufio_tui.adapters.sandbox.engine import build_engine

    engine = build_engine()
    prepared = Linker(engine).instantiate_pre(Module(engine, EMPTY))

    def run() -> None:
        store = Store(engine)
        store.set_limits(16 * 1024 * 1024, 20_000, 1, 8, 1)
        store.set_fuel(1_000_000_000)
        store.set_epoch_deadline(1)
        function = prepared.instantiate(store).exports(store)["run"]
        assert isinstance(function, Func)
        function(store)
        store.close()

    return run


def _extism() -> Callable[[], object] | None:
    try:
        import extism
    except ImportError:
        return None
    from wasmtime import wat2wasm

    manifest = {"wasm": [{"data": bytes(wat2wasm(EXTISM))}]}
    return lambda: extism.Plugin(manifest).call("run", b"{}")


def _large_module() -> str:
    body = "(local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 1103515245)) (i32.const 12345)))" * 60
    functions = "".join(f"(func $f{number} (param i32) (result i32) {body} (local.get 0))" for number in range(1_300))
    return f'(module (memory (export "memory") 1) {functions} (func (export "run") (drop (call $f7 (i32.const 1)))))'


def _call(folder: Path, name: str, text: str) -> Any:
    from wasmtime import wat2wasm

    from blufio_tui.core.manifest import Limits
    from blufio_tui.core.ports import SandboxCall

    data = bytes(wat2wasm(text))
    path = folder / f"{name}.wasm"
    path.write_bytes(data)
    return SandboxCall("call", name, path, hashlib.sha256(data).hexdigest(), b"{}", Limits())


async def _perform(effect: object) -> Any:
    from blufio_tui.core.effects import EffectResult

    return EffectResult(5, b"value")


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


async def _timed_async(action: Coroutine[Any, Any, object]) -> float:
    started = time.perf_counter()
    await action
    return time.perf_counter() - started


def _resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1024 / 1024


def main() -> None:
    for result in measure():
        print(result.line() if isinstance(result, Figure) else result)


if __name__ == "__main__":
    main()
