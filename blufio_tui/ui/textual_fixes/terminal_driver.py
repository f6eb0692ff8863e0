"""The terminal: read when there is something, and asked for its background colour; nobody waits for the answer."""

import os
import selectors
from codecs import getincrementaldecoder
from dataclasses import dataclass
from time import monotonic

from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

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


class CalmDriver(LinuxDriver):
    """Textual's driver looks ten times a second whether something was typed; this one is told.

    It also reads answers it did not ask for as keys: they are taken out before it sees them.
    """

    _asked_at: float | None = None
    _woken_by: int | None = None
    """The end of a pipe that says that the input ends."""

    def run_input_thread(self) -> None:
        """As Textual's, with the answers taken out; the clock is looked at only just after input."""
        parser, answers = XTermParser(self._debug), Answers()
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        end, woken_by = os.pipe()
        self._woken_by, read_at = woken_by, monotonic()
        try:
            with selectors.SelectSelector() as selector:
                selector.register(self.fileno, selectors.EVENT_READ)
                selector.register(end, selectors.EVENT_READ)
                while not self.exit_event.is_set():
                    ready = selector.select(_PAUSE if monotonic() - read_at < _UNFINISHED else None)
                    if any(key.fd == self.fileno for key, _ in ready):
                        self._take(parser, self._without_answers(answers, decode(os.read(self.fileno, 4096))))
                        read_at = monotonic()
                    elif not ready:
                        self._take(parser, answers.pause())
                    else:
                        self.exit_event.wait(_PAUSE)
        finally:
            self._woken_by = None
            os.close(woken_by)
            os.close(end)

    def disable_input(self) -> None:
        if (woken_by := self._woken_by) is not None:
            os.write(woken_by, b"x")  # read by nobody: it wakes until the thread has seen that it ends
        super().disable_input()

    def _without_answers(self, answers: Answers, text: str) -> str:
        is_in_time = monotonic() - (self._asked_at or 0.0) < _PATIENCE
        answers.waits = answers.waits and is_in_time
        rest, colours = answers.sift(text)
        for light in map(is_light, colours):
            answers.waits = False
            if light is not None and is_in_time:
                self.process_message(BackgroundAnswered(light))
        return rest

    def _take(self, parser: XTermParser, text: str) -> None:
        """Even nothing: the parser waits for keys to be whole, too."""
        for event in parser.feed(text) if text else ():
            self.process_message(event)
        for event in parser.tick():
            self.process_message(event)


class AskingDriver(CalmDriver):
    """Asks the terminal for its colours, once."""

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._asked_at is None:
            self._asked_at = monotonic()
            self.write(QUESTION)
            self.flush()
