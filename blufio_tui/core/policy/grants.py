"""Stored answers: what a person allowed or denied for longer than one call."""

from dataclasses import dataclass

from blufio_tui.core.capability import ActorKind, Kind, Verdict
from blufio_tui.core.policy.approval import Lifetime, Scope


@dataclass(frozen=True, slots=True)
class Grant:
    """One stored answer, bound to the actor's name, publisher and content hash.

    Attributes:
        grant_id: short, unique, shown to people.
        pattern: a canonical target (EXACT), a declared pattern (DECLARED) or `*` (KIND).
        session_id: the session it lives in (SESSION), else "".
        created, expires: seconds since the epoch; `expires` 0 means never.
        cwd: for a command, the folder it was allowed in; "" means any.
    """

    grant_id: str
    verdict: Verdict
    actor_kind: ActorKind
    actor_name: str
    publisher: str
    content_hash: str
    kind: Kind
    scope: Scope
    pattern: str
    lifetime: Lifetime
    session_id: str = ""
    created: float = 0.0
    expires: float = 0.0
    note: str = ""
    cwd: str = ""
