"""The terminal's driver: read when there is something, what was typed before the program was ready arrives as it was
typed, and the terminal may be asked for its background colour when the program begins; nobody waits for the answer."""

import fcntl
import io
import os
import selectors
import struct
import sys
import termios
from codecs import getincrementaldecoder
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any, ClassVar

from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from blufio_tui.ui.textual_fixes.key_bursts import BurstParser
from blufio_tui.ui.textual_fixes.terminal_background import QUESTION, Answers, is_light

_PATIENCE = 1.5
"""Seconds; a change of colours after that would disturb somebody who reads already."""
_PAUSE = 0.1
_UNFINISHED = max(2.0, 2 * ESCAPE_DELAY)
"""Seconds after the last input in which a key may still become whole: until then the parser is asked."""


@dataclass
class BackgroundAnswered(Message):
    """The terminal said in time whether it is light."""

    light: bool


def screen_file() -> io.TextIOWrapper:
    """Where to draw, in UTF-8 as keys are read, whatever the locale says.

    Textual draws on the errors' stream. If that leads elsewhere (`2> errors.log`), nobody would see the cards.
    """
    errors, output = sys.__stderr__, sys.__stdout__
    assert output is not None  # looked at before the app starts
    screen = errors if errors is not None and errors.isatty() else output
    screen.reconfigure(encoding="utf-8")
    return screen


def typed_before(terminal: int) -> int:
    """Bytes that wait on a terminal: typed before the program read keys one by one. 0 if that cannot be asked."""
    try:
        (waiting,) = struct.unpack("i", fcntl.ioctl(terminal, termios.FIONREAD, b"\0" * 4))
    except OSError:
        return 0
    return int(waiting)


def with_enter(data: bytes, early: int) -> bytes:
    """The first `early` bytes with Enter as it arrives later: until then the terminal made a newline of it, and that
    would be ^j."""
    return data[:early].replace(b"\n", b"\r") + data[early:]


class TerminalDriver(LinuxDriver):
    """Textual's driver looks ten times a second whether something was typed; this one is told.

    It also reads answers it did not ask for as keys: they are taken out before it sees them.
    """

    asks: ClassVar = False
    _asked_at: float | None = None
    _woken_by: int | None = None
    """The end of a pipe that says that the input ends."""
    _waking: ClassVar = Lock()
    """Held while that is written to or closed."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._file = screen_file()

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self.asks and self._asked_at is None:
            self._asked_at = monotonic()
            self.write(QUESTION)
            self.flush()

    def run_input_thread(self) -> None:
        """As Textual's, with the answers taken out; the clock is looked at only just after input."""
        parser, answers = BurstParser(self._debug), Answers()
        answers.waits = self.asks
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        early = typed_before(self.fileno)
        end, woken_by = os.pipe()
        self._woken_by, read_at = woken_by, monotonic()
        try:
            with selectors.SelectSelector() as selector:
                selector.register(self.fileno, selectors.EVENT_READ)
                selector.register(end, selectors.EVENT_READ)
                while not self.exit_event.is_set():
                    ready = selector.select(_PAUSE if monotonic() - read_at < _UNFINISHED else None)
                    if any(key.fd == self.fileno for key, _ in ready):
                        data = os.read(self.fileno, 4096)
                        if not data and not os.isatty(self.fileno):
                            break  # the terminal is gone, and what took its place has no more to read
                        if early > 0:
                            data, early = with_enter(data, early), early - len(data)
                        self._take(parser, self._without_answers(answers, decode(data)))
                        read_at = monotonic()
                    elif not ready:
                        self._take(parser, answers.pause())
                    else:
                        self.exit_event.wait(_PAUSE)
        finally:
            with self._waking:
                self._woken_by = None
                os.close(woken_by)
            os.close(end)

    def end_input(self) -> None:
        """
        Let the thread that reads end, whatever happened to the app: the program waits for it at its own end. For a
        driver that is not used again.
        """
        self.exit_event.set()
        self._wake()

    def disable_input(self) -> None:
        self._wake()
        super().disable_input()

    def _wake(self) -> None:
        with self._waking:
            if self._woken_by is not None:
                os.write(self._woken_by, b"x")  # read by nobody: it wakes until the thread has seen that it ends

    def _without_answers(self, answers: Answers, text: str) -> str:
        is_in_time = monotonic() - (self._asked_at or 0.0) < _PATIENCE
        answers.waits = answers.waits and is_in_time
        rest, colours = answers.sift(text)
        for light in map(is_light, colours):
            answers.waits = False
            if light is not None and is_in_time:
                self.process_message(BackgroundAnswered(light))
        return rest

    def _take(self, parser: BurstParser, text: str) -> None:
        """Even nothing: the parser waits for keys to be whole, too."""
        for event in parser.feed(text) if text else ():
            self.process_message(event)
        for event in parser.tick():
            self.process_message(event)


class AskingDriver(TerminalDriver):
    """Asks for the background colour, too."""

    asks: ClassVar = True
