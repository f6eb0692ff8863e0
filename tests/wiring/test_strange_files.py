"""Files that the program opens by itself: a pipe, a device, a huge one or a link out is said, and never waited for."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from blufio_tui.adapters.cage.profiles.build import _base_of_venv
from blufio_tui.adapters.commands.reading import paths_read
from blufio_tui.adapters.config.rules_file import remove_rule
from blufio_tui.adapters.config.settings import load_settings
from blufio_tui.adapters.config.trust import read_content
from blufio_tui.adapters.files.undo_store import UndoStore
from blufio_tui.adapters.mcp.store import ProjectFile
from blufio_tui.adapters.model.connections import Connections
from blufio_tui.core.errors import ConfigError, SkillError
from blufio_tui.core.shell.command_line import exec_target
from blufio_tui.features.skills.examples import RESPONSES, recorded_responses
from blufio_tui.ui.theme_files import read_theme

pytestmark = pytest.mark.timeout(20)


def pipe(place: Path) -> None:
    os.mkfifo(place)


def device(place: Path) -> None:
    place.symlink_to("/dev/zero")


def folder(place: Path) -> None:
    place.mkdir()


def huge(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(64 * 1024 * 1024)


STRANGE = [pipe, device, folder, huge]
Make = Callable[[Path], None]


@pytest.mark.parametrize("make", STRANGE)
@pytest.mark.parametrize(
    "read",
    [load_settings, read_content, lambda file: remove_rule(file, 1), lambda file: Connections(file).all(), read_theme],
    ids=["settings", "trusted settings", "rules", "connections", "theme"],
)
def test_a_file_of_the_person_is_named(tmp_path: Path, make: Make, read: Callable[[Path], object]) -> None:
    file = tmp_path / "file.toml"
    make(file)
    with pytest.raises((ConfigError, OSError), match=r"file\.toml|regular|over|directory"):
        read(file)


@pytest.mark.parametrize("make", STRANGE)
def test_the_projects_servers(tmp_path: Path, make: Make) -> None:
    make(tmp_path / ".mcp.json")
    (why,) = ProjectFile(tmp_path, tmp_path / "trusted").find().found.problems
    assert why.startswith(".mcp.json: ")


@pytest.mark.parametrize("make", STRANGE)
def test_responses_of_a_skill_under_test(tmp_path: Path, make: Make) -> None:
    (tmp_path / "tests").mkdir()
    make(tmp_path / "tests" / "body")
    (tmp_path / RESPONSES).write_text('[{"url": "http://a.example", "body_file": "body"}]')
    with pytest.raises(SkillError, match="not a list of"):
        recorded_responses(tmp_path)


@pytest.mark.parametrize("written", ["../../secret", "/etc/passwd", "link"])
def test_a_response_comes_from_the_skills_own_folder(tmp_path: Path, written: str) -> None:
    skill = tmp_path / "skill"
    (skill / "tests").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (skill / "tests" / "link").symlink_to(tmp_path / "secret")
    (skill / RESPONSES).write_text(f'[{{"url": "http://a.example", "body_file": "{written}"}}]')
    with pytest.raises(SkillError, match="leads out of the folder"):
        recorded_responses(skill)


@pytest.mark.parametrize("make", [pipe, device, folder])
@pytest.mark.parametrize("name", ["config", "index"])
def test_gits_own_files(tmp_path: Path, make: Make, name: str) -> None:
    git = tmp_path / ".git"
    git.mkdir()
    (git / "config").touch()
    (git / name).unlink(missing_ok=True)
    make(git / name)
    assert paths_read(exec_target("git status", str(tmp_path)), "/home/p") is None


@pytest.mark.parametrize("make", STRANGE)
def test_the_configuration_of_a_virtual_environment(tmp_path: Path, make: Make) -> None:
    make(tmp_path / "pyvenv.cfg")
    assert _base_of_venv(str(tmp_path)) == []


@pytest.mark.parametrize("make", [pipe, device, folder])
def test_what_a_command_put_in_a_files_place(tmp_path: Path, make: Make) -> None:
    make(tmp_path / "file")
    UndoStore(tmp_path / "undo").keep("call", str(tmp_path / "file"), b"before", 0o600)
