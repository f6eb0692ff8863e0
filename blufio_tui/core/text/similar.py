"""Which known word a misspelt one was meant to be, and which names a person could take for one another."""

from collections.abc import Iterable

# Glyphs that many fonts draw alike, folded to one of them.
_FOLDS = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "2": "z", "8": "b", "_": "-"})


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


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` is most likely a misspelling of, or None when none is close."""
    ranked = sorted((distance(word.lower(), candidate.lower()), candidate) for candidate in candidates)
    if not ranked:
        return None
    edits, best = ranked[0]
    return best if edits <= max(2, len(best) // 3) and edits < len(best) else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """`; did you mean "x"?` for the end of a message, or "" when nothing is close."""
    best = nearest(word, candidates)
    return f'; did you mean "{best}"?' if best else ""


def skeleton(name: str) -> str:
    """What a name looks like at a glance: equal skeletons are easily taken for one another."""
    return name.lower().replace("rn", "m").replace("vv", "w").translate(_FOLDS).strip("-")


def look_alike(name: str, others: Iterable[str]) -> str | None:
    """A different name among `others` that looks like `name`."""
    shape = skeleton(name)
    return next((other for other in others if other != name and skeleton(other) == shape), None)
