"""What a killed program left below the temporary folder is removed, and nothing else."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from blufio_tui.adapters.scratch import drop_scratch, make_scratch, scratch, sweep_scratch

MAKES_ONE = """
import sys, time
from blufio_tui.adapters.scratch import make_scratch
print(make_scratch("shell"), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All of these tests have a temporary folder of their own, in which a minute passes at once."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("blufio_tui.adapters.scratch._JUST_MADE_SECS", -60)
    return tmp_path


def test_what_a_killed_program_left_is_swept_and_not_before(place: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", MAKES_ONE], stdin=-1, stdout=-1, text=True)
    assert process.stdout
    left = Path(process.stdout.readline().strip())
    (left / "deep").mkdir()
    (left / "deep" / "file").touch()
    sweep_scratch()
    assert left.exists()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    sweep_scratch()
    assert list(place.iterdir()) == []


def test_what_is_in_use_stays(place: Path) -> None:
    with scratch("git") as path:
        sweep_scratch()
        assert Path(path).parent == place.resolve()
        assert Path(path).is_dir()
    assert not Path(path).exists()


def test_what_was_just_made_stays(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blufio_tui.adapters.scratch._JUST_MADE_SECS", 60)
    left = place / "blufio-shell-abcdefgh"
    left.mkdir(0o700)
    sweep_scratch()
    assert left.is_dir()


@pytest.mark.parametrize(
    "name",
    [
        "blufio-abcdefgh",
        "blufio-shell-abc",
        "blufio-shell-abcdefgh-x",
        "x-blufio-shell-abcdefgh",
        "blufio-own-abcdefgh",
    ],
)
def test_other_names_stay(place: Path, name: str) -> None:
    (place / name).mkdir(0o700)
    sweep_scratch()
    assert (place / name).is_dir()


def test_links_are_not_followed_and_files_and_open_folders_stay(place: Path) -> None:
    (place / "precious").mkdir(0o700)
    (place / "precious" / "file").touch()
    (place / "blufio-shell-aaaaaaaa").symlink_to(place / "precious")
    (place / "blufio-shell-bbbbbbbb").touch()
    open_to_all = place / "blufio-cage-cccccccc"
    open_to_all.mkdir()
    open_to_all.chmod(0o755)
    os.mkfifo(place / "blufio-mcp-dddddddd")
    inside = place / "blufio-mcp-eeeeeeee"
    inside.mkdir(0o700)
    (inside / "link").symlink_to(place / "precious")
    sweep_scratch()
    assert (place / "precious" / "file").exists()
    assert {one.name for one in place.iterdir()} == {
        "precious",
        "blufio-shell-aaaaaaaa",
        "blufio-shell-bbbbbbbb",
        "blufio-cage-cccccccc",
        "blufio-mcp-dddddddd",
    }


def test_a_folder_that_is_gone_is_no_error(place: Path) -> None:
    path = make_scratch("test")
    Path(path).rmdir()
    drop_scratch(path)
    sweep_scratch(place / "nowhere")
