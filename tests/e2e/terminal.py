"""A real terminal for tests: the program runs on a pty, pyte keeps the screen, waiting is for what shows."""

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
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import pyte

from tests.fakes.preloaded import IS_POSSIBLE, ForkedProgram, Preloaded

USUAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
"""What says that a terminal has all colours."""

KEYS = {"enter": "\r", "escape": "\x1b", "up": "\x1b[A", "down": "\x1b[B", "tab": "\t", "ctrl+q": "\x11"}


_MOST_AT_ONCE = 1024 * 1024
_KNOWS_FRAMES, _YES = b"\x1b[?2026$p", "\x1b[?2026;2$y"
_STYLE = re.compile(rb"\x1b\[[\d;:]*m")
_CONFIRMED = 30
_READING_SECS = 1.05
"""A little more than a key waits for; one that comes earlier is not taken, and the next comes two seconds later."""
_TAKEN = b"\x1b[?1049h"
_ESCAPE = re.compile(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]")
_FRAME_BEGINS, _FRAME_ENDS = b"\x1b[?2026h", b"\x1b[?2026l"


class Terminal:
    """One program on a terminal of its own.

    `wait_for` reads what the program draws until a condition on the screen holds; it fails with the
    screen's text when that does not come in time. It looks at whole frames only: this terminal answers,
    as most do today, that it knows synchronized output.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        columns: int = 120,
        rows: int = 36,
        environ: Mapping[str, str] = MappingProxyType({}),
        is_loaded: bool = False,
    ) -> None:
        """
        Args:
            environ: what says another terminal than one with all colours.
            is_loaded: the program may begin with its code loaded, see `tests/fakes/preloaded.py`.
        """
        self._text = pyte.Screen(columns, rows)
        self._drawn = bytearray()
        self._has_answered = False
        self._stream = pyte.ByteStream(self._text)
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

        whole = {**env, **USUAL, **environ}
        if is_loaded and (forks := preloaded(whole)) is not None:
            self.process: subprocess.Popen[bytes] | ForkedProgram = forks.start(
                command[len(blufio_command()) :], env=whole, cwd=cwd, streams=(slave, slave, slave)
            )
        else:
            self.process = subprocess.Popen(
                command,
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=whole,
                cwd=cwd,
                start_new_session=True,
                preexec_fn=_take_terminal,
            )
        os.close(slave)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()
        os.close(self._master)

    @property
    def text(self) -> str:
        """What the screen shows, one line a row, trailing blanks cut."""
        return "\n".join(line.rstrip() for line in self._text.display)

    @property
    def screen(self) -> pyte.Screen:
        """As it is now, with its colours: most of what is drawn is about them, and few tests look at them."""
        screen = pyte.Screen(self._text.columns, self._text.lines)
        pyte.ByteStream(screen).feed(bytes(self._drawn))
        return screen

    def send(self, text: str) -> None:
        """Type text as it is."""
        os.write(self._master, text.encode())

    @property
    def said_at_the_end(self) -> str:
        """What was written after the app gave the terminal back (pyte has one screen only)."""
        return re.sub(r"\x1b\[[0-9;?<>=]*[a-zA-Z]", "", self._drawn.rpartition(b"\x1b[?1049l")[2].decode())

    def wait_until_back(self, wanted: str) -> None:
        """Until the app has the terminal again after another program had it, and has drawn the text anew."""

        def is_back(_text: str) -> bool:
            before, _, since = bytes(self._drawn).rpartition(_TAKEN)
            return _TAKEN in before and wanted in _ESCAPE.sub(b"", since).decode("utf-8", "replace")

        self.wait_for(is_back)

    @property
    def links(self) -> dict[str, str]:
        """Text and address of each link that was drawn (OSC 8)."""
        drawn = re.sub(r"\x1b\[[0-9;?<>=]*[a-zA-Z]", "", self._drawn.decode("utf-8", "replace"))
        return {text: address for address, text in re.findall(r"\x1b\]8;[^;]*;([^\x1b]+)\x1b\\([^\x1b]*)", drawn)}

    @property
    def styles(self) -> set[str]:
        """What was sent to change colours and attributes, each as its numbers."""
        return set(re.findall(r"\x1b\[([0-9;]*)m", self._drawn.decode("utf-8", "replace")))

    def press(self, *keys: str) -> None:
        """Press keys by name (`enter`, `escape`, `ctrl+q`, …) or a single character."""
        for key in keys:
            self.send(KEYS.get(key, key))

    def wait_for(self, wanted: str | Callable[[str], bool], timeout: float = 60.0) -> str:
        """Read until the text shows, or the condition on the screen's text holds; the screen's text."""
        holds = (lambda text: wanted in text) if isinstance(wanted, str) else wanted
        deadline = time.monotonic() + timeout
        while self._is_within_a_frame or not holds(self.text):
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"waited {timeout:.0f} s for {wanted!r}; the screen was:\n{self.text}")
        return self.text

    def confirm(self, sentence: str) -> None:
        """Enter, once the sentence says what it does; again where it came before the app knew that this was shown."""
        self.agree("\r", sentence)

    def agree(self, key: str, sentence: str) -> None:
        """As `confirm`, with another key: one that takes effect only where the sentence was there for a second."""
        self.wait_for(sentence)
        with suppress(AssertionError):
            self.wait_until_gone(sentence, _READING_SECS)
        for _ in range(_CONFIRMED):
            self.send(key)
            with suppress(AssertionError):
                self.wait_until_gone(sentence, 2.0)
                return
        raise AssertionError(f"{key!r} {_CONFIRMED} times, and still {sentence!r}; the screen was:\n{self.text}")

    def wait_until_gone(self, unwanted: str, timeout: float = 60.0) -> str:
        return self.wait_for(lambda text: unwanted not in text, timeout)

    def is_still_for(self, seconds: float) -> bool:
        """Whether nothing is drawn for so long; returns as soon as something is."""
        return not self._read(seconds)

    def wait_for_exit(self, timeout: float = 60.0) -> int:
        """Read until the program ends; its exit code."""
        deadline = time.monotonic() + timeout
        while self._read(max(0.0, deadline - time.monotonic())):
            pass
        return self.process.wait(max(0.1, deadline - time.monotonic()))

    def kill(self) -> None:
        """kill -9 on the program, as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    @property
    def _is_within_a_frame(self) -> bool:
        return self._drawn.rfind(_FRAME_BEGINS) > self._drawn.rfind(_FRAME_ENDS)

    def _read(self, timeout: float) -> bool:
        """Take in all that was drawn by now; False at the end of the program or of the time."""
        drawn = b""
        while select.select([self._master], [], [], 0 if drawn else timeout)[0] and len(drawn) < _MOST_AT_ONCE:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                break
            if not data:
                break
            drawn += data
        self._drawn += drawn
        if not self._has_answered and _KNOWS_FRAMES in self._drawn:
            self._has_answered = True
            self.send(_YES)
        self._stream.feed(_STYLE.sub(b"", drawn))
        return bool(drawn)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


_preloaded: list[Preloaded] = []
"""One for all tests of this process, made for the first that wants it."""


def preloaded(env: Mapping[str, str]) -> Preloaded | None:
    """What forks programs with this environment; None where each has to be started by itself."""
    if not IS_POSSIBLE:
        return None
    if not _preloaded:
        _preloaded.append(Preloaded([sys.executable], "program", env))
    return _preloaded[0] if _preloaded[0].suits(env) else None


def blufio_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "blufio_tui", *arguments]
