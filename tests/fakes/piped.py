"""The program over pipes, begun with its code loaded: for tests of what it does, see `tests/fakes/preloaded.py`."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from tests.fakes.preloaded import IS_POSSIBLE, Preloaded

_preloaded: list[Preloaded] = []
"""One for each environment that decides what is loaded."""


class PipedProgram:
    """What is used of a `subprocess.Popen` with three pipes.

    Attributes:
        stdin: None where the program has nothing to read.
    """

    def __init__(
        self,
        forks: Preloaded,
        arguments: tuple[str, ...],
        env: Mapping[str, str],
        cwd: Path,
        *,
        text: bool,
        input: bool,
    ) -> None:
        self.stdin: IO[Any] | None = None
        if input:
            read, write = os.pipe()
            self.stdin = open(write, "w" if text else "wb")  # noqa: SIM115 - closed by whoever uses it
        else:
            read = os.open(os.devnull, os.O_RDONLY)
        (out, its_out), (err, its_err) = os.pipe(), os.pipe()
        self._program = forks.start(arguments, env=env, cwd=cwd, streams=(read, its_out, its_err))
        for descriptor in (read, its_out, its_err):
            os.close(descriptor)
        mode = "r" if text else "rb"
        self.stdout: IO[Any] | None = open(out, mode)  # noqa: SIM115
        self.stderr: IO[Any] | None = open(err, mode)  # noqa: SIM115
        self.send_signal = self._program.send_signal
        self.wait = self._program.wait

    @property
    def returncode(self) -> int | None:
        return self._program.returncode

    def communicate(self, given: Any, timeout: float) -> tuple[Any, Any]:
        """
        Raises:
            subprocess.TimeoutExpired: it still runs, and was killed.
        """
        collected: dict[str, Any] = {}

        def read(name: str, stream: IO[Any]) -> None:
            collected[name] = stream.read()

        def write() -> None:
            if self.stdin is not None:
                with suppress(BrokenPipeError), self.stdin as stream:
                    stream.write(given)

        assert self.stdout is not None and self.stderr is not None
        threads = [
            threading.Thread(target=read, args=("out", self.stdout)),
            threading.Thread(target=read, args=("err", self.stderr)),
            threading.Thread(target=write),
        ]
        for thread in threads:
            thread.start()
        try:
            self.wait(timeout)
        except subprocess.TimeoutExpired:
            self._program.kill()
            raise
        finally:
            for thread in threads:
                thread.join()
            self.stdout.close()
            self.stderr.close()
        return collected["out"], collected["err"]

    def __enter__(self) -> "PipedProgram":
        return self

    def __exit__(self, *_error: object) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        self.wait()


Piped = PipedProgram | subprocess.Popen[Any]


def started(*arguments: str, env: Mapping[str, str], cwd: Path, text: bool = True, input: bool = True) -> Piped:
    """
    Args:
        arguments: what follows the program's name.
        input: whether it has a pipe to read from.
    """
    if IS_POSSIBLE:
        return PipedProgram(_suitable(env), arguments, env, cwd, text=text, input=input)
    pipe = subprocess.PIPE
    stdin = pipe if input else subprocess.DEVNULL
    command = [sys.executable, "-m", "blufio_tui", *arguments]
    return subprocess.Popen(command, env=env, cwd=cwd, stdin=stdin, stdout=pipe, stderr=pipe, text=text)


def run(*arguments: str, env: Mapping[str, str], cwd: Path, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """As `subprocess.run` of a program that ends by itself within two minutes."""
    program = started(*arguments, env=env, cwd=cwd)
    out, err = program.communicate(stdin, timeout=120)
    assert program.returncode is not None
    return subprocess.CompletedProcess(arguments, program.returncode, out, err)


def _suitable(env: Mapping[str, str]) -> Preloaded:
    for one in _preloaded:
        if one.suits(env):
            return one
    _preloaded.append(Preloaded([sys.executable], "piped", env))
    return _preloaded[-1]
