"""Processes that begin with their code loaded: most of the processor time that a short one takes is for loading it.

A process that has loaded a program's code and has done nothing else forks for each start. From its first statement on
the program does what it always does: its process, session, streams, environment and folder are its own. What comes
before that, `tests/e2e/test_start_up.py` and `tests/adapters/sandbox/test_supervision.py` show, as every test does that
runs `python -m blufio_tui`.

Run as a script, by its path: a sandbox worker finds nothing of the tests.
"""

import atexit
import fcntl
import gc
import io
import json
import os
import pkgutil
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

IS_POSSIBLE = sys.platform == "linux"
"""Elsewhere a fork without an exec is not safe."""

_MOST_BYTES = 1024 * 1024
_MOST_DESCRIPTORS = 8
_NUMBER = struct.Struct("=i")
_DECIDES = ("LANG", "LC_", "PYTHON", "TERM_PROGRAM", "ESCDELAY", "TEXTUAL", "ANTHROPIC_LOG")
"""What Python and the libraries look at while they are loaded; what colours a terminal has, only an app looks at."""
_SUPERVISOR = "blufio_tui.adapters.cage.supervisor_side.__main__"
_WORKER = "blufio_tui.adapters.sandbox.worker_side.worker"
_NOT_THE_APP = ("__main__", "worker_side", "supervisor_side", "compile_child", "mcp.login")
"""What other processes load, or only a login."""


class Preloaded:
    """
    Forks programs of one kind.

    Args:
        command: how Python is started for them.
        kind: a key of `_KINDS`.
        env: of the process that loads the code.
    """

    def __init__(self, command: Sequence[str], kind: str, env: Mapping[str, str]) -> None:
        self._decides = _decisive(env)
        self._control, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        words = [*command, __file__, kind, str(its.fileno())]
        process = subprocess.Popen(words, env=dict(env), cwd="/", pass_fds=[its.fileno()], stdin=subprocess.DEVNULL)
        its.close()
        atexit.register(process.wait)
        atexit.register(self._control.close)  # which ends it

    def suits(self, env: Mapping[str, str]) -> bool:
        """Whether what is looked at while code is loaded is the same in this environment."""
        return _decisive(env) == self._decides

    def start(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path | str,
        streams: tuple[int, int, int],
        passed: Sequence[int] = (),
    ) -> "ForkedProgram":
        """
        Args:
            arguments: what follows the program's name.
            streams: standard input, output and error; a terminal becomes that of the program's session.
            passed: further descriptors; the program has them as 3, 4, ….
        """
        status, told = os.pipe()
        wanted = json.dumps([list(arguments), dict(env), str(cwd)]).encode()
        socket.send_fds(self._control, [wanted], [told, *streams, *passed])
        os.close(told)
        return ForkedProgram(status)


class ForkedProgram:
    """What is used of a `subprocess.Popen`.

    Attributes:
        returncode: the exit code, negative for a signal; None until somebody looked for it.
        stderr: the other end of standard error, where whoever started the program kept it.
    """

    def __init__(self, status: int) -> None:
        self._status = status
        self.pid = self._number()
        self.returncode: int | None = None
        self.stderr: io.FileIO | None = None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """
        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a forked program", timeout or 0)
            self.returncode = self._number()
            os.close(self._status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ended just now
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _number(self) -> int:
        number: int = _NUMBER.unpack(os.read(self._status, _NUMBER.size))[0]
        return number


def _decisive(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_DECIDES)}


def _load_program() -> None:
    """What a turn in the app loads, and more."""
    _load_packages("core", "adapters", "ui", "features", "wiring")


def _load_piped() -> None:
    """What a command, an editor's agent and a server load, and more; nothing of the screen."""
    _load_packages("core", "adapters", "acp", "mcp_server", "cli")


def _load_packages(*names: str) -> None:
    import_module("blufio_tui.core.lazy_methods").compile_methods_later()  # first, as the program does
    import_module("blufio_tui.cli.start")
    for name in names:
        package = import_module(f"blufio_tui.{name}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(_NOT_THE_APP):
                import_module(module.name)
    import_module("blufio_tui.adapters.model.sdk").load_sdk()


def _run_program() -> int:
    code: int = import_module("blufio_tui.__main__").main()
    return code


def _load_worker() -> None:
    import_module(_WORKER)


def _run_worker() -> int:
    import_module(_WORKER).main()
    return 0


def _load_supervisor() -> None:
    import_module(_SUPERVISOR)


def _run_supervisor() -> int:
    import_module(_SUPERVISOR).main()
    return 0


_KINDS: Mapping[str, tuple[Callable[[], None], Callable[[], int]]] = {
    "program": (_load_program, _run_program),
    "piped": (_load_piped, _run_program),
    "worker": (_load_worker, _run_worker),
    "supervisor": (_load_supervisor, _run_supervisor),
}


def _fork_on_request(control: socket.socket) -> bool:
    """Returns True in each new process, and False in the first one, at the end."""
    running: dict[int, tuple[int, int]] = {}
    while True:
        for ready in select.select([control, *running], [], [])[0]:
            if ready is not control:
                pid, status = running.pop(ready)
                os.write(status, _NUMBER.pack(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
                os.close(status)
                os.close(ready)
                continue
            wanted, descriptors, _, _ = socket.recv_fds(control, _MOST_BYTES, _MOST_DESCRIPTORS)
            if not wanted:
                return False
            status, *given = descriptors
            if (pid := os.fork()) == 0:
                _become(given, *json.loads(wanted))
                return True
            os.write(status, _NUMBER.pack(pid))
            for descriptor in given:
                os.close(descriptor)
            running[os.pidfd_open(pid)] = pid, status


def _become(given: Sequence[int], arguments: list[str], env: dict[str, str], folder: str) -> None:
    """A process as it is after its start: nothing is left of the one that it was forked from."""
    os.setsid()
    out_of_the_way = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 3 + len(given)) for descriptor in given]
    for number, descriptor in enumerate(out_of_the_way):
        os.dup2(descriptor, number)
    os.closerange(len(given), os.sysconf("SC_OPEN_MAX"))
    if os.isatty(0):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    sys.argv[1:] = arguments
    for number, (name, mode) in enumerate((("stdin", "rb"), ("stdout", "wb"), ("stderr", "wb"))):
        usual = getattr(sys, name)
        raw = open(number, mode, closefd=False)  # noqa: SIM115 - for as long as the process lives
        stream = io.TextIOWrapper(raw, usual.encoding, usual.errors, line_buffering=number == 2 or os.isatty(number))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _main(kind: str, control: int) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends pytest, which ends this
    load, run = _KINDS[kind]
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder of this file
    load()
    gc.collect()
    gc.freeze()
    assert len(os.listdir("/proc/self/task")) == 1, "a fork takes no other thread along"
    if _fork_on_request(socket.socket(fileno=control)):
        _end(run())
    return 0


def _end(code: int) -> NoReturn:
    """As Python ends, but for taking its objects apart: of a forked process that copies page after page, 50 ms."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], int(sys.argv[2])))
