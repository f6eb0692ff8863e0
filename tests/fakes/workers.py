"""Sandbox workers that begin with their code loaded: for tests of what modules do, not of how workers begin."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from blufio_tui.adapters.sandbox import children
from blufio_tui.adapters.sandbox.program_side import worker_process
from tests.fakes.preloaded import IS_POSSIBLE, ForkedProgram, Preloaded


@contextmanager
def workers_preloaded() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        if IS_POSSIBLE:
            patched.setattr(worker_process, "start_worker", _start)
        yield


@cache
def _preloaded() -> Preloaded:
    return Preloaded([sys.executable, "-I", "-X", "utf8"], "worker", children.environment())


def _start(_python: str, sock: socket.socket) -> ForkedProgram:
    """As `children.start_worker`."""
    nothing = os.open(os.devnull, os.O_RDWR)
    error, theirs = os.pipe()
    try:
        streams = (nothing, nothing, theirs)
        worker = _preloaded().start(["3"], env=children.environment(), cwd="/", streams=streams, passed=[sock.fileno()])
    finally:
        os.close(nothing)
        os.close(theirs)
    worker.stderr = open(error, "rb", buffering=0)  # noqa: SIM115 - closed with the worker
    return worker
