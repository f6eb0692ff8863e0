"""Supervisors of cages that begin with their code loaded: for tests of what is done in a cage, not of cages."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from blufio_tui.adapters.cage.program_side import process
from tests.fakes.preloaded import IS_POSSIBLE, ForkedProgram, Preloaded

_COMMAND = [sys.executable, "-P", "-X", "utf8"]


@contextmanager
def supervisors_preloaded() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        if IS_POSSIBLE:
            names = ("DEVNULL", "TimeoutExpired")
            others = {name: getattr(subprocess, name) for name in names}
            patched.setattr(process, "subprocess", SimpleNamespace(Popen=_start, **others))
        yield


@cache
def _preloaded() -> Preloaded:
    return Preloaded(_COMMAND, "supervisor", os.environ)


def _start(
    command: Sequence[str], *, pass_fds: Sequence[int], stderr: int | None, cwd: str, **more: Any
) -> "ForkedProgram | subprocess.Popen[bytes]":
    """As `subprocess.Popen` for a supervisor; a start that this cannot stand in for is a real one."""
    if list(command[: len(_COMMAND)]) != _COMMAND or not _preloaded().suits(os.environ):
        return subprocess.Popen(command, pass_fds=pass_fds, stderr=stderr, cwd=cwd, **more)
    nothing = os.open(os.devnull, os.O_RDWR)
    try:
        streams = (nothing, nothing, 2 if stderr is None else nothing)
        arguments = [str(3 + number) for number in range(len(pass_fds))]
        return _preloaded().start(arguments, env=os.environ, cwd=cwd, streams=streams, passed=pass_fds)
    finally:
        os.close(nothing)
