"""Which known word a misspelt one was meant to be, and which names a person could take for one another."""

from collections.abc import Iterable

# Glyphs that many fonts draw alike, folded to one of them.
_FOLDS = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "2": "z", "8": "b", "_": "-"})

_LEAST_PART = 3
"""Fewer letters are a part of nearly everything."""


def distance(left: str, right: str) -> int:
    """Edits between two words: insert, delete, replace, or swap two neighbours."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        two_back, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, two_back[j - 2] + 1)
            row.append(cost)
    return row[-1]


def near(word: str, candidates: Iterable[str]) -> list[str]:
    """The candidates that `word` may be a misspelling or a part of, the likeliest first."""
    ranked: list[tuple[int, str]] = []
    for name in candidates:
        most_edits = min(max(2, len(name) // 3), len(name) - 1)
        if abs(len(word) - len(name)) <= most_edits:  # comparing takes the product of both lengths
            edits = distance(word.lower(), name.lower())
            if edits <= most_edits:
                ranked.append((edits, name))
                continue
        if len(word) >= _LEAST_PART and word.lower() in name.lower():
            ranked.append((len(name) - len(word), name))
    return [name for _, name in sorted(ranked)]


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was most likely meant by `word`, or None if none is close."""
    return next(iter(near(word, candidates)), None)


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """`; did you mean "x"?` for the end of a message, or "" if nothing is close."""
    best = nearest(word, candidates)
    return f'; did you mean "{best}"?' if best else ""


def skeleton(name: str) -> str:
    """What a name looks like at a glance: equal skeletons are easily taken for one another."""
    return name.lower().replace("rn", "m").replace("vv", "w").translate(_FOLDS).strip("-")


def look_alike(name: str, others: Iterable[str]) -> str | None:
    """A different name among `others` that looks like `name`."""
    shape = skeleton(name)
    return next((other for other in others if other != name and skeleton(other) == shape), None)
