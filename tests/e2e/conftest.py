"""A home, a project and an environment of its own for each end-to-end test."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.e2e.in_process import Inside
from tests.e2e.terminal import Terminal, blufio_command

README = "one two three\nfour five\n"


@dataclass(frozen=True)
class World:
    """
    Attributes:
        project: a folder with a README.md of five words.
        outside: a file outside the project.
    """

    home: Path
    project: Path
    outside: Path
    env: Mapping[str, str]

    def terminal(
        self,
        *arguments: str,
        columns: int = 120,
        rows: int = 36,
        environ: Mapping[str, str] = MappingProxyType({}),
        is_loaded: bool = True,
    ) -> Terminal:
        return Terminal(
            blufio_command(*arguments),
            env=self.env,
            cwd=self.project,
            columns=columns,
            rows=rows,
            environ=environ,
            is_loaded=is_loaded,
        )


@pytest.fixture
def world() -> Iterator[World]:
    """Short paths, so that a screen can show them whole."""
    with tempfile.TemporaryDirectory(prefix="b") as folder:
        yield made_world(Path(folder).resolve())


@pytest.fixture
def inside(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    compiled_in_this_process: None,
) -> Inside:
    """The command line with the world's home, without a process for each command."""
    return Inside(world, monkeypatch, capsys)


def made_world(tmp_path: Path) -> World:
    project, home = tmp_path / "project", tmp_path / "home"
    project.mkdir()
    (project / "README.md").write_text(README)
    outside = tmp_path / "outside.txt"
    outside.write_text("a b c d e f g\n")
    (tmp_path / "other.txt").write_text("x y\n")
    return World(home, project, outside, environment(home))


def environment(home: Path) -> dict[str, str]:
    """This process's environment without anything that would connect a model or set the terminal's size."""
    left_out = ("ANTHROPIC_", "BLUFIO_", "COLUMNS", "LINES", "NO_COLOR", "COLORFGBG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    root = str(Path(__file__).parents[2])
    return {
        **kept,
        "BLUFIO_HOME": str(home),
        "PYTHONPATH": root,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
