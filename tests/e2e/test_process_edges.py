"""Where the program meets a hostile process environment, it ends in a sentence."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import World
from tests.e2e.terminal import blufio_command


def run_in_shell(world: World, script: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """`script` with `$@` standing for the program."""
    command = ["/bin/sh", "-c", script, "sh", *blufio_command()]
    return subprocess.run(
        command, env={**world.env, **env}, cwd=world.project, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("script", "code", "says"),
    [
        ('"$@" skill list --json >/dev/full', 1, "No space left"),
        ('"$@" skill run text-stats --input - <&-', 2, "JSON"),
        ('"$@" ask - <&-', 2, "the prompt is empty"),
        ('mkdir gone && cd gone && rmdir ../gone && "$@" ask hi', 2, "--project"),
        ('mkdir gone && cd gone && rmdir ../gone && "$@" skill list', 0, ""),
        ('mkdir gone && cd gone && rmdir ../gone && "$@" skill show text-stats', 0, ""),
        ('"$@" skill list | true', 0, ""),
        ('"$@" --version >/dev/full', 1, "No space left"),
        ('"$@" --help >/dev/full', 1, "No space left"),
        ('"$@" --version >&-', 0, ""),
        ('"$@" ask "$(printf "caf\\351")" --json', 2, "not UTF-8"),
        ('"$@" session show "$(printf "caf\\351")"', 2, "not UTF-8"),
        ('mkdir "$(printf "caf\\351")" && cd caf* && "$@" session list --here', 2, "not UTF-8"),
        ('mkdir "$(printf "caf\\351")" && cd caf* && "$@" skill init greet', 0, ""),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_broken_stream_or_folder_ends_in_a_sentence(world: World, script: str, code: int, says: str) -> None:
    done = run_in_shell(world, script)
    assert done.returncode == code, done.stderr
    assert says in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_json_is_utf8_whatever_the_terminal_speaks(world: World, encoding: str) -> None:
    done = subprocess.run(
        blufio_command("skill", "run", "text-stats", "--input", '{"text": "é"}', "--json"),
        env={**world.env, "PYTHONIOENCODING": encoding},
        cwd=world.project,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert '\\"characters\\": 1' in done.stdout.decode("utf-8")


def test_a_project_whose_name_is_not_text_is_refused(world: World) -> None:
    folder = os.fsencode(world.project) + b"/p\xff"
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("this file system has only Unicode names")
    done = subprocess.run(
        [*(os.fsencode(word) for word in blufio_command()), b"--project", folder, b"ask", b"hi"],
        env=world.env,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert b"not UTF-8" in done.stderr
