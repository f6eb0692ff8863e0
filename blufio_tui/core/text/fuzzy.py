"""How well a few typed letters fit a longer text: the order of every completion list."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

_BOUNDARIES = frozenset("/._- ")


def fuzzy(query: str, candidate: str) -> int | None:
    """A score, higher is better; None if the letters do not occur in this order. Case is ignored.

    Letters in a row, at the beginning of a word and in the last part of a path count more; shorter
    candidates win a tie.
    """
    wanted, text = query.lower(), candidate.lower()
    if (whole := _whole(wanted, text)) is not None:
        return whole
    score, at, previous = 0, 0, -2
    for letter in wanted:
        at = text.find(letter, at)
        if at < 0:
            return None
        score += 1 + (4 if at == previous + 1 else 0) + (3 if _begins_word(text, at) else 0)
        previous, at = at, at + 1
    return score * 10 - min(len(text), 99)


def best(query: str, candidates: Iterable[T], key: Callable[[T], str], limit: int) -> list[T]:
    """The candidates that fit, best first, otherwise in their own order."""
    scored = [(score, item) for item in candidates if (score := fuzzy(query, key(item))) is not None]
    scored.sort(key=lambda pair: -pair[0])
    return [item for _, item in scored[:limit]]


def _whole(wanted: str, text: str) -> int | None:
    """The score of a query that occurs as it is: in the last part of a path, at a beginning, anywhere."""
    if not wanted:
        return 0
    at = text.rfind(wanted)
    if at < 0:
        return None
    in_name = at > text.rstrip("/").rfind("/")
    return 1000 * len(wanted) + 400 * in_name + 300 * _begins_word(text, at) - min(len(text), 200)


def _begins_word(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] in _BOUNDARIES
