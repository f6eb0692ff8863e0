"""Checking the chain from the explorer, when it takes a while."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from blufio_tui.core.audit.rows import Verification
from tests.ui.helpers import running, screen_text, until


async def test_a_long_check_of_the_chain_says_how_far_it_is_and_may_be_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as (app, pilot, fakes):
        begun = asyncio.Event()

        async def verify(told: Callable[[int], None]) -> Verification:
            told(3_000)
            begun.set()
            return await asyncio.Future()

        monkeypatch.setattr(fakes.audit, "verify", verify)
        await pilot.press("f6")
        await until(pilot, lambda: app.screen is not app.main)
        await pilot.press("v")
        await begun.wait()
        await until(pilot, lambda: "checking the chain: 3,000 rows" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        await pilot.press("f6")
        await until(pilot, lambda: "Audit log  0 rows" in screen_text(app))


async def test_what_a_witness_says_besides_is_shown_with_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as (app, pilot, fakes):

        async def verify(told: Callable[[int], None]) -> Verification:
            return Verification(True, 12, notes=("file:/w could not be read: [b]gone[/b]",))

        monkeypatch.setattr(fakes.audit, "verify", verify)
        await pilot.press("f6")
        await until(pilot, lambda: app.screen is not app.main)
        await pilot.press("v")
        await until(pilot, lambda: "could not be read: [b]gone[/b]" in " ".join(screen_text(app).split()))
        assert "The chain of 12 rows holds" in screen_text(app)


async def test_rows_that_are_not_what_was_written_are_said_to_be_that_when_they_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running() as (app, pilot, fakes):

        async def doubt(seqs: Sequence[int]) -> str:
            return "row 4 is not what was written: [b]changed[/b]"

        monkeypatch.setattr(fakes.audit, "doubt", doubt)
        await pilot.press("f6")
        await until(pilot, lambda: "do not rely on these rows: row 4 is not" in " ".join(screen_text(app).split()))
        assert "[b]changed[/b]" in screen_text(app)
