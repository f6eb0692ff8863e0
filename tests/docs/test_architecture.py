"""The pages about the code are true: every file they name is there, each journey is a way through the code."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
_EXAMPLES = {"tests/project/", "tests/responses.json"}
"""Files of made-up projects."""
_PATH = re.compile(r"`((?:blufio_tui|tests|docs|scripts|benchmarks|skills|themes)/[\w./-]*)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    named = set(_PATH.findall(text)) - _EXAMPLES
    assert [name for name in named if not (ROOT / name).exists()] == []


def _journeys() -> dict[str, list[str]]:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    journeys: dict[str, list[str]] = {}
    for part in text.split("\n### ")[1:]:
        title, _, body = part.partition("\n")
        journeys[title] = _PATH.findall(body.split("\n## ")[0])
    return journeys


def test_there_are_five_journeys_of_a_dozen_files_at_most() -> None:
    journeys = _journeys()
    assert len(journeys) == 5
    assert all(3 <= len(steps) <= 12 for steps in journeys.values())


@pytest.mark.parametrize("title", _journeys())
def test_each_step_of_a_journey_holds_code_that_the_way_passes(title: str) -> None:
    """A step defines something public, and no two steps are the same file."""
    steps = [step for step in _journeys()[title] if step.endswith(".py")]
    assert all(re.search(r"^(class|def|async def) [A-Za-z]", (ROOT / step).read_text("utf-8"), re.M) for step in steps)
    assert all(one != other for one, other in pairwise(steps))
