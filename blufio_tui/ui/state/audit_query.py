"""What one types above the audit log, as a filter: `deny net yesterday example.com`."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from blufio_tui.core.audit import AuditFilter
from blufio_tui.core.capability import Kind, Verdict

KINDS = frozenset({*(kind.value for kind in Kind), "install", "update", "remove", "grant", "revoke", "limit", "mode"})
_DECISIONS = {"allow": Verdict.ALLOW, "allowed": Verdict.ALLOW, "deny": Verdict.DENY, "denied": Verdict.DENY}


@dataclass(frozen=True, slots=True)
class Days:
    """A stretch of local days as seconds since the epoch."""

    since: float
    until: float


def parse_audit_query(text: str, now: float) -> AuditFilter:
    """Words that name a kind, a decision or a day narrow; `by:NAME` is the actor; the rest is looked for as text."""
    where, rest = AuditFilter(), []
    for word in text.split():
        days = _days(word.lower(), now)
        if word.lower() in KINDS:
            where = replace(where, kind=word.lower())
        elif word.lower() in _DECISIONS:
            where = replace(where, decision=_DECISIONS[word.lower()].value)
        elif word.startswith("by:") and len(word) > 3:
            where = replace(where, actor=word[3:])
        elif days is not None:
            where = replace(where, since=days.since, until=days.until)
        else:
            rest.append(word)
    return replace(where, text=" ".join(rest))


def _days(word: str, now: float) -> Days | None:
    today = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {"today": today, "yesterday": today - timedelta(days=1)}
    if word not in starts:
        return None
    start = starts[word]
    return Days(start.timestamp(), (start + timedelta(days=1)).timestamp())
