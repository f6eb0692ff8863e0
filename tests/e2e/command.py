"""Runs the command line as a program of its own."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from tests.e2e.terminal import USUAL, blufio_command, preloaded
from tests.fakes.preloaded import ForkedProgram

_PATIENCE_SECS = 60.0


class Program:
    """A command that runs beside the test, its streams in files; it begins with its code loaded if that is possible."""

    def __init__(
        self,
        *arguments: str,
        env: Mapping[str, str],
        cwd: Path,
        stdin: str = "",
        stdout: int | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        """
        Args:
            stdout: a descriptor in place of a file.
            prefix: a command that becomes the program, which then loads its code itself.
        """
        given, self._out, self._err = (TemporaryFile() for _ in range(3))  # noqa: SIM115 - `ended` closes them
        given.write(stdin.encode())
        given.seek(0)
        streams = (given.fileno(), self._out.fileno() if stdout is None else stdout, self._err.fileno())
        whole = {**env, **USUAL}
        self.process: subprocess.Popen[bytes] | ForkedProgram
        if not prefix and (forks := preloaded(whole)) is not None:
            self.process = forks.start(arguments, env=whole, cwd=cwd, streams=streams)
        else:
            words = [*prefix, *blufio_command(*arguments)]
            self.process = subprocess.Popen(
                words, env=whole, cwd=cwd, stdin=streams[0], stdout=streams[1], stderr=streams[2]
            )
        given.close()

    def ended(self) -> "subprocess.CompletedProcess[str]":
        """Once it has ended."""
        code = self.process.wait(_PATIENCE_SECS)
        said = []
        for file in (self._out, self._err):
            file.seek(0)
            said.append(file.read().decode())
            file.close()
        return subprocess.CompletedProcess((), code, *said)


def blufio(*arguments: str, env: Mapping[str, str], cwd: Path, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    return Program(*arguments, env=env, cwd=cwd, stdin=stdin).ended()


def blufio_json(*arguments: str, env: Mapping[str, str], cwd: Path) -> Any:
    """The object that a command prints on standard output."""
    done = blufio(*arguments, env=env, cwd=cwd)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
