"""A terminal that is asked for its background colour when the program begins; nobody waits for the answer."""

import os
import selectors
from codecs import getincrementaldecoder
from dataclasses import dataclass
from time import monotonic

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from blufio_tui.ui.textual_fixes.terminal_background import QUESTION, Answers, is_light

_PATIENCE = 1.5
"""Seconds; a change of colours after that would disturb somebody who reads already."""
_PAUSE = 0.1


@dataclass
class BackgroundAnswered(Message):
    """The terminal said in time whether it is light."""

    light: bool


class AskingDriver(LinuxDriver):
    """Textual's driver reads answers it did not ask for as keys: they are taken out before it sees them."""

    _asked_at: float | None = None

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._asked_at is None:
            self._asked_at = monotonic()
            self.write(QUESTION)
            self.flush()

    def run_input_thread(self) -> None:
        """As Textual's, with the answers taken out."""
        parser, answers = XTermParser(self._debug), Answers()
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_PAUSE):
                    self._take(parser, self._without_answers(answers, decode(os.read(self.fileno, 4096))))
                else:
                    self._take(parser, answers.pause())

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
