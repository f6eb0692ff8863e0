"""What `doctor` says about the place it is started in."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from blufio_tui.cli import diagnosis, run
from blufio_tui.core.text.display import is_hidden
from blufio_tui.features.start.arguments import StartOptions


def test_doctor_warns_of_a_project_folder_that_holds_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    (wide,) = diagnosis._project(StartOptions(project=tmp_path))
    assert wide.status == "warning" and "your home folder" in wide.message and "--project FOLDER" in wide.advice
    (tmp_path / "p").mkdir()
    (fine,) = diagnosis._project(StartOptions(project=tmp_path / "p"))
    assert fine.status == "ok"


def test_doctor_looks_at_the_terminal_also_from_inside_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", object())  # as the app does, to catch what is printed
    (found,) = diagnosis._terminal(StartOptions())
    assert found.name == "terminal" and found.status in ("ok", "warning")


def test_doctor_says_how_much_room_each_disk_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home" / "not there yet"))
    found = diagnosis._space(StartOptions())
    assert {finding.status for finding in found} <= {"ok", "warning"}  # a small disk is no fault of this test
    uses = "".join(finding.message for finding in found)
    assert all(use in uses for use in ("data", "settings", "cache", "temporary"))
    assert "iB free" in found[0].message


@pytest.mark.parametrize(
    ("free", "files", "status", "says"),
    [
        (2**30, 10**6, "ok", "1.0 GiB free"),
        (2**30, -1, "ok", "1.0 GiB free"),
        (2**20, 10**6, "warning", "1.0 MiB free"),
        (2**30, 12, "warning", "room for 12 files only"),
        (2**30, 0, "warning", "room for 0 files only"),
    ],
)
def test_little_room_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, files: int, status: str, says: str
) -> None:
    monkeypatch.setattr(diagnosis, "room", lambda _place: (free, files))
    found = diagnosis._space_on(tmp_path, "data")
    assert found.status == status and says in found.message and bool(found.advice) == (status == "warning")


def test_a_full_disk_and_one_without_inodes_are_problems_with_their_cause(disk: Callable[[str], Path]) -> None:
    place = disk("size=256k,nr_inodes=50")
    (place / "big").write_bytes(b"x" * 200_000)
    full = diagnosis._space_on(place, "data")
    assert (full.status, "is full (data)" in full.message, "free some space" in full.advice) == ("problem", True, True)
    (place / "big").unlink()
    for number in range(60):
        try:
            (place / str(number)).touch()
        except OSError:
            break
    crowded = diagnosis._space_on(place, "data")
    assert (crowded.status, "no inodes" in crowded.message) == ("problem", True)


def test_a_check_that_fails_is_a_finding_and_does_not_end_the_others() -> None:
    def fail(_args: StartOptions) -> list[diagnosis.Finding]:
        raise OSError(5, "Input/output error", "/x")

    (found,) = diagnosis._guarded("x", fail, StartOptions())
    assert found.status == "problem" and "/x" in found.message


def test_no_name_of_a_setting_that_doctor_repeats_commands_the_terminal() -> None:
    found = diagnosis.Finding("configuration", "problem", "\x1b[2J\u202e: there is no such setting", "see \x9b2J")
    shown = diagnosis.in_words([found])
    assert "\\e[2J\\u202e" in shown
    assert not [char for char in shown if char != "\n" and is_hidden(char)]


@pytest.mark.parametrize(
    "command", ["config check", "rules list", "mcp list", "grants list", "session expire --dry-run"]
)
@pytest.mark.parametrize("name", ["config.toml", "grants.toml"])
def test_a_file_nested_too_deeply_is_said_to_be_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("a = " + "[" * 50_000)
    (tmp_path / name).chmod(0o600)
    code = run(command.split())
    said = capsys.readouterr().err
    assert (code, f"{tmp_path / name}" in said) in ((2, True), (0, False))
