"""Text that every match of a regular expression contains: a plain look for it rules out most files.

It is about ASCII only, so that it is the same in a file's bytes as in its decoded text.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=64)
def required_text(pattern: str) -> str:
    """The longest such text without line ends, "" if none is certain.

    Args:
        pattern: an expression of Python's `re`.
    """
    try:
        parsed = re._parser.parse(pattern)  # type: ignore[attr-defined]
    except (re.error, RecursionError, OverflowError):
        return ""
    if parsed.state.flags & (re.IGNORECASE | re.LOCALE):
        return ""
    return max((run.strip("\r\n") for run in _runs(parsed)), key=len, default="")


def _runs(tokens: Iterable[Any]) -> list[str]:
    """Pieces of literal text that are all there in every match of the tokens, one after the other."""
    runs = [""]
    for operation, argument in tokens:
        match str(operation):
            case "LITERAL" if _is_plain(argument):
                runs[-1] += chr(argument)
            case "AT":  # a place takes no text
                pass
            case "SUBPATTERN" if not argument[1]:
                runs += [*_runs(argument[3]), ""]
            case "ATOMIC_GROUP":
                runs += [*_runs(argument), ""]
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT" if argument[0] > 0:
                runs += [*_runs(argument[2]), ""]
            case _:
                runs.append("")
    return runs


def _is_plain(code: int) -> bool:
    return code < 128 and code not in (0, 10, 13)
