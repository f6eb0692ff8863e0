"""A supervisor's process: started ahead of need, used for one command."""

import os
import socket
import subprocess
import sys
from contextlib import suppress

_MODULE = "blufio_tui.adapters.cage.supervisor_side"


class SupervisorProcess:
    """
    Attributes:
        socket: to the supervisor, blocking.
        stdout, stderr: reading ends of the command's output.
    """

    def __init__(self, python: str = sys.executable, *, stdin: int | None = None) -> None:
        self.socket, theirs = socket.socketpair()
        self.stdout, write_out = os.pipe()
        self.stderr, write_err = os.pipe()
        given = os.open(os.devnull, os.O_RDONLY) if stdin is None else os.dup(stdin)
        passed = (theirs.fileno(), given, write_out, write_err)
        try:
            self._process = subprocess.Popen(
                [python, "-P", "-X", "utf8", "-m", _MODULE, *map(str, passed)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=_errors(),
                pass_fds=passed,
                start_new_session=True,
                cwd="/",
            )
        finally:
            theirs.close()
            for descriptor in passed[1:]:
                os.close(descriptor)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End it and everything it started: when its socket closes, it kills them."""
        for descriptor in (self.stdout, self.stderr):
            with suppress(OSError):
                os.close(descriptor)
        self.stdout = self.stderr = -1
        self.socket.close()

    def reap(self, timeout_secs: float) -> None:
        """Wait for the warden; after that time it is killed, and the supervisor's death signal ends the family."""
        try:
            self._process.wait(timeout_secs)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _errors() -> int | None:
    """Where a supervisor's tracebacks go: nowhere, unless debugging."""
    return None if os.environ.get("BLUFIO_CAGE_DEBUG") else subprocess.DEVNULL
