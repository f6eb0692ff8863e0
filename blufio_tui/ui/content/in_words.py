"""Symbols as words, for those who have the screen read to them: there no symbol says anything by itself."""

import re
from itertools import pairwise

from textual.content import Content

from blufio_tui.core.events import NoticeLevel
from blufio_tui.ui.content.symbols import NOTICES, SPINNER, STATES, VERDICTS
from blufio_tui.ui.state.entries import Entry, Notice, Reply, UserSaid
from blufio_tui.ui.state.states import State

ROOM = 16
"""Cells that words take more than the symbols they stand for."""
ANSWER = Content("  Answer:")
"""In place of the blank line before a reply, so that its lines stay where they are."""

_STATES = {
    **{mark.symbol: state.value for state, mark in STATES.items()},
    **dict.fromkeys(SPINNER, State.RUNNING.value),
    VERDICTS["deny"].symbol: "denied",
}
_NOTICES = {NoticeLevel.INFO: "", NoticeLevel.WARNING: "Warning: ", NoticeLevel.ERROR: "Error: "}
_BEFORE_A_STATE = 24
"""Cells of a row in which the symbol of its state stands."""
_FOLDS = ("▸ ", "▾ ")
_DECISION = re.compile(r" *decision +(?P<verdict>[✓⊘·]) (?:allowed|denied) by (?P<by>[‼§≡★●◇◷ ]) ")
_BARS = " ╸╺━┄"
"""Of what a bar on the time axis is drawn; the row says how long it took."""


def entry_in_words(entry: Entry, lines: list[Content]) -> list[Content]:
    """The lines of an entry; whose words they are, and how it went, is written out. As many lines as before."""
    match entry:
        case Reply():
            return [ANSWER, *lines[1:]]
        case UserSaid():
            return [_from(line, "▌ ", "You: " if number == 1 else "     ") for number, line in enumerate(lines)]
        case Notice(level=level):
            return [_from(line, f"{NOTICES[level].symbol} ", _NOTICES[level]) for line in lines]
        case _:
            return [unbarred(row_in_words(line)) for line in lines]


def row_in_words(line: Content) -> Content:
    """A row with the word for its state in place of the symbol: `✓ fs.read` is `ok: fs.read`."""
    text = line.plain[:_BEFORE_A_STATE]
    at = next((n for n, pair in enumerate(pairwise(text)) if pair[0] in _STATES and pair[1] == " "), -1)
    line = line[: len(line.plain.rstrip(_BARS))]
    if at < 0 or text[:at].strip(" 0123456789:-"):
        return line
    return Content.assemble(line[:at], f"{_STATES[text[at]]}:", line[at + 1 :])


def unmarked_decision(line: Content) -> Content:
    """A line about a decision without its marks, which its words repeat: `✓ allowed by ● you` is `allowed by you`."""
    found = _DECISION.match(line.plain)
    if found is None:
        return line
    verdict, by = found.start("verdict"), found.start("by")
    return Content.assemble(line[:verdict], line[verdict + 2 : by], line[by + 2 :])


def unbarred(line: Content) -> Content:
    """Without the lines at the left of what belongs together, and without the marks of what opens."""
    text = line.plain.lstrip(" ")
    return _from(line, next((mark for mark in ("│ ", "│", *_FOLDS) if text.startswith(mark)), ""), "  ")


def _from(line: Content, mark: str, words: str) -> Content:
    """A line that begins with the words instead of the mark."""
    at = len(line.plain) - len(line.plain.lstrip(" "))
    if not mark or not line.plain[at:].startswith(mark):
        return line
    return Content.assemble(line[:at], words, line[at + len(mark) :])
