"""The corpus in tests/hostile, half of it at once: each module ends with its own error, nothing else is harmed."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from blufio_tui.adapters.sandbox.compile.compiler import CompileLimits, Compiler
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.core.manifest.manifest import Limits
from blufio_tui.core.skills.sandbox import SandboxResult
from tests.fakes.compiled_here import compiled_here
from tests.fakes.sandbox_calls import Performer, call_of, module_text
from tests.hostile.generated import bombs, compile_bomb

pytestmark = pytest.mark.asyncio(loop_scope="module")
CORPUS = Path(__file__).parents[2] / "hostile"
PATIENCE_SECS = 60
"""For modules that end for another reason, however slow the machine."""


@dataclass(frozen=True)
class Case:
    path: Path
    expected: str
    limits: Limits

    def verdict(self, result: SandboxResult) -> str:
        """What is wrong with a result, "" for nothing."""
        kind, _, texts = self.expected.partition(" ")
        actual = result.error.kind.value if result.error else "ok"
        message = result.error.message if result.error else result.content
        if actual != kind or not any(text in message for text in texts.split("|")):
            return f"{self.path.stem}: expected {self.expected}, was {actual}: {message[:200]}"
        if result.error and not message.replace("\n", "").isprintable():
            return f"{self.path.stem}: unprintable characters in {message!r}"
        return ""


def _cases(folder: Path) -> list[Case]:
    cases = [_parse(path) for path in sorted(CORPUS.glob("*.wat"))]
    for bomb in bombs():
        path = folder / f"{bomb.name}.wasm"
        path.write_bytes(bomb.data)
        cases.append(Case(path, bomb.expect, Limits(epoch_timeout_secs=PATIENCE_SECS)))
    return cases


def _parse(path: Path) -> Case:
    header = dict(
        line[3:].split(": ", 1) for line in path.read_text().splitlines() if line.startswith(";;") and ": " in line
    )
    limits = {key: int(value) for key, value in (item.split("=") for item in header.get("limits", "").split())}
    return Case(path, header["expect"], Limits(**{"epoch_timeout_secs": PATIENCE_SECS} | limits))


@pytest.mark.parametrize("half", [0, pytest.param(1, marks=pytest.mark.corpus)])
async def test_forty_hostile_modules_at_once_each_end_as_they_should_and_a_good_one_among_them_runs(
    half: int, client: SandboxClient, incidents: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    cases = _cases(tmp_path)[half::2]
    assert len(cases) >= 40
    good = tmp_path / "good.wat"
    good.write_text(
        module_text("(call $get_input (i32.const 0)) (call $set_output (i32.const 0) (call $get_input_len))")
    )
    calls = [call_of(case.path, case.limits) for case in cases] + [call_of(good, input_json=b'{"alive":true}')]
    with compiled_here():
        *results, echo = await asyncio.gather(*(client.run(call, Performer()) for call in calls))
    wrong = [problem for case, result in zip(cases, results, strict=True) if (problem := case.verdict(result))]
    assert not wrong, "\n".join(wrong)
    assert echo.content == '{"alive":true}'
    assert incidents == [], "a hostile guest must not cost its worker"


async def test_what_a_guest_logs_is_kept_up_to_a_thousand_lines_and_counted_after_that(client: SandboxClient) -> None:
    result = await client.run(call_of(CORPUS / "log_flood.wat"), Performer())
    assert (len(result.logs), result.logs_dropped) == (1000, 19_000)


@pytest.mark.parametrize(
    "name", ["host_call_spin", "wasi_sleep", "wasi_line_ends", "wasi_random_giant", "start_spin_long"]
)
async def test_a_deadline_is_kept_within_a_tenth(name: str, client: SandboxClient) -> None:
    case = _parse(CORPUS / f"{name}.wat")
    await client.run(call_of(case.path, Limits(fuel=1)), Performer())  # compiled and warm
    for _ in range(10):  # the machine may be late too, but not every time
        result = await client.run(call_of(case.path, case.limits), Performer())
        assert result.usage.wall_ms >= 1000
        if result.usage.wall_ms < 1000 * 1.1:
            break
    else:
        pytest.fail(f"it ran for {result.usage.wall_ms:.0f} ms of 1000, ten times")


async def test_a_guest_that_is_refused_memory_never_gets_more_than_its_limit(client: SandboxClient) -> None:
    result = await client.run(call_of(CORPUS / "memory_grow.wat", Limits(memory_mb=4)), Performer())
    assert result.error is not None
    assert "4 MiB" in result.error.message
    assert 3 * 1024 * 1024 < result.usage.memory_peak_bytes <= 4 * 1024 * 1024


async def test_no_effect_happens_for_a_bad_pointer(client: SandboxClient) -> None:
    performer = Performer()
    await client.run(call_of(CORPUS / "buffer_wraps.wat"), performer)
    assert performer.effects == []


async def test_a_compile_bomb_costs_a_clear_error_and_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.wasm"
    path.write_bytes(compile_bomb(750_000))  # six seconds here: too much for a machine of any speed
    limits = CompileLimits(cpu_secs=1, cpu_secs_per_mib=0)
    client = SandboxClient(tmp_path / "cache", compile_limits=limits, spare=False)
    first = await client.run(call_of(path), Performer())
    monkeypatch.delattr(Compiler, "_run_child")
    second = await client.run(call_of(path), Performer())
    await client.close()
    assert first.error is not None
    assert first.error.kind == "invalid_module"
    assert "1 s of processor time" in first.error.message
    assert second.error == first.error


async def test_a_compile_bomb_that_eats_memory_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "bomb.wasm"
    path.write_bytes(compile_bomb(300_000))
    limits = CompileLimits(memory_bytes=220 * 1024 * 1024, memory_per_byte=0)
    client = SandboxClient(tmp_path / "cache", compile_limits=limits, spare=False)
    result = await client.run(call_of(path), Performer())
    await client.close()
    assert result.error is not None
    assert "220 MiB of memory" in result.error.message


async def test_every_module_of_the_corpus_says_what_it_attacks() -> None:
    for path in CORPUS.glob("*.wat"):
        first = path.read_text().splitlines()[0]
        assert first.startswith(";; ") and first.endswith("."), path.name
    assert len(list(CORPUS.glob("*.wat"))) >= 60
