"""Runs the command line as a program of its own."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.e2e.terminal import blufio_command


def blufio(*arguments: str, env: Mapping[str, str], cwd: Path, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        blufio_command(*arguments), env=env, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=60
    )


def blufio_json(*arguments: str, env: Mapping[str, str], cwd: Path) -> Any:
    """The object that a command prints on standard output."""
    done = blufio(*arguments, env=env, cwd=cwd)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
