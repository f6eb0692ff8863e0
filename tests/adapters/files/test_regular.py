"""A file that the program opens by itself may be anything: it is read when it is a plain file, and nothing hangs."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from blufio_tui.adapters.config.command_files import CommandFiles
from blufio_tui.adapters.config.hook_files import HookFiles
from blufio_tui.adapters.config.instructions import InstructionFiles
from blufio_tui.adapters.config.trusted_texts import TrustedTexts
from blufio_tui.adapters.files.project_files import rules_of
from blufio_tui.adapters.files.regular import NotPlainError, read_regular

pytestmark = pytest.mark.timeout(20)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(path))


STRANGE: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "socket": _socket,
    "folder": Path.mkdir,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "terminal": lambda path: path.symlink_to("/dev/tty"),
    "pipe behind a link": lambda path: (os.mkfifo(f"{path}.pipe"), path.symlink_to(f"{path.name}.pipe")),
    "link to itself": lambda path: path.symlink_to(path.name),
    "larger than allowed": lambda path: path.write_bytes(b"x" * 2_000_000),
}


@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("is_within", [True, False])
def test_only_plain_files_are_read(tmp_path: Path, make: Callable[[Path], object], is_within: bool) -> None:
    make(tmp_path / "f")
    with pytest.raises((OSError, RuntimeError)) as raised:
        read_regular(tmp_path / "f", 1000, tmp_path if is_within else None)
    assert isinstance(raised.value, OSError)


def test_a_plain_file_and_a_link_that_stays_are_read(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"text")
    (tmp_path / "g").symlink_to("f")
    assert read_regular(tmp_path / "f", 4) == read_regular(tmp_path / "g", 4, tmp_path) == b"text"


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "private").write_text("key")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "f").symlink_to("../private")
    (tmp_path / "project" / "up").symlink_to("..")
    for name in ("f", "up/private"):
        with pytest.raises(NotPlainError, match="leads out"):
            read_regular(tmp_path / "project" / name, 1000, tmp_path / "project")


@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)
def test_a_strangers_project_stops_nobody(tmp_path: Path, make: Callable[[Path], object]) -> None:
    project, home = tmp_path / "project", tmp_path / "home"
    for folder in (project / ".claude" / "commands", project / "sub", home):
        folder.mkdir(parents=True)
    for name in ("AGENTS.md", ".gitignore", "sub/.gitignore", ".claude/settings.json", ".claude/commands/x.md"):
        make(project / name)
    for name in ("AGENTS.md", "hooks.json", "trusted.json"):
        make(home / name)

    found = InstructionFiles(home / "AGENTS.md", home / "trusted.json", project).find()
    assert (found.own, found.text) == ("", "")
    assert HookFiles(home, project).find().active == ()
    assert CommandFiles(home, project, home).commands() == {}
    assert rules_of(project, "") == rules_of(project, "sub/") == ()
    assert TrustedTexts(home / "trusted.json").digest(project) is None


def test_a_command_that_is_a_link_to_a_private_file_is_none(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / ".claude" / "commands").mkdir(parents=True)
    (tmp_path / "id_rsa").write_text("private")
    (project / ".claude" / "commands" / "x.md").symlink_to(tmp_path / "id_rsa")
    assert CommandFiles(tmp_path / "home", project, tmp_path / "home").commands() == {}


@pytest.mark.parametrize("link", [".claude", ".claude/commands", "commands"])
def test_a_folder_of_commands_that_leads_out_of_the_project_is_not_walked(tmp_path: Path, link: str) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    for folder in (project / ".claude", elsewhere / "commands"):
        folder.mkdir(parents=True)
    (project / "in.md").write_text("a prompt")
    for folder in (elsewhere, elsewhere / "commands"):
        (folder / "x.md").symlink_to(project / "in.md")
    if link == ".claude":
        (project / ".claude").rmdir()
    (project / link).symlink_to(elsewhere)
    assert CommandFiles(tmp_path / "home", project, tmp_path / "home").commands() == {}


def test_two_programs_that_trust_at_a_time_both_count(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: TrustedTexts(tmp_path / "t.json").set(Path(f"/p{n}"), f"{n:064x}"), range(40)))
    digests = [TrustedTexts(tmp_path / "t.json").digest(Path(f"/p{n}")) for n in range(40)]
    assert digests == [f"{n:064x}" for n in range(40)]
