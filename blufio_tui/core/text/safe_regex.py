"""Whether a regular expression from outside can be run without the risk that it never ends.

Python's `re` backtracks, holds the interpreter while it does and cannot be stopped. Expressions whose worst
case is more than quadratic are refused: a repeat inside a repeat, or more than two open repeats.
"""

import re
from functools import lru_cache
from typing import Any

_MAX_PATTERN = 500
_MAX_OPEN_REPEATS = 2
_MANY = 10


@lru_cache(maxsize=512)
def is_safe(pattern: object) -> bool:
    """True for an expression that compiles and whose running time is bounded."""
    if not isinstance(pattern, str) or len(pattern) > _MAX_PATTERN:
        return False
    try:
        re.compile(pattern)
        return _open_repeats(re._parser.parse(pattern)) <= _MAX_OPEN_REPEATS  # type: ignore[attr-defined]
    except (re.error, RecursionError, OverflowError):
        return False


def syntax_problem(pattern: str) -> str:
    """Why it is not a regular expression, "" for one that is, or is too long to be looked at."""
    try:
        re.compile(pattern[: _MAX_PATTERN + 1])
    except (re.error, RecursionError, OverflowError) as error:
        return "" if len(pattern) > _MAX_PATTERN else str(error)
    return ""


_REFUSED = 1_000


def _open_repeats(tokens: Any) -> int:
    """How many repeats without a small bound there are; `_REFUSED` or more when one holds another."""
    return sum(_repeats_in(token) for token in tokens)


def _repeats_in(token: Any) -> int:
    operation, argument = str(token[0]), token[1]
    match operation:
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            low, high, inner = argument
            return _repeat(low, int(high), _open_repeats(inner), _is_ambiguous(inner))
        case "GROUPREF" | "GROUPREF_EXISTS":
            return _REFUSED
        case "BRANCH":
            return sum(_open_repeats(branch) for branch in argument[1])
        case "SUBPATTERN":
            return _open_repeats(argument[3])
        case "ATOMIC_GROUP":
            return _open_repeats(argument)
        case "ASSERT" | "ASSERT_NOT":
            return _open_repeats(argument[1])
        case _:
            return 0


def _repeat(low: int, high: int, inner: int, ambiguous: bool) -> int:
    if high <= 1:
        return inner
    if inner or ambiguous:
        return _REFUSED
    return 1 if high > _MANY or high - low > _MANY else 0


def _is_ambiguous(tokens: Any) -> bool:
    """A choice or an optional part inside a repeat can match one text in several ways."""
    for token in tokens:
        operation, argument = str(token[0]), token[1]
        if operation in ("BRANCH", "MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return True
        if operation == "SUBPATTERN" and _is_ambiguous(argument[3]):
            return True
    return False
