"""A home and a project, and the server over a pair of sockets or as a program."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from blufio_tui.features.start.arguments import StartOptions


@dataclass(frozen=True)
class Place:
    """
    Attributes:
        outside: a file of seven words that no skill declares.
    """

    home: Path
    project: Path
    outside: Path

    def args(self, **more: object) -> StartOptions:
        return StartOptions(
            **{"project": self.project, **{key: value for key, value in more.items() if key != "skill"}}
        )  # type: ignore[arg-type]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled_in_this_process: None) -> Place:
    project, outside = tmp_path / "project", tmp_path / "outside.txt"
    project.mkdir()
    (project / "README.md").write_text("one two three\n")
    outside.write_text("a b c d e f g\n")
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    return Place(tmp_path / "home", project.resolve(), outside.resolve())
