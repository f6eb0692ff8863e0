"""A home and a project for each test."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.commands import own_environment
from blufio_tui.features.start.arguments import StartOptions
from tests.fakes.messages_api import KEY


@dataclass(frozen=True)
class Place:
    """
    Attributes:
        args: the command line, for a model that answers at a URL.
    """

    home: Path
    project: Path
    args: Callable[..., StartOptions]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled_in_this_process: None) -> Place:
    home, project = tmp_path / "home", tmp_path / "project"
    project.mkdir()
    (project / "README.md").write_text("one two three\n")
    monkeypatch.setenv("BLUFIO_HOME", str(home))
    monkeypatch.setitem(own_environment.STARTED_WITH, "ANTHROPIC_API_KEY", KEY)  # type: ignore[index]

    def args(url: str, **more: Any) -> StartOptions:
        return StartOptions(**{"base_url": url, "model": "claude-sonnet-5-5", **more})

    return Place(home, project.resolve(), args)
