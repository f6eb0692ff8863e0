r"""Replace exact pieces of a text: all of the edits or none.

The old text must occur exactly once. If it does not occur as written, two looser comparisons are tried in turn:
without blanks at the ends of lines, then with another indentation of the whole piece. A looser match counts only if it
is the only one, and the result says so. Everything outside the matches keeps its bytes, including line ends: models
write `\n`, and the file may hold `\r\n`.
"""

import difflib
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

_MAX_PLACES = 10
_NEAR_LINES = 3
_MAX_COMPARED = 400


_Reading = Callable[[Sequence[str], Sequence[str], str], str | None]
"""A looser reading: the replacement for a window of lines, None if it does not match."""


class EditError(Exception):
    """An edit cannot be made; the message says why and is for the model."""


class Looseness(StrEnum):
    EXACT = "exact"
    TRAILING_BLANKS = "blanks at the ends of lines ignored"
    INDENTATION = "another indentation; the new text was indented the same way"


@dataclass(frozen=True, slots=True)
class Edit:
    """`replace_all` replaces every exact occurrence of `old`."""

    old: str
    new: str
    replace_all: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """The result of one edit. `lines` are the numbers of the lines where each replacement starts, from 1."""

    lines: tuple[int, ...]
    looseness: Looseness


@dataclass(frozen=True, slots=True)
class Edited:
    text: str
    applied: tuple[Applied, ...]


@dataclass(frozen=True, slots=True)
class _Match:
    r"""A span of the text with `\n` line ends, and its replacement."""

    start: int
    end: int
    new: str


def apply_edits(text: str, edits: Sequence[Edit]) -> Edited:
    """Make the edits in order; each sees the result of those before it.

    Raises:
        EditError: one of them cannot be made, so none is.
    """
    applied = []
    for number, edit in enumerate(edits, 1):
        try:
            text, one = _apply(text, edit)
        except EditError as error:
            prefix = f"edit {number} of {len(edits)}: " if len(edits) > 1 else ""
            raise EditError(f"{prefix}{error}") from None
        applied.append(one)
    return Edited(text, tuple(applied))


def _apply(text: str, edit: Edit) -> tuple[str, Applied]:
    if not edit.old:
        raise EditError("`old` is empty, which is only for making a new file")
    view = _View(text)
    old, new = _plain(edit.old), _plain(edit.new)
    if old == new:
        raise EditError("`old` and `new` are the same; there is nothing to change")
    matches, looseness = _matches(view.plain, old, new)
    if not matches:
        raise EditError(_not_there(view.plain, old))
    if len(matches) > 1 and not (edit.replace_all and looseness is Looseness.EXACT):
        raise EditError(_more_than_one(view.plain, matches, looseness))
    lines = tuple(view.plain.count("\n", 0, match.start) + 1 for match in matches)
    return view.replaced(matches), Applied(lines, looseness)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


