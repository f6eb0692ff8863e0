"""A record as it is stored, whether it is what the audit log says was stored, and which records are missing."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.errors import StorageError
from blufio_tui.core.replay.record import digest, outline
from blufio_tui.core.text.amounts import plural

KEPT = "kept until a row says that it was erased"
"""The rule of each row about a record that is stored. Rows of earlier versions, which erased without a row, lack it."""
_MADE_ROOM = "the records of calls up to row "
_UP_TO = re.compile(rf"{_MADE_ROOM}([0-9]{{1,19}})")


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


def made_room(last_seq: int, count: int, freed: str, limit: str) -> AuditEntry:
    """The row that says that old records were erased to make room.

    Args:
        last_seq: of the newest of them: every record of this row or an earlier one is gone.
        freed, limit: sizes in words.
    """
    return AuditEntry(
        RowType.ERASE,
        "erase",
        f"{_MADE_ROOM}{last_seq}",
        actor="audit log",
        rule=f"records take up {limit} at most",
        outcome="ok",
        detail=f"{plural(count, 'record')} ({freed})",
    )


@dataclass(frozen=True, slots=True)
class RecordRow:
    """What a row of the log says of records: that one was stored, or that some were erased.

    Attributes:
        is_record: it is about one record that was stored; else it is about an erasure.
        resource: of an erasure.
    """

    seq: int
    is_record: bool
    call_id: str
    session_id: str
    resource: str


def first_missing(rows: Iterable[RecordRow], stored: Collection[int]) -> RecordRow | None:
    """The first row of a record that is gone although no later row says that it was erased.

    Args:
        rows: in any order.
        stored: the numbers of the rows whose records are there.
    """
    gone, erased_sessions, made_room_to = list[RecordRow](), dict[str, int](), list[tuple[int, int]]()
    for row in rows:
        if row.is_record:
            if row.seq not in stored:
                gone.append(row)
        elif row.session_id:
            erased_sessions[row.session_id] = max(row.seq, erased_sessions.get(row.session_id, 0))
        elif match := _UP_TO.fullmatch(row.resource):
            made_room_to.append((row.seq, int(match[1])))
    last_made_room = max((last for seq, last in made_room_to if last < seq), default=0)
    unexplained = (row for row in gone if row.seq > last_made_room and row.seq > erased_sessions.get(row.session_id, 0))
    return min(unexplained, key=lambda row: row.seq, default=None)
