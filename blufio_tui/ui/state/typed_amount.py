"""A typed amount of money. Pure."""

import math

from blufio_tui.core.errors import UsageError

_LEAST = 0.0001


def amount_of(typed: str) -> float:
    """US dollars.

    Raises:
        UsageError: not an amount, or one too small to tell from none, which would mean no limit.
    """
    text = typed.strip().removeprefix("$").strip()
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount) or amount < 0:
        raise UsageError(f"“{typed.strip()[:20]}” is not an amount of US dollars, such as 2.50 (0 means no limit).")
    if 0 < amount < _LEAST:
        raise UsageError(f"The smallest limit is ${_LEAST}.")
    return round(amount, 4)
