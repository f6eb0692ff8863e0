"""A program on a pseudo terminal, read as fast as it draws; for timing, not for looking at."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_ESCAPES = re.compile(rb"\x1b(\[[0-9;?<>=]*[A-Za-z@`]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|.)", re.DOTALL)
_QUIET_MS = 20
_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


class PtyApp:
    """
    Attributes:
        drawn_at: when something was read from the terminal, in `time.perf_counter` seconds.
    """

    def __init__(self, command: Sequence[str], env: Mapping[str, str], columns: int = 120, rows: int = 36) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_take_terminal,
            env={**env, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"},
        )
        os.close(slave)
        self._seen = b""
        self.drawn_at: list[float] = []

    def __enter__(self) -> "PtyApp":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._master)

    def send(self, text: str) -> None:
        self._seen = b""
        os.write(self._master, text.encode())

    def read_until(self, marker: str, timeout: float = 60.0) -> None:
        """Read until the text has been drawn, escape sequences between its letters aside."""
        wanted = marker.encode()
        deadline = time.monotonic() + timeout
        while wanted not in _ESCAPES.sub(b"", self._seen):
            left = deadline - time.monotonic()
            if left <= 0 or not self.read(left):
                raise TimeoutError(f"{marker!r} did not show in {timeout:.0f} s")

    def key_ms(self, character: str, timeout: float = 30.0) -> float:
        """Press a key and wait until its character, which nothing else draws, is on the screen."""
        wanted, start = character.encode(), time.perf_counter()
        self.send(character)
        while wanted not in self._seen:
            if time.perf_counter() - start > timeout or not self.read(timeout):
                raise TimeoutError(f"{character!r} did not show in {timeout:.0f} s")
        return (time.perf_counter() - start) * 1000

    def watch(self, seconds: float) -> None:
        """Go on reading for a while."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.read(left)
            self._seen = self._seen[-4096:]

    def settle(self, timeout: float = 60.0) -> None:
        """Read until the program has been quiet for a second: all is imported and loaded."""
        deadline, quiet = time.monotonic() + timeout, 0
        while quiet < 2 and time.monotonic() < deadline:
            before = self.cpu_ms()
            self.watch(0.5)
            quiet = quiet + 1 if self.cpu_ms() - before <= _QUIET_MS else 0

    def read(self, timeout: float) -> bytes:
        """What is drawn within `timeout` seconds; b"" when nothing is."""
        if not select.select([self._master], [], [], timeout)[0]:
            return b""
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            return b""
        self.drawn_at.append(time.perf_counter())
        self._seen += data
        return data

    def cpu_ms(self) -> float:
        """Processor time of the program so far, its children aside."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK_MS

    def memory_mb(self) -> float:
        return resident_mb(self.process.pid)


def _take_terminal() -> None:
    """As in a terminal's own session: should this process be killed, the program hears that its terminal is gone."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def resident_mb(pid: int) -> float:
    """Memory of a process, private and shared."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def program(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "blufio_tui", *arguments)


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process's environment with a home of its own and without anything that would connect a model."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "BLUFIO_"))}
    return {**kept, "BLUFIO_HOME": str(home), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", **more}
