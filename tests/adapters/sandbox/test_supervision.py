"""Workers that crash, hang or lie: the call ends with a clear error, the next one works, others never notice."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio

from blufio_tui.adapters.sandbox.program_side import exchange
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.manifest.manifest import Limits
from blufio_tui.core.skills.sandbox import SandboxCall
from tests.fakes.sandbox_calls import ECHO, SPIN, Performer, call_of, module_text

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIAR = Path(__file__).with_name("liar.py")
READ = "(drop (call $read_file (i32.const 0) (i32.const 2) (i32.const 64) (i32.const 64)))"
INTEGRITY = (
    *("garbage", "oversized", "other-call", "replay", "skip", "two-at-once", "flood", "exec", "unknown-kind"),
    *("ready-again", "header-bomb", "surrogate", "made-up-error", "endless-output", "binary-output"),
    *("negative-fuel", "many-logs", "start-over"),
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("modules")
    (folder / "echo.wat").write_text(module_text(ECHO))
    (folder / "reader.wat").write_text(module_text(READ, data="/f"))
    (folder / "spin.wat").write_text(module_text(SPIN))
    return folder


def _liar(folder: Path, lie: str) -> str:
    """A "Python" that compiles honestly and runs the liar as its worker."""
    script = folder / f"python-{lie}"
    real = f'exec "{sys.executable}"'
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *compile_child*) {real} "$@";; esac\nfor fd; do :; done\n{real} {LIAR} {lie} "$fd"\n'
    )
    script.chmod(0o700)
    return str(script)


async def _run_liar(lie: str, cache: Path, modules: Path, folder: Path) -> tuple[object, list[tuple[str, str]]]:
    incidents: list[tuple[str, str]] = []

    async def note(call: SandboxCall, kind: str, message: str) -> None:
        incidents.append((kind, message))

    client = SandboxClient(cache, python_executable=_liar(folder, lie), spare=False, on_incident=note)
    result = await client.run(call_of(modules / "echo.wat", Limits(epoch_timeout_secs=1)), Performer())
    await client.close()
    return result.error, incidents


@pytest.mark.parametrize("lie", INTEGRITY)
async def test_a_worker_that_lies_is_given_up_and_the_lie_is_told(
    lie: str, cache: Path, modules: Path, tmp_path: Path
) -> None:
    error, incidents = await _run_liar(lie, cache, modules, tmp_path)
    assert error is not None and error.kind == "integrity", error
    assert [kind for kind, _ in incidents] == ["integrity"]


async def test_a_worker_that_crashes_is_told_with_its_last_words_made_harmless(
    cache: Path, modules: Path, tmp_path: Path
) -> None:
    error, incidents = await _run_liar("crash", cache, modules, tmp_path)
    assert error is not None and error.kind == "worker_crashed"
    assert "last words \\e[2J" in error.message
    assert [kind for kind, _ in incidents] == ["worker_crashed"]


async def test_a_worker_that_hangs_is_killed_soon_after_the_deadline(
    cache: Path, modules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "GRACE_SECS", 0.1)
    async with asyncio.timeout(30):  # it would sleep for a minute
        error, _ = await _run_liar("hang", cache, modules, tmp_path)
    assert error is not None and error.kind == "worker_crashed"
    assert "did not end its call" in error.message


@pytest.mark.parametrize("lie", ["ask-for-ever", "files-for-ever"])
async def test_a_worker_that_never_stops_asking_is_killed_soon_after_the_deadline(
    lie: str, cache: Path, modules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "GRACE_SECS", 0.1)
    monkeypatch.setattr(exchange, "MAX_HOST_CALLS", 10)
    async with asyncio.timeout(10):
        error, _ = await _run_liar(lie, cache, modules, tmp_path)
    assert error is not None and error.kind == "worker_crashed"
    assert "did not end its call" in error.message


async def test_a_worker_that_speaks_when_idle_is_not_used_again(cache: Path, modules: Path, tmp_path: Path) -> None:
    client = SandboxClient(cache, python_executable=_liar(tmp_path, "after-the-end"), spare=False)
    first = await client.run(call_of(modules / "echo.wat"), Performer())
    for worker in tuple(client._pool._idle):  # none, if it spoke before it came back
        while worker.alive:
            await asyncio.sleep(0.01)
    performer = Performer()
    second = await client.run(call_of(modules / "echo.wat"), performer)
    await client.close()
    assert first.content == second.content == "fine"
    assert performer.effects == []


async def test_a_worker_that_cannot_start_is_an_error_of_the_call_and_not_of_the_program(
    cache: Path, modules: Path, tmp_path: Path
) -> None:
    error, incidents = await _run_liar("not-ready", cache, modules, tmp_path)
    assert error is not None and error.kind == "worker_crashed"
    assert "no sandbox worker" in error.message
    assert incidents


@pytest_asyncio.fixture(loop_scope="module")
async def honest(cache: Path) -> AsyncIterator[SandboxClient]:
    client = SandboxClient(cache)
    yield client
    await client.close()


async def test_a_worker_killed_in_the_middle_of_a_call_costs_that_call_only(cache: Path, modules: Path) -> None:
    client = SandboxClient(cache)
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def wait(effect: Effect) -> EffectResult:
        reached.set()
        await go_on.wait()
        return EffectResult(2, b"ok")

    victim = asyncio.create_task(client.run(call_of(modules / "reader.wat"), wait))
    await reached.wait()
    (worker,) = client._pool._busy
    other = await client.run(call_of(modules / "echo.wat"), Performer())
    os.kill(worker.pid, signal.SIGKILL)
    go_on.set()
    result = await victim
    after = await client.run(call_of(modules / "reader.wat"), Performer())
    await client.close()
    assert result.error is not None and result.error.kind == "worker_crashed"
    assert other.error is None and after.error is None


async def test_workers_that_die_while_they_wait_cost_no_call(cache: Path, modules: Path) -> None:
    client = SandboxClient(cache)
    await client.run(call_of(modules / "echo.wat"), Performer())
    client._pool.prepare()
    spare, idle = client._pool._spare, client._pool._idle
    assert spare is not None and idle
    await spare.ready()
    for worker in (spare, *idle):
        os.kill(worker.pid, signal.SIGKILL)
        while worker.alive:
            await asyncio.sleep(0.01)
    result = await client.run(call_of(modules / "echo.wat"), Performer())
    await client.close()
    assert result.error is None


async def test_cancelling_a_call_ends_its_guest_and_leaves_the_others_running(cache: Path, modules: Path) -> None:
    client = SandboxClient(cache)
    await client.run(call_of(modules / "spin.wat", Limits(fuel=10)), Performer())
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def wait(effect: Effect) -> EffectResult:
        reached.set()
        await go_on.wait()
        return EffectResult(2, b"ok")

    doomed = asyncio.create_task(client.run(call_of(modules / "spin.wat", Limits(10**15, 16, 60)), Performer()))
    other = asyncio.create_task(client.run(call_of(modules / "reader.wat"), wait))
    await reached.wait()
    while len(client._pool._busy) < 2 or not all(worker.calls for worker in client._pool._busy):
        await asyncio.sleep(0.01)
    pids = {worker.pid for worker in client._pool._busy}
    doomed.cancel()
    with suppress(asyncio.CancelledError):
        await doomed
    go_on.set()
    result = await other
    await client.close()
    assert result.error is None
    assert len(pids) == 2
    assert not any(_exists(pid) for pid in pids)


async def test_a_worker_serves_one_module_only(cache: Path, modules: Path) -> None:
    client = SandboxClient(cache)
    pids = []

    async def note(effect: Effect) -> EffectResult:
        pids.append({worker.pid for worker in client._pool._busy})
        return EffectResult(2, b"ok")

    (modules / "reader2.wat").write_text(module_text(READ + READ, data="/f"))
    for name in ("reader", "reader2", "reader"):
        await client.run(call_of(modules / f"{name}.wat"), note)
    await client.close()
    assert pids[0] == pids[3]
    assert pids[0] != pids[1]


async def test_the_clock_stands_still_while_a_person_is_asked(honest: SandboxClient, modules: Path) -> None:
    async def slow(effect: Effect) -> EffectResult:
        await asyncio.sleep(1.1)
        return EffectResult(2, b"ok")

    result = await honest.run(call_of(modules / "reader.wat", Limits(epoch_timeout_secs=1)), slow)
    assert result.error is None
    assert result.usage.host_ms > 1050
    assert result.usage.host_calls == 1


async def test_no_secret_of_the_environment_reaches_a_worker(
    honest: SandboxClient, modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    seen = []

    async def look(effect: Effect) -> EffectResult:
        for worker in honest._pool._busy:
            seen.append(Path(f"/proc/{worker.pid}/environ").read_bytes())
        return EffectResult(2, b"ok")

    await honest.run(call_of(modules / "reader.wat"), look)
    assert seen
    assert not any(b"secret" in variables or b"HOME" in variables for variables in seen)


@pytest.mark.parametrize("error", [ZeroDivisionError, FileNotFoundError, TimeoutError])
async def test_an_error_of_the_program_itself_is_not_hidden_and_ends_the_worker(
    error: type[Exception], honest: SandboxClient, modules: Path
) -> None:
    effects = []

    async def broken(effect: Effect) -> EffectResult:
        effects.append(effect)
        raise error

    with pytest.raises(error):
        await honest.run(call_of(modules / "reader.wat"), broken)
    assert len(effects) == 1
    assert not honest._pool._busy


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
