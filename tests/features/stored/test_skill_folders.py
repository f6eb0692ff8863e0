"""Where instruction skills are looked for."""

from pathlib import Path

import pytest

from blufio_tui.core.settings.parser import parse_settings
from blufio_tui.features.stored.stores import skill_folders


def test_the_persons_usual_folders_are_looked_at_and_the_projects_only_when_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    home, project = tmp_path.resolve() / "home", tmp_path.resolve() / "work"
    usual = (home / ".agents/skills", home / ".claude/skills")
    assert skill_folders(parse_settings({}).skills.folders, project) == usual
    configured = parse_settings({"skills": {"folders": [".claude/skills", "~/.claude/skills"]}})
    assert skill_folders(configured.skills.folders, project) == (*usual, project / ".claude/skills")
