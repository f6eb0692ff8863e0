"""A home whose database cannot be used: one sentence, in the app too."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import World


def is_a_folder(database: Path) -> None:
    database.mkdir()


def is_something_else(database: Path) -> None:
    database.write_bytes(b"no database" * 1000)


def is_empty(database: Path) -> None:
    database.touch()


def is_on_a_read_only_disk(database: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(database.parent)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (is_a_folder, "is not a file"),
        (is_something_else, "is damaged"),
        (is_empty, "is empty"),
        (is_on_a_read_only_disk, "read-only"),
    ],
)
def test_the_app_ends_with_one_sentence_and_no_traceback(
    world: World, spoil: Callable[[Path], None], says: str
) -> None:
    world.home.mkdir()
    spoil(world.home / "blufio.db")
    try:
        with world.terminal(columns=200, rows=50) as terminal:
            terminal.send("hello\r")  # typed before it is known that nothing can be opened
            assert terminal.wait_for_exit() == 1
            said = [line for line in terminal.said_at_the_end.splitlines() if line.strip()]
    finally:
        if os.path.ismount(world.home):
            subprocess.run(["umount", "-l", str(world.home)], check=True)
    assert says in " ".join(said)
    assert not any("Traceback" in line or "Error" in line for line in said)
    assert 1 <= len(said) <= 2, said
