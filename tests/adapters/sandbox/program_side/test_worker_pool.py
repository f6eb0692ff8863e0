"""Which worker a call gets when several run at once."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.guests import EMPTY, answer, asking, binary, call_of
from blufio_tui.adapters.sandbox.program_side import worker_pool
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.core.effects import Effect, EffectResult


def workers_of(client: SandboxClient) -> set[int]:
    pool = client._pool
    return {worker.pid for worker in (*pool._idle, *pool._busy)}


async def test_short_calls_at_once_share_a_worker_rather_than_start_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_pool, "_PATIENCE_SECS", 60)  # what is short depends on the machine
    client = SandboxClient(tmp_path / "cache", spare=False)
    call = call_of(tmp_path, "empty", binary(EMPTY))
    try:
        await client.run(call, answer)
        before = workers_of(client)
        results = await asyncio.gather(*(client.run(call, answer) for _ in range(20)))
        assert [result.error for result in results] == [None] * 20
        assert workers_of(client) == before
    finally:
        await client.close()


@pytest.mark.parametrize(
    ("count", "seconds", "are_long"),
    [(0, 0.0, False), (1, 0.09, False), (30, 0.09, False), (30, 0.11, True), (500, 0.11, False), (1, 0.2, True)],
)
def test_waits_are_long_in_all_and_each(count: int, seconds: float, are_long: bool) -> None:
    assert worker_pool._are_long(count, seconds) is are_long


@pytest.mark.parametrize(("processors", "workers"), [(1, 1), (2, 2), (8, 2)])
async def test_calls_that_always_find_their_worker_busy_get_another_up_to_one_a_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processors: int, workers: int
) -> None:
    monkeypatch.setattr(worker_pool, "_PATIENCE_SECS", 60)
    monkeypatch.setattr(worker_pool, "_are_long", lambda count, _seconds: count >= 4)
    monkeypatch.setattr(worker_pool, "_processors", lambda: processors)
    client = SandboxClient(tmp_path / "cache", spare=False, warm_workers=2)
    call = call_of(tmp_path, "empty", binary(EMPTY))
    seen = set[int]()

    async def keep_calling() -> None:
        for _ in range(30):
            assert (await client.run(call, answer)).error is None
            seen.update(workers_of(client))

    try:
        await client.run(call, answer)
        await asyncio.gather(*(keep_calling() for _ in range(4)))
        assert len(seen) == workers
    finally:
        await client.close()


async def test_a_call_does_not_wait_for_a_worker_that_stays_busy(tmp_path: Path) -> None:
    client = SandboxClient(tmp_path / "cache", spare=False)
    call = call_of(tmp_path, "asking", binary(asking("get_env", "KEY", times=1)))
    held, asked = asyncio.Event(), asyncio.Event()

    async def hold(_effect: Effect) -> EffectResult:
        asked.set()
        await held.wait()
        return EffectResult(5, b"value")

    try:
        first = asyncio.create_task(client.run(call, hold))
        await asked.wait()
        second = await client.run(call, answer)
        assert second.error is None and not first.done()
        held.set()
        assert (await first).error is None
    finally:
        await client.close()


async def test_a_waiting_call_that_is_cancelled_leaves_the_worker_to_others(tmp_path: Path) -> None:
    client = SandboxClient(tmp_path / "cache", spare=False)
    call = call_of(tmp_path, "empty", binary(EMPTY))
    try:
        await client.run(call, answer)
        running = [asyncio.create_task(client.run(call, answer)) for _ in range(12)]
        await asyncio.sleep(0)
        for task in running[1::2]:
            task.cancel()
        results = await asyncio.gather(*running, return_exceptions=True)
        assert sum(isinstance(result, asyncio.CancelledError) for result in results) <= 6
        assert (await client.run(call, answer)).error is None
    finally:
        await client.close()


async def test_a_call_that_is_cancelled_once_its_worker_has_begun_it_ends_that_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_pool, "_PATIENCE_SECS", 60)
    client = SandboxClient(tmp_path / "cache", spare=False)
    call = call_of(tmp_path, "asking", binary(asking("get_env", "KEY", times=1)))
    held, asked = asyncio.Event(), asyncio.Event()
    keep, begun = client._pool._keep, list[bool]()

    async def hold(_effect: Effect) -> EffectResult:
        asked.set()
        await held.wait()
        return EffectResult(5, b"value")

    def keep_and_cancel(worker: worker_pool.WorkerProcess) -> None:
        turns = list(client._pool._waiting[worker.identity or ""])
        keep(worker)
        begun.extend(turn.has_begun for turn in turns)
        second.cancel()

    try:
        first = asyncio.create_task(client.run(call, hold))
        await asked.wait()
        before = workers_of(client)
        second = asyncio.create_task(client.run(call, answer))
        while not client._pool._waiting:
            await asyncio.sleep(0)
        monkeypatch.setattr(client._pool, "_keep", keep_and_cancel)
        held.set()
        assert (await first).error is None
        with pytest.raises(asyncio.CancelledError):
            await second
        monkeypatch.undo()
        assert begun == [True] and workers_of(client).isdisjoint(before)
        assert (await client.run(call, answer)).error is None
    finally:
        await client.close()


async def test_an_input_too_long_to_be_sent_at_once_is_sent_when_its_call_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_pool, "_PATIENCE_SECS", 60)
    client = SandboxClient(tmp_path / "cache", spare=False)
    call = call_of(tmp_path, "empty", binary(EMPTY), input_json=b'"' + b"x" * 1_000_000 + b'"')
    try:
        await client.run(call, answer)
        before = workers_of(client)
        results = await asyncio.gather(*(client.run(call, answer) for _ in range(6)))
        assert [result.error for result in results] == [None] * 6
        assert workers_of(client) == before
    finally:
        await client.close()
