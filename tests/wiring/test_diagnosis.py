"""What `doctor` says about the place it is started in."""

import sys
from argparse import Namespace
from pathlib import Path

import pytest

from blufio_tui.wiring import diagnosis


def test_doctor_warns_of_a_project_folder_that_holds_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    (wide,) = diagnosis._project(Namespace(project=tmp_path))
    assert wide.status == "warning" and "your home folder" in wide.message and "--project FOLDER" in wide.advice
    (tmp_path / "p").mkdir()
    (fine,) = diagnosis._project(Namespace(project=tmp_path / "p"))
    assert fine.status == "ok"


def test_doctor_looks_at_the_terminal_also_from_inside_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", object())  # as the app does, to catch what is printed
    (found,) = diagnosis._terminal(Namespace())
    assert found.name == "terminal" and found.status in ("ok", "warning")
