"""Rows of the audit log as values, and what can be asked of the log."""

from dataclasses import dataclass
from enum import StrEnum

from blufio_tui.core.text.display import visible_line


class RowType(StrEnum):
    """What a row records. An effect has a `decision` row and, once done or failed, an `outcome` row."""

    DECISION = "decision"
    OUTCOME = "outcome"
    INSTALL = "install"
    UPDATE = "update"
    REMOVE = "remove"
    GRANT = "grant"
    REVOKE = "revoke"
    LIMIT = "limit"
    MODE = "mode"
    UNDO = "undo"
    CHANGE = "change"
    """A file of the policy was changed by another program, or a person confirmed such a change."""
    EFFECTS = "effects"
    """What a caged command did in all: counts, and the digest of the stored list."""
    ERASE = "erase"
    """Stored content was deleted, by a person or because it was old enough; the rows of the log stay."""
    RECORD = "record"
    """What a call got from outside was recorded: the digest of the record, which is stored apart."""
    BREAK = "break"
    """Rows that were there before were found missing when this one was written."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """The content of one row; the log adds `seq`, time and hashes.

    Attributes:
        kind: `fs.read fs.write net env exec install update remove grant revoke limit mode undo erase record`.
        resource: canonical target, secrets redacted.
        actor, actor_version, actor_hash: who asked.
        decision, decided_by, rule: "" if the row is not about a decision.
        outcome: `ok`, `denied`, `error: …`, or "" for a decision whose outcome is not known (yet).
        about_seq: for an `outcome` row, the decision row it belongs to.
        body_sha256, body_bytes: of the payload sent or received; the body itself is not stored.
        detail: what else a person should see (HTTP method and status, operation, …), one line.
    """

    row_type: RowType
    kind: str
    resource: str
    actor: str = ""
    actor_version: str = ""
    actor_hash: str = ""
    session_id: str = ""
    turn_id: str = ""
    call_id: str = ""
    host_call_id: str = ""
    decision: str = ""
    decided_by: str = ""
    rule: str = ""
    outcome: str = ""
    about_seq: int = 0
    body_sha256: str = ""
    body_bytes: int = 0
    duration_ms: float = 0.0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A stored row. `ts` is in seconds since the epoch.

    A page of the log shows a decision together with its outcome: `entry.outcome`, `body_*` and
    `duration_ms` of a decision row are filled in from its outcome row when there is one.
    """

    seq: int
    ts: float
    entry: AuditEntry
    row_hash: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """All conditions must hold; empty means any. `text` is matched anywhere, ignoring case."""

    actor: str = ""
    kind: str = ""
    decision: str = ""
    session_id: str = ""
    call_id: str = ""
    since: float = 0.0
    until: float = 0.0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of checking the chain. `first_bad_seq` is 0 if `ok`.

    Attributes:
        notes: oddities that are not evidence of tampering, such as a clock that went back.
    """

    ok: bool
    rows: int
    first_bad_seq: int = 0
    reason: str = ""
    notes: tuple[str, ...] = ()


def rely_not(doubt: str) -> str:
    """What `AuditLog.doubt` found, as a sentence for people."""
    return f"do not rely on these rows: {visible_line(doubt)}; `blufio-tui audit verify` checks the whole log"
