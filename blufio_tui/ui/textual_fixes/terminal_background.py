"""Is the terminal light or dark? What the environment says, and what the terminal itself answers when it is asked."""

import re
from collections.abc import Mapping

QUESTION = "\x1b]11;?\x07"
"""OSC 11: which colour is your background? Answered at once by most terminals, passed over by the others."""

_ANSWER = re.compile(r"\x1b\]11;(?P<colour>[^\x07\x1b]{0,40})(?:\x07|\x1b\\)")
_COLOUR = re.compile(r"rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})(?:/[0-9a-fA-F]{1,4})?")
_BEGINNING = "\x1b]11;"
_HALF = re.compile(r"\x1b\]11;[rgba:0-9A-F/]*\x1b?", re.IGNORECASE)
_LONGEST = 60
_MOST_PAUSES = 20
_LIGHT_NUMBERS = frozenset({7, *range(9, 16)})
_DEAF = ("dumb", "linux", "screen", "vt")
"""Names of terminals that print what they do not know, or mix up who asked."""


def can_be_asked(environ: Mapping[str, str]) -> bool:
    """Whether the question leaves no traces on the screen. Inside tmux it is tmux that answers."""
    name = environ.get("TERM", "")
    return bool(name) and ("TMUX" in environ or not name.startswith(_DEAF))


def says_light(environ: Mapping[str, str]) -> bool:
    """By `COLORFGBG`, which some terminals set: numbers of the sixteen colours, the background's last.

    Served to a browser the variable is of the terminal that serves.
    """
    number = environ.get("COLORFGBG", "").rpartition(";")[2]
    return "TEXTUAL_DRIVER" not in environ and number.isdecimal() and int(number) in _LIGHT_NUMBERS


def is_light(colour: str) -> bool | None:
    """Of an answer such as `rgb:ffff/fafa/f0f0`; None if it is not one."""
    found = _COLOUR.fullmatch(colour)
    if found is None:
        return None
    red, green, blue = (int(part, 16) / (float(16 ** len(part)) - 1) for part in found.groups())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5


class Answers:
    """Takes answers out of what the terminal sends, however it is cut into pieces, so that none is read as keys.

    Attributes:
        waits: an answer may still come; until then Escape might be its first piece.
    """

    def __init__(self) -> None:
        self.waits = True
        self._held = ""
        self._pauses = 0

    def sift(self, text: str) -> tuple[str, list[str]]:
        """What else there was, and the colours answered. What may be the beginning of an answer is kept back."""
        text, self._held, self._pauses = self._held + text, "", 0
        colours = [found["colour"] for found in _ANSWER.finditer(text)]
        rest = _ANSWER.sub("", text)
        at = self._beginning_of_one(rest)
        self._held = rest[at:]
        return rest[:at], colours

    def pause(self) -> str:
        """Nothing came for a moment: a key that was kept back was one after all. Half an answer is waited for."""
        self._pauses += 1
        if self._held.startswith(_BEGINNING) and self._pauses < _MOST_PAUSES:
            return ""
        held, self._held = self._held, ""
        return _HALF.sub("", held)

    def _beginning_of_one(self, text: str) -> int:
        """Where at its end an answer begins that is not whole yet; its length where none does."""
        at = text.rfind(_BEGINNING)
        if at >= 0 and len(text) - at < _LONGEST:
            return at
        shortest = 1 if self.waits else 2
        pieces = (_BEGINNING[:size] for size in range(len(_BEGINNING) - 1, shortest - 1, -1))
        return len(text) - next((len(piece) for piece in pieces if text.endswith(piece)), 0)
