"""With a keyring that hangs the program still says why, obeys Ctrl-C, and does not outlive its terminal."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.conftest import World
from tests.e2e.terminal import blufio_command
from tests.fakes.corpus import sampled

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals")
PATIENCE_SECS = 60
"""For a busy machine; a command that waited for the keyring would end with another status and say so."""

BACKEND = """
import pathlib, threading
from keyring.backend import KeyringBackend

class Keyring(KeyringBackend):
    priority = 1

    def _hang(self, *_words):
        pathlib.Path(__file__).with_name("asked").touch()
        threading.Event().wait()

    get_password = set_password = delete_password = _hang
"""


@pytest.fixture
def hanging(world: World, tmp_path: Path) -> Iterator[World]:
    """The key of the model is in a keyring that never answers."""
    (tmp_path / "hangs.py").write_text(BACKEND)
    keys = world.home / "keys"
    keys.mkdir(0o700, parents=True)
    world.home.chmod(0o700)
    index = keys / "credentials.json"
    index.write_text('{"anthropic": {"in": "keyring", "service": "blufio-tui model keys"}}')
    index.chmod(0o600)
    path = f"{tmp_path}{os.pathsep}{world.env['PYTHONPATH']}"
    yield replace(world, env={**world.env, "PYTHON_KEYRING_BACKEND": "hangs.Keyring", "PYTHONPATH": path})


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline, "the keyring was not asked"
        time.sleep(0.01)  # the processor is for what is waited for


@pytest.mark.parametrize("command", [("ask", "hi"), ("doctor",), ("audit", "key")])
@pytest.mark.parametrize("how", sampled([signal.SIGINT, signal.SIGHUP]))
def test_a_command_ends_when_it_is_told_to(
    hanging: World, tmp_path: Path, command: tuple[str, ...], how: signal.Signals
) -> None:
    process = subprocess.Popen(
        blufio_command(*command), env=hanging.env, cwd=hanging.project, stdin=-1, stdout=-1, stderr=-1, text=True
    )
    wait_for(tmp_path / "asked")
    process.send_signal(how)
    _, err = process.communicate(timeout=PATIENCE_SECS)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "did not answer" not in err


def test_the_app_can_be_left(hanging: World, tmp_path: Path) -> None:
    with hanging.terminal() as terminal:
        wait_for(tmp_path / "asked")
        terminal.wait_for("❯")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit(PATIENCE_SECS) == 0


def test_the_app_does_not_outlive_its_terminal(hanging: World, tmp_path: Path) -> None:
    with hanging.terminal() as terminal:
        wait_for(tmp_path / "asked")
        terminal.wait_for("❯")
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, terminal._master)
        os.close(nowhere)
        terminal.process.wait(PATIENCE_SECS)
