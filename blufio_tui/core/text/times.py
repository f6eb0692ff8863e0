"""Points in time as people type them: `2026-03-01`, `2026-03-01 14:30`, `14:30`, `90m`, `2h`, `7d`."""

import datetime
import re

from blufio_tui.core.errors import UsageError

_SPAN = re.compile(r"(\d{1,6})\s*([smhdw])")
_UNIT_SECS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


def moment_before(text: str, now: float) -> float:
    """Seconds since the epoch; a span such as `2h` counts back from `now`."""
    return _moment(text, now, sign=-1)


def moment_after(text: str, now: float) -> float:
    """Seconds since the epoch; a span such as `7d` counts on from `now`."""
    return _moment(text, now, sign=1)


def midnight(now: float) -> float:
    """The beginning of the local day, in seconds since the epoch."""
    today = datetime.datetime.fromtimestamp(now)
    return today.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def _moment(text: str, now: float, *, sign: int) -> float:
    """
    Raises:
        UsageError: it is not one of the forms above.
    """
    text = text.strip()
    try:
        if span := _SPAN.fullmatch(text):
            return now + sign * int(span[1]) * _UNIT_SECS[span[2]]
        if clock := _CLOCK.fullmatch(text):
            today = datetime.datetime.fromtimestamp(now)
            return today.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0).timestamp()
        return datetime.datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        forms = "2026-03-01, 2026-03-01T14:30, 14:30, 90m, 2h or 7d"
        raise UsageError(f"{text!r} is not a time; write it as {forms}") from error
