"""A record as it is stored, and whether it is what the audit log says was stored."""

from dataclasses import dataclass

from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.errors import StorageError
from blufio_tui.core.replay.record import digest, outline


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A record as bytes, before anybody vouches for it.

    Attributes:
        seq: the number of its row in the audit log; 0 before it has one.
        module_sha256: of the module that ran; "" for a script, whose source is in the record.
        created: seconds since the epoch.
        size: of the body in bytes, as stored beside it.
    """

    call_id: str
    session_id: str
    skill: str
    content_hash: str
    module_sha256: str
    created: float
    body: bytes
    size: int
    seq: int = 0


def why_unsound(call: StoredCall, row: AuditEntry | None) -> str:
    """What says that a record is not the one that was stored, as the end of a sentence; "" when it is.

    Args:
        row: the row of its number, checked against the key of the log; None when there is none.
    """
    if row is None or row.row_type is not RowType.RECORD or digest(call.body) != row.body_sha256:
        return "is not the one that the audit log names: it was changed, or its row is gone"
    in_row = (row.call_id, row.session_id, row.actor, row.actor_hash, row.body_bytes)
    if in_row != (call.call_id, call.session_id, call.skill, call.content_hash, call.size):
        return "is stored under other names than the audit log has for it"
    try:
        inside = outline(call.body)
    except StorageError as error:
        return f"cannot be read: {error}"
    if inside != (call.call_id, call.session_id, call.skill, call.content_hash, call.created, call.module_sha256):
        return "is stored under other names than are in it"
    return ""
