"""JSON as the standard has it: without the constants and the infinite numbers that Python's own parser lets in."""

import json
import math
from typing import Any, NoReturn


def loads(text: str) -> Any:
    """
    Raises:
        ValueError: it is not JSON, or holds a number that no double can.
        RecursionError: it is nested too deeply.
    """
    return json.loads(text, parse_constant=_refuse, parse_float=_finite)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"the number {digits[:40]} is too large")
    return number