class _View:
    r"""A text as the model sees it, with `\n` line ends, and a mapping back to the original."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.plain = _plain(text)
        # Places in `plain` of the newlines that are two characters in the text.
        self._pairs: list[int] = []
        if len(self.plain) != len(text):
            place = text.find("\r\n")
            while place >= 0:
                self._pairs.append(place - len(self._pairs))
                place = text.find("\r\n", place + 2)
        self._end = "\r\n" if 2 * len(self._pairs) > self.plain.count("\n") else "\n"

    def replaced(self, matches: Sequence[_Match]) -> str:
        parts, last = [], 0
        for match in matches:
            parts += [self._text[last : self._place(match.start)], match.new.replace("\n", self._end)]
            last = self._place(match.end)
        return "".join([*parts, self._text[last:]])

    def _place(self, index: int) -> int:
        """Map a position in `plain` to the text."""
        return index + bisect_left(self._pairs, index)


def _matches(text: str, old: str, new: str) -> tuple[list[_Match], Looseness]:
    if exact := _exact(text, old, new):
        return exact, Looseness.EXACT
    if blanks := _by_lines(text, old, new, _same_but_ends):
        return blanks, Looseness.TRAILING_BLANKS
    return _by_lines(text, old, new, _reindented), Looseness.INDENTATION


def _exact(text: str, old: str, new: str) -> list[_Match]:
    matches, place = [], text.find(old)
    while place >= 0:
        matches.append(_Match(place, place + len(old), new))
        place = text.find(old, place + len(old))
    return matches


def _by_lines(text: str, old: str, new: str, reading: _Reading) -> list[_Match]:
    """Matches of whole lines under a looser reading."""
    wanted = old.split("\n")
    ends_line = wanted[-1] == "" and len(wanted) > 1
    if ends_line:
        wanted.pop()
    if not any(line.strip() for line in wanted):
        return []
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    first = wanted[0].strip()
    matches: list[_Match] = []
    free = 0
    for index in range(len(lines) - len(wanted) + 1):
        if index < free or lines[index].strip() != first:
            continue
        window = lines[index : index + len(wanted)]
        replacement = reading(window, wanted, new)
        if replacement is None:
            continue
        last = index + len(wanted)
        end = min(starts[last] if ends_line else starts[last] - 1, len(text))
        matches.append(_Match(starts[index], end, replacement))
        free = last
    return matches


def _same_but_ends(window: Sequence[str], wanted: Sequence[str], new: str) -> str | None:
    same = all(line.rstrip() == other.rstrip() for line, other in zip(window, wanted, strict=True))
    return new if same else None


def _reindented(window: Sequence[str], wanted: Sequence[str], new: str) -> str | None:
    """`new` with the window's indentation, if both differ by the same indentation on every line."""
    pairs = [(line, other) for line, other in zip(window, wanted, strict=True) if line.strip() or other.strip()]
    if any(line.strip() != other.strip() for line, other in pairs):
        return None
    indents = [(_indent(line), _indent(other)) for line, other in pairs]
    shifts = {_shift(there, written) for there, written in indents}
    if len(shifts) != 1 or (shift := shifts.pop()) is None:
        return None
    added, removed = shift
    shifted = []
    for line in new.split("\n"):
        if not line.strip():
            shifted.append(line)
        elif line.startswith(removed):
            shifted.append(added + line[len(removed) :])
        else:
            return None
    return "\n".join(shifted)


def _shift(there: str, written: str) -> tuple[str, str] | None:
    """The indentation to add to a line and the one to remove; None if neither is a suffix of the other."""
    if there.endswith(written):
        return there[: len(there) - len(written)], ""
    if written.endswith(there):
        return "", written[: len(written) - len(there)]
    return None


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _more_than_one(text: str, matches: Sequence[_Match], looseness: Looseness) -> str:
    lines = [str(text.count("\n", 0, match.start) + 1) for match in matches[:_MAX_PLACES]]
    more = f" and {len(matches) - _MAX_PLACES} more" if len(matches) > _MAX_PLACES else ""
    loose = "" if looseness is Looseness.EXACT else f" ({looseness})"
    advice = 'or set "all": true' if looseness is Looseness.EXACT else "and copy it exactly"
    return (
        f"`old` is there {len(matches)} times{loose}, at lines {', '.join(lines)}{more}; "
        f"add lines around it until it is unique, {advice}"
    )


def _not_there(text: str, old: str) -> str:
    near = nearest_lines(text, old)
    if not near:
        return "`old` is not in the file; read the file again"
    return f"`old` is not in the file. The nearest lines are:\n{near}"


def nearest_lines(text: str, old: str) -> str:
    """The lines of a text most similar to `old`, numbered; "" if nothing is similar."""
    wanted = [line.strip() for line in old.split("\n") if line.strip()]
    lines = text.split("\n")
    if not wanted:
        return ""
    longest = max(range(len(wanted)), key=lambda index: len(wanted[index]))
    best = _most_alike(lines, wanted[longest])
    if best is None:
        return ""
    start = max(0, best - longest - 1)
    end = min(len(lines), start + min(len(wanted), 2 * _NEAR_LINES) + 2)
    return "\n".join(f"{number:>6}\t{lines[number - 1]}" for number in range(start + 1, end + 1))


def _most_alike(lines: Sequence[str], wanted: str) -> int | None:
    """The index of the line that is most like `wanted`. Only lines that share words with it are compared closely."""
    words = frozenset(_words(wanted))
    shared = [(len(words.intersection(_words(line))), -index) for index, line in enumerate(lines)]
    candidates = sorted((one for one in shared if one[0] or not words), reverse=True)[:_MAX_COMPARED]
    best, best_ratio = None, 0.5
    matcher = difflib.SequenceMatcher(None, "", wanted[:500], autojunk=False)
    for _, negative in candidates:
        matcher.set_seq1(lines[-negative].strip()[:500])
        if matcher.real_quick_ratio() > best_ratio and matcher.quick_ratio() > best_ratio:
            ratio = matcher.ratio()
            if ratio > best_ratio:
                best, best_ratio = -negative, ratio
    return best


def _words(line: str) -> list[str]:
    return "".join(char if char.isalnum() or char == "_" else " " for char in line).split()
