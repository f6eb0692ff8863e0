"""Starting the sandbox's child processes: isolated, without the environment, in a session of their own."""

import os
import socket
import subprocess
import sys

KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All that a child gets of the environment: what a Python in an unusual place needs to start, and no secret."""
WORKER = "blufio_tui.adapters.sandbox.worker_side.worker"
COMPILER = "blufio_tui.adapters.sandbox.compile.compile_child"


def command(python: str, module: str, argument: str) -> list[str]:
    """`-I`: no `PYTHON…` variables, no user packages, nothing imported from the current folder."""
    return [python or sys.executable, "-I", "-X", "utf8", "-m", module, argument]


def environment() -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}


def start_worker(python: str, sock: socket.socket) -> subprocess.Popen[bytes]:
    """A worker at the other end of `sock`; spawned, never forked, and deaf to the terminal's signals."""
    return subprocess.Popen(
        command(python, WORKER, str(sock.fileno())),
        pass_fds=(sock.fileno(),),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(),
        cwd="/",
        start_new_session=True,
    )
