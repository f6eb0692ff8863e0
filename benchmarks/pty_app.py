"""A program on a pseudo terminal, read as fast as it draws; for timing, not for looking at."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence

_ESCAPES = re.compile(rb"\x1b(\[[0-9;?<>=]*[A-Za-z@`]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|.)", re.DOTALL)


class PtyApp:
    def __init__(self, command: Sequence[str], env: Mapping[str, str], columns: int = 120, rows: int = 36) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**env, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"},
        )
        os.close(slave)
        self._seen = b""

    def __enter__(self) -> "PtyApp":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._master)

    def send(self, text: str) -> None:
        self._seen = b""
        os.write(self._master, text.encode())

    def read_until(self, marker: str, timeout: float = 30.0) -> None:
        """Read until the text has been drawn, escape sequences between its letters aside."""
        wanted = marker.encode()
        deadline = time.monotonic() + timeout
        while wanted not in _ESCAPES.sub(b"", self._seen):
            left = deadline - time.monotonic()
            if left <= 0 or not self.read(left):
                raise TimeoutError(f"{marker!r} did not show in {timeout:.0f} s")

    def read(self, timeout: float) -> bytes:
        """What is drawn within `timeout` seconds; b"" when nothing is."""
        if not select.select([self._master], [], [], timeout)[0]:
            return b""
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            return b""
        self._seen += data
        return data
