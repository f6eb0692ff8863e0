"""A command's output, made safe to show, with overwritten lines resolved, and bounded.

Control sequences move the cursor, erase, or reverse text. Only colours and carriage returns (for progress bars) are
kept; everything else is escaped. The person and the model get the same text, so that neither sees something that the
other does not.
"""

import codecs
import re
from collections import deque

from blufio_tui.core.text.display import visible

_PLAIN = re.compile(r"[\t\n\r\x20-\x7e]*")
_RUN = re.compile(r"\x1b\[[0-9;:]{0,40}m|\x1b\[[0-2]?K|[^\t\n\r\x20-\x7e]+?(?=\x1b|[\t\n\r\x20-\x7e]|\Z)")
_KEPT = re.compile(r"\x1b\[(?:[0-9;:]{0,40}m|[0-2]?K)\Z")
_UNFINISHED = re.compile(r"(?:\x1b(?:\[[0-9;:]{0,40})?|\r)\Z")
_ERASE = re.compile(r"\x1b\[[0-2]?K")
_MARK = re.compile(r"\x1b\[(?:[0-9;:]{0,40}m|[0-2]?K)")
_LOOKALIKES = re.compile("[\u00ad\u034f\u115f\u17b4\u17b5\u180e\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0000-\U000e0fff]")

MAX_LINE = 64 * 1024
"""Characters of an unfinished line that are held back for a carriage return."""


def plain(text: str) -> str:
    """The text without colours and erase marks."""
    return _MARK.sub("", text) if "\x1b" in text else text


class CleanStream:
    """Turns the bytes of one stream into text with no control sequences except colours and carriage returns."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def feed(self, data: bytes, *, final: bool = False) -> str:
        text = self._held + self._decoder.decode(data, final)
        self._held = ""
        if not final and (cut := _UNFINISHED.search(text)):
            text, self._held = text[: cut.start()], text[cut.start() :]
        if "\r\n" in text:
            text = text.replace("\r\n", "\n")
        return text if _PLAIN.fullmatch(plain(text)) else _RUN.sub(lambda run: _spelled(run[0]), text)


def _spelled(run: str) -> str:
    if _KEPT.match(run) or (run.isprintable() and not _LOOKALIKES.search(run)):
        return run
    return visible(run)


class Settler:
    """Joins pieces of clean text into lines without what was overwritten."""

    def __init__(self) -> None:
        self.partial = ""

    def feed(self, text: str) -> str:
        """The lines that are complete now, each with its newline."""
        text = self.partial + text
        end = text.rfind("\n") + 1
        if end == 0 and len(text) > MAX_LINE:
            end = len(text)
        done, self.partial = text[:end], text[end:]
        if "\r" in self.partial:  # keeps an endless progress bar from growing
            self.partial = settled_line(self.partial)
        if "\r" in done:
            return "\n".join(settled_line(line) for line in done.split("\n"))
        return _ERASE.sub("", done) if "\x1b[" in done else done

    def end(self) -> str:
        """The last line, which has no newline."""
        done, self.partial = settled_line(self.partial), ""
        return done


def settled_line(line: str) -> str:
    """The line as it stands on a terminal once it is complete."""
    trailing = line.endswith("\r")
    pieces = [piece for piece in line.split("\r") if piece]
    if not pieces:
        return ""
    shown = pieces[0]
    for piece in pieces[1:]:
        erases = "\x1b" in piece or "\x1b" in shown
        shown = piece if erases else piece + shown[len(piece) :]
    return _ERASE.sub("", shown) + ("\r" if trailing else "")


class Ends:
    """The beginning and the end of a text that may be very long; the middle is only counted.

    Attributes:
        total: characters that were added.
    """

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._head: list[str] = []
        self._room = self._half
        self._tail: deque[str] = deque()
        self._in_tail = 0
        self.total = 0

    def add(self, text: str) -> None:
        self.total += len(text)
        if self._room:
            head, text = text[: self._room], text[self._room :]
            self._head.append(head)
            self._room -= len(head)
        if text:
            self._tail.append(text)
            self._in_tail += len(text)
        while self._tail and self._in_tail - len(self._tail[0]) >= self._half:
            self._in_tail -= len(self._tail.popleft())

    @property
    def is_cut(self) -> bool:
        return self.total > 2 * self._half

    def head(self) -> str:
        return "".join(self._head)

    def tail(self) -> str:
        return "".join(self._tail)[-self._half :]


class LastLines:
    """The end of a growing output as lines, for a screen: old lines go, the unfinished one changes in place."""

    def __init__(self, keep: int = 400) -> None:
        self._settler = Settler()
        self._lines: deque[str] = deque(maxlen=keep)
        self.dropped = 0

    def feed(self, text: str) -> None:
        done = self._settler.feed(text)
        for line in done.split("\n")[:-1] if done.endswith("\n") else done.split("\n") if done else ():
            self.dropped += len(self._lines) == self._lines.maxlen
            self._lines.append(line)

    def lines(self) -> list[str]:
        """Colours are in them as escape sequences."""
        partial = settled_line(self._settler.partial).rstrip("\r")
        return [*self._lines, partial] if partial else list(self._lines)

    def text(self) -> str:
        return "\n".join(self.lines())
