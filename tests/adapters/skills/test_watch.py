"""Skills under development are picked up when they change, and ask only for what is new."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from blufio_tui.adapters.skills.watch import SkillWatcher
from blufio_tui.core.skills.offer import SkillBroken, SkillNeedsConsent, SkillReloaded
from tests.fakes.skill_folders import MODULE, Bench, make_bench, make_skill

NET = '[capabilities.network]\ndomains = ["example.com"]\n'


class FakeChanges:
    """Changes that a test reports itself."""

    def __init__(self) -> None:
        self.batches: asyncio.Queue[set[Path]] = asyncio.Queue()

    async def __call__(self, _folders: Sequence[Path]) -> AsyncIterator[set[Path]]:
        while True:
            yield await self.batches.get()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = make_bench(tmp_path / "home")
    yield made
    made.database.close()


async def test_a_rebuilt_skill_that_asks_for_nothing_new_is_in_place_at_once(bench: Bench, tmp_path: Path) -> None:
    folder, changes = make_skill(tmp_path / "dev"), FakeChanges()
    await bench.install(folder)
    async with aclosing(SkillWatcher(bench.installer, [folder], changes).events()) as events:
        (folder / "skill.wasm").write_bytes(MODULE + b"\0\2\1x")
        event = await anext(events)
    assert isinstance(event, SkillReloaded)
    assert event.files == ("changed: skill.wasm",)
    assert bench.registry.get("greeter").content_hash == event.skill.content_hash


async def test_a_skill_that_asks_for_more_waits_for_a_yes(bench: Bench, tmp_path: Path) -> None:
    folder, changes = make_skill(tmp_path / "dev"), FakeChanges()
    before = await bench.install(folder)
    make_skill(tmp_path / "dev", more=NET)
    async with aclosing(SkillWatcher(bench.installer, [tmp_path / "dev"], changes).events()) as events:
        event = await anext(events)
    assert isinstance(event, SkillNeedsConsent)
    assert event.offer.asks == ("send any request to example.com and its subdomains",)
    assert bench.registry.get("greeter").content_hash == before.content_hash
    await bench.installer.commit(event.offer)
    assert bench.registry.get("greeter").content_hash != before.content_hash


async def test_a_new_skill_asks_first_and_a_broken_one_says_why(bench: Bench, tmp_path: Path) -> None:
    make_skill(tmp_path / "dev", "fresh")
    make_skill(tmp_path / "dev", "wrong", version="1")
    changes = FakeChanges()
    async with aclosing(SkillWatcher(bench.installer, [tmp_path / "dev"], changes).events()) as events:
        first, second = await anext(events), await anext(events)
    assert isinstance(first, SkillNeedsConsent)
    assert isinstance(second, SkillBroken)
    assert "is not a semantic version" in second.why


async def test_only_the_touched_skill_is_looked_at_and_build_products_are_not(bench: Bench, tmp_path: Path) -> None:
    one, two = make_skill(tmp_path / "dev", "one"), make_skill(tmp_path / "dev", "two")
    await bench.install(one)
    await bench.install(two)
    changes = FakeChanges()
    async with aclosing(SkillWatcher(bench.installer, [tmp_path / "dev"], changes).events()) as events:
        for folder in (one, two):
            (folder / "note.md").write_text("x")
        waiting = asyncio.ensure_future(anext(events))
        first = await waiting
        second = await anext(events)
        assert {first.skill.name, second.skill.name} == {"one", "two"}  # type: ignore[union-attr]
        (one / "note.md").write_text("y")
        await changes.batches.put({one / "target" / "x.o"})
        (two / "note.md").write_text("y")
        await changes.batches.put({two / "note.md"})
        third = await anext(events)
    assert isinstance(third, SkillReloaded)
    assert third.skill.name == "two"


async def test_the_file_system_reports_a_change(bench: Bench, tmp_path: Path) -> None:
    folder = make_skill(tmp_path / "dev")
    await bench.install(folder)

    async def keep_writing() -> None:
        for number in itertools.count():
            (folder / "note.md").write_text(str(number))
            await asyncio.sleep(0.1)

    writing = asyncio.ensure_future(keep_writing())
    try:
        async with aclosing(SkillWatcher(bench.installer, [folder]).events()) as events:
            async with asyncio.timeout(60):
                event = await anext(events)
    finally:
        writing.cancel()
    assert isinstance(event, SkillReloaded)
