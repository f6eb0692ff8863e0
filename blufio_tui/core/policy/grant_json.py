"""Grants as JSON and as lines for people."""

from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.wording import day_and_time, lifetime_in_words, pattern_in_words
from blufio_tui.core.text.json_types import JsonObject


def grant_json(grant: Grant) -> JsonObject:
    """Times in seconds since the epoch, `expires` null for never."""
    return {
        "id": grant.grant_id,
        "verdict": str(grant.verdict),
        "actor": grant.actor_name,
        "actor_kind": str(grant.actor_kind),
        "publisher": grant.publisher,
        "content_hash": grant.content_hash,
        "kind": str(grant.kind),
        "scope": str(grant.scope),
        "pattern": grant.pattern,
        "cwd": grant.cwd,
        "lifetime": str(grant.lifetime),
        "session_id": grant.session_id,
        "created": grant.created,
        "expires": grant.expires or None,
        "note": grant.note,
    }


def grant_line(grant: Grant) -> str:
    where = f" in {grant.cwd}" if grant.cwd else ""
    bound = f", bound to {grant.content_hash[:12]}" if grant.content_hash else ""
    since = f", since {day_and_time(grant.created)}" if grant.created else ""
    what = f"{grant.verdict} {grant.actor_name} {grant.kind} {pattern_in_words(grant.scope, grant.pattern)}"
    return f"{grant.grant_id}  {what}{where}  ({lifetime_in_words(grant)}{since}{bound})"
