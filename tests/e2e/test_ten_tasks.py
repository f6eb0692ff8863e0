"""The table of ten tasks in the docs is what playing them gives."""

import re
from pathlib import Path

import pytest

from tests.e2e.conftest import World
from tests.e2e.ten_tasks import TASKS, furnish, play

PAGE = Path(__file__).parents[2] / "docs" / "model-texts.md"


async def test_the_table_of_ten_tasks_is_what_playing_them_gives(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(world.home))
    project = tmp_path / "ten"
    furnish(project)
    rows = await play(project)
    page = PAGE.read_text(encoding="utf-8")
    table = re.findall(r"^\| ([a-z ]+) \| (\d+) \| \d+ \| (\d+) \| \d+ \| (\d+) \| \d+ \|$", page, re.MULTILINE)
    assert len(table) == len(TASKS) == 10
    for row, (name, requests, calls, sent) in zip(rows, table, strict=True):
        assert (row.name, row.requests, row.calls) == (name, int(requests), int(calls))
        assert abs(row.sent / 1000 - int(sent)) <= max(2, int(sent) * 0.1), row  # paths differ from place to place
    found = re.search(r"take (\d+\.\d) kB", page)
    assert found is not None
    assert abs(rows[0].fixed / 1000 - float(found[1])) < 0.3
    assert rows[0].fixed <= 8_000
