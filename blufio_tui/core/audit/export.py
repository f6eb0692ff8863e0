"""Rows of the audit log as JSON and CSV."""

import csv
import datetime
import io
from collections.abc import Iterable

from blufio_tui.core.audit.rows import AuditRow, Verification
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_text import json_text
from blufio_tui.core.text.json_types import JsonObject

FIELDS = (
    *("seq", "ts", "time", "type", "kind", "resource", "decision", "decided_by", "rule", "outcome", "bytes"),
    *("duration_ms", "detail", "actor", "actor_version", "actor_hash", "session_id", "turn_id", "call_id"),
    *("host_call_id", "body_sha256", "about_seq", "row_hash"),
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def row_json(row: AuditRow) -> JsonObject:
    """`ts` in seconds since the epoch, `time` the same in UTC."""
    entry = row.entry
    return {
        "seq": row.seq,
        "ts": row.ts,
        "time": _utc(row.ts),
        "type": str(entry.row_type),
        "kind": entry.kind,
        "resource": entry.resource,
        "decision": entry.decision,
        "decided_by": entry.decided_by,
        "rule": entry.rule,
        "outcome": entry.outcome,
        "bytes": entry.body_bytes,
        "duration_ms": entry.duration_ms,
        "detail": entry.detail,
        "actor": entry.actor,
        "actor_version": entry.actor_version,
        "actor_hash": entry.actor_hash,
        "session_id": entry.session_id,
        "turn_id": entry.turn_id,
        "call_id": entry.call_id,
        "host_call_id": entry.host_call_id,
        "body_sha256": entry.body_sha256,
        "about_seq": entry.about_seq,
        "row_hash": row.row_hash,
    }


def verification_json(result: Verification) -> JsonObject:
    if result.ok:
        return {"ok": True, "rows": result.rows, **({"notes": list(result.notes)} if result.notes else {})}
    return {"ok": False, "first_bad_seq": result.first_bad_seq, "reason": result.reason, "rows": result.rows}


def jsonl_line(row: AuditRow) -> str:
    return json_text(row_json(row)) + "\n"


def csv_header() -> str:
    return _csv_line(FIELDS)


def csv_line(row: AuditRow) -> str:
    """A spreadsheet must not take a path or a URL for a formula: such cells begin with an apostrophe. Control and
    invisible characters are escaped."""
    values = row_json(row)
    return _csv_line(_inert(values[name]) for name in FIELDS)


def _inert(value: object) -> object:
    if not isinstance(value, str):
        return value
    return visible_line(f"'{value}" if value.lstrip(" ").startswith(_FORMULA_STARTS) else value)


def _csv_line(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def _utc(seconds: float) -> str:
    try:
        moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
