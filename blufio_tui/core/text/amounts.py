"""Numbers as people read them: short, aligned, never more exact than they are."""

import re
from datetime import datetime

_LONGEST = 1e12


def duration(milliseconds: float) -> str:
    """At most 6 characters: `0 ms`, `840 ms`, `12.3 s`, `4m05s`; `?` for a damaged row's, which nothing took."""
    if not abs(milliseconds) < _LONGEST:
        return "?"
    if milliseconds < 10 and milliseconds > 0:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1000
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    return _minutes(round(seconds))


def _minutes(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest:02d}s" if minutes < 100 else f"{minutes // 60}h{minutes % 60:02d}m"


def whole_seconds(seconds: float) -> str:
    """For what continues: `0 s`, `59 s`, `1m05s`, `2h03m`."""
    passed = int(max(seconds, 0.0))
    return f"{passed} s" if passed < 60 else _minutes(passed)


def short(count: float) -> str:
    """At most 5 characters: `950`, `12.3k`, `1.5M`, `2.0G`."""
    for limit, divisor, unit in ((1e3, 1, ""), (1e6, 1e3, "k"), (1e9, 1e6, "M"), (1e12, 1e9, "G")):
        if count < limit * 0.9995:
            value = count / divisor
            return f"{value:.0f}{unit}" if not unit or value >= 99.95 else f"{value:.1f}{unit}"
    return f"{count / 1e12:.1f}T"


def size(count: int) -> str:
    """Bytes: `0 B`, `312 B`, `4.5 KiB`, `1.2 MiB`."""
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError("unreachable")


def dollars(amount: float | None) -> str:
    """`$0.0042` below a cent, `$1.25` above; `$?` when the price is not known."""
    if amount is None:
        return "$?"
    if amount == 0:
        return "$0"
    if not abs(amount) < 1e12:
        return f"${amount:.0e}"
    return f"${amount:.4f}" if amount < 0.1 else f"${amount:,.2f}"


def clock_time(timestamp: float) -> str:
    return local_time(timestamp, "%H:%M:%S")


def date_time(timestamp: float) -> str:
    return local_time(timestamp, "%Y-%m-%d %H:%M:%S")


def local_time(timestamp: float, form: str) -> str:
    """Seconds since the epoch as `strftime` shows them here; question marks for a damaged row's, which is not a
    time."""
    try:
        return datetime.fromtimestamp(timestamp).astimezone().strftime(form)
    except (ValueError, OverflowError, OSError):
        return re.sub("[0-9]", "?", datetime(2000, 1, 1).strftime(form))


def plural(count: int, noun: str) -> str:
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("ry") else f"{count:,} {noun}s"


def ago(seconds: float) -> str:
    """At most 4 characters: `now`, `5m`, `3h`, `12d`, `8mo`, `2y`."""
    minutes = max(seconds, 0.0) / 60
    if minutes < 1:
        return "now"
    for limit, divisor, unit in ((60, 1, "m"), (1_440, 60, "h"), (43_200, 1_440, "d"), (525_600, 43_200, "mo")):
        if minutes < limit:
            return f"{int(minutes // divisor)}{unit}"
    return f"{int(minutes // 525_600)}y"
