"""The app starts no program of the project, however the search path leads there."""

import os
from pathlib import Path

import pytest

from blufio_tui.adapters.commands.own_programs import find_program, search_path
from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.adapters.desktop.editor import editor_command
from blufio_tui.adapters.files.project_files import list_names
from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.effects import RunCommand
from blufio_tui.core.policy.matching import uncovered_parts
from blufio_tui.core.policy.rules import UserRule


def program(folder: Path, name: str, witness: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n/usr/bin/touch '{witness}'\n")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize(
    ("entry", "kept"),
    [
        ("/usr/bin", True),
        ("/home/u/.local/bin", True),
        ("", False),
        (".", False),
        ("node_modules/.bin", False),
        ("./node_modules/.bin", False),
        ("/home/u/p", False),
        ("/home/u/p/node_modules/.bin", False),
        ("/home/u/other/../p/bin", False),
        ("/home/u/project-2/bin", True),
        ("~/bin", False),
    ],
)
def test_an_entry_counts_when_it_is_absolute_and_outside_the_project(entry: str, kept: bool) -> None:
    assert search_path(f"{entry}:/bin", ["/home/u/p"]) == (f"{entry}:/bin" if kept else "/bin")


def test_a_link_into_the_project_is_inside_it(tmp_path: Path) -> None:
    (tmp_path / "p" / "bin").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "p" / "bin")
    assert search_path(str(tmp_path / "link"), [str(tmp_path / "p")]) == ""


def test_the_system_stays_where_everything_is_the_project() -> None:
    assert search_path("/usr/bin:/opt/x/bin", ["/"]) == "/usr/bin"


def test_typing_an_at_sign_runs_no_git_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    witness, bin_folder = tmp_path / "witness", tmp_path / "p" / "node_modules" / ".bin"
    program(bin_folder, "git", witness)
    for path in (bin_folder, "node_modules/.bin", "./node_modules/.bin"):
        monkeypatch.chdir(tmp_path / "p")
        monkeypatch.setenv("PATH", f"{path}{os.pathsep}/usr/bin{os.pathsep}/bin")
        assert "node_modules/" in list_names(tmp_path / "p")
    assert not witness.exists()


@pytest.mark.parametrize(
    ("command", "covered"), [("git status", False), ("ls && git status", False), ("ls", True), ("only-here x", True)]
)
def test_an_answer_about_a_program_is_not_one_about_what_the_project_put_in_its_place(
    tmp_path: Path, command: str, covered: bool
) -> None:
    for name in ("git", "only-here"):
        program(tmp_path / "p" / "bin", name, tmp_path / "witness")
    program(tmp_path / "tools", "git", tmp_path / "witness")
    path = os.pathsep.join([f"{tmp_path}/p/bin", f"{tmp_path}/tools", "/usr/bin", "/bin"])
    target = Shell({"PATH": path}).prepare(RunCommand(command, str(tmp_path / "p"))).target
    rules = tuple(UserRule(Verdict.ALLOW, Kind.EXEC, pattern) for pattern in ("git **", "ls", "only-here **"))
    assert (uncovered_parts(target, (), rules) == ()) is covered


@pytest.mark.parametrize("name", ["./vi", "bin/vi", ""])
def test_a_relative_program_is_never_found(name: str) -> None:
    assert find_program(name) == ""


def test_an_editor_of_the_project_gives_way_to_one_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "p" / "bin", "nano", tmp_path / "witness")
    outside = program(tmp_path / "bin", "vim", tmp_path / "witness")
    monkeypatch.setattr("blufio_tui.adapters.commands.own_programs._distrusted", {str(tmp_path / "p")})
    path = f"{tmp_path}/p/bin{os.pathsep}{tmp_path}/bin"
    assert editor_command({"PATH": path, "EDITOR": "./bin/nano"}) == [str(outside)]
