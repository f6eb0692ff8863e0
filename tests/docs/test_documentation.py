"""What the pages name is there: pictures, other pages, and headings in them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "benchmarks" / "notes.md"]
GUIDE = [
    "start",
    "conversation",
    "approvals",
    "trace",
    "audit",
    "skills",
    "sessions",
    "models",
    "settings",
    "web",
]
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (?P<words>.+)$", re.MULTILINE)


def _prose(page: Path) -> str:
    return _CODE.sub("", page.read_text("utf-8"))


def _links(page: Path) -> Iterator[str]:
    targets = (found["target"] for found in _LINK.finditer(_prose(page)))
    return (target for target in targets if "://" not in target and not target.startswith("mailto:"))


def _anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = (found["words"].lower() for found in _HEADING.finditer(_prose(page)))
    return {re.sub(r"[^\w\- ]", "", words).replace(" ", "-") for words in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_picture_of_a_page_leads_somewhere(page: Path) -> None:
    lost = []
    for target in _links(page):
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            lost.append(target)
    assert not lost


def test_the_readme_leads_through_the_guide_in_order_and_to_every_page() -> None:
    named = [Path(target).stem for target in _links(ROOT / "README.md") if target.startswith("docs/")]
    assert [name for name in dict.fromkeys(named) if name in GUIDE] == GUIDE
    assert {page.stem for page in (ROOT / "docs").glob("*.md")} == set(named)


@pytest.mark.parametrize("name", GUIDE)
def test_a_page_of_the_guide_shows_what_it_is_about(name: str) -> None:
    pictures = [target for target in _links(ROOT / "docs" / f"{name}.md") if target.endswith(".svg")]
    assert pictures or name == "web"
