"""Who owns a task waits for it, and no error of one is told by asyncio."""

import asyncio
from pathlib import Path

import pytest

import blufio_tui
from blufio_tui.core.errors import UsageError
from blufio_tui.core.tasks import Tasks, begin, outlasting


async def test_what_outlasts_its_caller_goes_on_and_an_error_that_nobody_waits_for_is_looked_at() -> None:
    go, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await go.wait()
        done.set()
        raise ValueError("nobody waits for this")

    caller = asyncio.create_task(outlasting(work()))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go.set()
    await done.wait()


async def test_the_error_of_what_outlasts_is_raised_to_its_caller() -> None:
    async def work() -> None:
        raise ValueError("told")

    with pytest.raises(ValueError, match="told"):
        await outlasting(work())
    with pytest.raises(ValueError, match="told"):
        await begin(work())


async def test_an_end_waits_until_every_task_has_stored_what_it_has() -> None:
    tasks, stored = Tasks(), []

    async def writer(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(number):
                await asyncio.sleep(0)
            stored.append(number)

    for number in range(50):
        tasks.start(writer(number))
    await asyncio.sleep(0)
    assert await tasks.end()
    assert sorted(stored) == list(range(50))


async def test_one_that_does_not_let_go_is_waited_for_no_longer_than_the_patience() -> None:
    tasks, release, ended = Tasks(), asyncio.Event(), asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        ended.set()

    tasks.start(stubborn())
    await asyncio.sleep(0)
    assert not await tasks.end(patience=0.01)
    release.set()
    await ended.wait()


async def test_nothing_begins_after_the_end() -> None:
    async def work() -> None:
        raise AssertionError("it began")

    tasks = Tasks()
    await tasks.end()
    with pytest.raises(UsageError):
        tasks.start(work())


def test_nothing_else_shields_work_from_being_cancelled() -> None:
    package = Path(blufio_tui.__file__).parent
    users = [path for path in package.rglob("*.py") if "asyncio.shield(" in path.read_text(encoding="utf-8")]
    assert users == [package / "core" / "tasks.py"]
