"""What one types above the audit log, as a filter: `deny net yesterday example.com`."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from blufio_tui.core.audit.rows import AuditFilter
from blufio_tui.core.capability import Kind, Verdict

KINDS = frozenset({*(kind.value for kind in Kind), "install", "update", "remove", "grant", "revoke", "limit", "mode"})
_DECISIONS = {"allow": Verdict.ALLOW, "allowed": Verdict.ALLOW, "deny": Verdict.DENY, "denied": Verdict.DENY}


@dataclass(frozen=True, slots=True)
class Days:
    """A stretch of local days as seconds since the epoch; 0 if it is open."""

    since: float = 0.0
    until: float = 0.0


def parse_audit_query(text: str, now: float) -> AuditFilter:
    """Words that name a kind, a decision or a day narrow; `by:NAME` is the actor, `session:ID` the session,
    `since:DAY` and `until:DAY` bound the time; the rest is looked for as text."""
    where, rest = AuditFilter(), []
    for word in text.split():
        name, _, value = word.partition(":")
        days = _days(word.lower(), now)
        if word.lower() in KINDS:
            where = replace(where, kind=word.lower())
        elif word.lower() in _DECISIONS:
            where = replace(where, decision=_DECISIONS[word.lower()].value)
        elif name == "by" and value:
            where = replace(where, actor=value)
        elif name == "session" and value:
            where = replace(where, session_id=value)
        elif days is not None:
            where = replace(where, since=days.since or where.since, until=days.until or where.until)
        else:
            rest.append(word)
    return replace(where, text=" ".join(rest))


def _days(word: str, now: float) -> Days | None:
    """`today`, `yesterday`, `2026-01-31`, `since:…` and `until:…` of these; None for other words."""
    bound, _, day = word.rpartition(":")
    start = _day(day, now)
    if start is None or bound not in ("", "since", "until"):
        return None
    end = start + timedelta(days=1)
    return Days(
        since=start.timestamp() if bound != "until" else 0.0,
        until=end.timestamp() if bound != "since" else 0.0,
    )


def _day(word: str, now: float) -> datetime | None:
    today = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if word in ("today", "yesterday"):
        return today if word == "today" else today - timedelta(days=1)
    try:
        return datetime.strptime(word, "%Y-%m-%d")
    except ValueError:
        return None
