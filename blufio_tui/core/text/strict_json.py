"""JSON that a stranger wrote, or a file that anybody may have damaged."""

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn

MAX_DEPTH = 200
"""Levels. What goes through every function of Python by itself at each level must end well below its own limit,
wherever it is called from: parsing is, but not writing out again or drawing."""


def parsed(text: str | bytes) -> Any:
    """JSON as Python's own parser takes it, with its constants.

    Raises:
        ValueError: it is not JSON, or nested too deeply.
    """
    return _shallow(text, json.loads)


def loads(text: str) -> Any:
    """JSON as the standard has it: without the constants and the infinite numbers that Python's own parser lets in.

    Raises:
        ValueError: it is not JSON, nested too deeply, or holds a number that no double can.
    """
    return _shallow(text, however_deep)


def however_deep(text: str | bytes) -> Any:
    """As `loads`, for who looks at the levels itself.

    Raises:
        ValueError: as `loads`.
        RecursionError: it is nested so deeply that it cannot be read.
    """
    return json.loads(text, parse_constant=_refuse, parse_float=_finite)


def _shallow(text: str | bytes, load: Callable[[str | bytes], Any]) -> Any:
    try:
        value = load(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if _may_be_deep(text) and _is_deep(value):
        raise ValueError("it is nested too deeply")
    return value


def _may_be_deep(text: str | bytes) -> bool:
    """Counting brackets is a hundred times faster than looking."""
    if isinstance(text, bytes):
        return text.count(b"[") + text.count(b"{") > MAX_DEPTH
    return text.count("[") + text.count("{") > MAX_DEPTH


def _is_deep(value: Any) -> bool:
    """Level by level, so that nothing calls itself."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"the number {digits[:40]} is too large")
    return number
