"""Which instructions go into the prompt: each text only after the person has seen it."""

from pathlib import Path

import pytest

from blufio_tui.adapters.config.instructions import InstructionFiles
from blufio_tui.features.prompt.instructions import Told
from tests.fakes.audit_list import AuditList


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    (project / "web" / "src").mkdir(parents=True)
    (project / "AGENTS.md").write_text("root rule")
    (project / "web" / "AGENTS.md").write_text("web rule")
    return project


def _told(project: Path, answer: str = "") -> tuple[Told, AuditList]:
    audit = AuditList()
    home = project.parent
    return Told(InstructionFiles(home / "own.md", home / "trusted.json", project), answer, audit, project), audit


async def test_to_trust_the_projects_says_nothing_of_a_folders(project: Path) -> None:
    told, audit = _told(project)
    assert not told.texts()
    shown = await told.waiting()
    assert shown is not None and shown.text == "root rule"
    await told.trust(shown)
    assert [text for _, text in told.texts()] == ["root rule"]
    assert len(await told.visited([str(project / "web" / "src" / "a.js")])) == 1
    assert [text for _, text in told.texts()] == ["root rule"]
    nested = await told.waiting()
    assert nested is not None and nested.text == "web rule"
    await told.trust(nested)
    assert [text for _, text in told.texts()] == ["root rule", "web rule"]
    assert told.texts()[1][0] == "the project for what is below web/ (AGENTS.md)"
    assert await told.waiting() is None
    assert len(audit.entries) == 2


async def test_a_later_start_knows_what_was_trusted_and_what_has_changed(project: Path) -> None:
    told, _ = _told(project)
    await told.visited([str(project / "web")])
    while (shown := await told.waiting()) is not None:
        await told.trust(shown)
    again, _ = _told(project)
    assert await again.visited([str(project / "web")]) == []
    assert [text for _, text in again.texts()] == ["root rule", "web rule"]
    (project / "web" / "AGENTS.md").write_text("web rule, and more")
    later, _ = _told(project)
    assert len(await later.visited([str(project / "web")])) == 1
    assert [text for _, text in later.texts()] == ["root rule"]


async def test_trust_for_a_run_covers_what_was_there_at_its_start(project: Path) -> None:
    told, _ = _told(project, "trust")
    (project / "late").mkdir()
    (project / "late" / "AGENTS.md").write_text("late rule")
    assert await told.visited([str(project / "web"), str(project / "late")]) == []
    assert [text for _, text in told.texts()] == ["root rule", "web rule"]


async def test_to_ignore_says_nothing_and_to_trust_one_then_uses_that_one(project: Path) -> None:
    told, _ = _told(project, "ignore")
    assert await told.visited([str(project / "web")]) == []
    assert not told.texts() and not told.remarks()
    shown = await told.waiting()
    assert shown is not None
    await told.trust(shown)
    assert [text for _, text in told.texts()] == ["root rule"]


async def test_folders_together_are_bounded(project: Path) -> None:
    for name in ("a", "b"):
        (project / name).mkdir()
        (project / name / "AGENTS.md").write_text(name * 40_000)
    told, _ = _told(project, "trust")
    (said,) = await told.visited([str(project / "a"), str(project / "b")])
    assert "left out" in said
    assert sum(len(text) for _, text in told.texts()) < 64 * 1024
