"""How long the event loop is held up, and how much memory is used, while a command prints 200 MB.

Run: python -m benchmarks.big_output
"""

import asyncio
import os
import resource
import tempfile
import time
from pathlib import Path

from blufio_tui.adapters.commands.output_files import OutputFiles
from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.core.builtin.bash import BashTool
from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import Effect, EffectResult, RunCommand
from blufio_tui.core.events import Event
from blufio_tui.core.tools import CallContext

SIZE = 200_000_000
COMMANDS = {
    "plain lines": f"yes 'The quick brown fox jumps over the lazy dog, number 1234567890' | head -c {SIZE}",
    "coloured lines": f"yes $'\\e[32mok\\e[0m  test_module.py::test_something passed in 0.01s' | head -c {SIZE}",
    "one line": f"head -c {SIZE} /dev/zero | tr '\\0' x",
    "other alphabets": f"yes 'Быстрая коричневая лиса 漢字 äöü' | head -c {SIZE}",
}


async def main() -> None:
    print(f"{'output':<18}{'seconds':>9}{'longest pause':>15}{'more memory':>13}{'on disk':>13}")
    for name, command in COMMANDS.items():
        with tempfile.TemporaryDirectory() as folder:
            await _measure(name, command, Path(folder))


async def _measure(name: str, command: str, folder: Path) -> None:
    outputs = OutputFiles(folder / "outputs")
    shell = Shell(os.environ, outputs=outputs)

    async def perform(effect: Effect, actor: Actor, context: CallContext) -> EffectResult:
        assert isinstance(effect, RunCommand)
        return await shell.prepare(effect).execute()

    def emit(event: Event) -> None:
        pass

    bash = BashTool(perform, str(folder))
    await bash.invoke({"command": "true"}, CallContext("s", "t", "warm", emit))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pauses: list[float] = []
    beat = asyncio.create_task(_beat(pauses))
    began = time.perf_counter()
    await bash.invoke({"command": command, "timeout_secs": 600}, CallContext("s", "t", "big", emit))
    took = time.perf_counter() - began
    beat.cancel()
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024
    page = await outputs.page("s", "big", 0, 1)
    stored = page.total if page else 0
    print(f"{name:<18}{took:>8.2f}s{1000 * max(pauses):>12.1f} ms{more:>10.1f} MB{stored:>13,}")


async def _beat(pauses: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.002)
        pauses.append(time.perf_counter() - began - 0.002)


if __name__ == "__main__":
    asyncio.run(main())
