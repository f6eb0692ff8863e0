"""A typed lifetime as a change to a stored answer. Pure."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from blufio_tui.core.errors import UsageError
from blufio_tui.core.policy.approval import Lifetime
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.text.amounts import local_time

HELP = "session, always, a time from now (30m, 8h, 7d), or a day (2026-01-31, 2026-01-31 18:00)"

_FROM_NOW = re.compile(r"(\d{1,4})\s*([mhd])\Z")
_UNITS = {"m": 60, "h": 3600, "d": 86_400}
_FORMATS = ("%Y-%m-%d %H:%M", "%Y-%m-%d")


def with_lifetime(grant: Grant, typed: str, *, now: float, session_id: str) -> Grant:
    """The grant with another lifetime.

    Args:
        now: seconds since the epoch.
        session_id: the session that is open, "" if none is.

    Raises:
        UsageError: what was typed is no lifetime, or one that is over already.
    """
    word = typed.strip().lower()
    if word in ("always", "forever"):
        return replace(grant, lifetime=Lifetime.FOREVER, session_id="", expires=0.0)
    if word == "session":
        if not session_id:
            raise UsageError("No session is open, so the answer cannot be bound to one.")
        return replace(grant, lifetime=Lifetime.SESSION, session_id=session_id, expires=0.0)
    expires = _expiry(word, now)
    if expires is None:
        raise UsageError(f"“{typed.strip()[:40]}” is not a lifetime. It can be: {HELP}.")
    if expires <= now:
        raise UsageError("That time is in the past; revoke the answer instead.")
    return replace(grant, lifetime=Lifetime.UNTIL, session_id="", expires=expires)


def _expiry(word: str, now: float) -> float | None:
    """A bare day means its end."""
    if match := _FROM_NOW.match(word):
        return now + int(match[1]) * _UNITS[match[2]]
    for form in _FORMATS:
        try:
            moment = datetime.strptime(word, form)
        except ValueError:
            continue
        return (moment if "%H" in form else moment + timedelta(days=1)).timestamp()
    return None


def typed_lifetime(grant: Grant) -> str:
    """The lifetime as one would type it."""
    match grant.lifetime:
        case Lifetime.UNTIL:
            return local_time(grant.expires, _FORMATS[0])
        case Lifetime.FOREVER:
            return "always"
        case _:
            return "session"
