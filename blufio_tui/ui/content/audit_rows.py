"""An audit row as one line, and in full."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from blufio_tui.core.text.amounts import clock_time, date_time, duration
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui.content.event_sentences import BY
from blufio_tui.ui.content.resources import short_resource
from blufio_tui.ui.content.symbols import DECIDERS, NO_DECIDER, NO_VERDICT, VERDICTS
from blufio_tui.ui.text.columns import cell, labelled, right_cell

if TYPE_CHECKING:
    from blufio_tui.core.audit.rows import AuditRow

_KIND_WIDTH = 9
_DECIDER_WIDTH = 12
_SHORT_DECIDER = 9
_ACTOR_WIDTH = 16
_OUTCOME_WIDTH = 16
_TOOK_WIDTH = 7


def audit_row(row: AuditRow, width: int, project: Path | None = None, *, in_words: bool = False) -> Content:
    """`12:03:04 ✓ fs.read   /path/…   ≡ manifest   text-stats`; where it is narrow the right columns go first, where
    it is wide the day, the outcome and the time it took are there, too. `in_words` leaves out the mark of who decided:
    the word stands beside it."""
    entry = row.entry
    when = Content.styled((date_time(row.ts)[5:] if width >= 96 else clock_time(row.ts)) + " ", "$muted")
    right = _right_columns(row, width, in_words=in_words)
    room = width - when.cell_length - 2 - _KIND_WIDTH - right.cell_length
    resource = Content(short_resource(entry.kind, entry.resource, room, project))
    if entry.outcome.startswith("error"):
        resource = resource.stylize("$warn")
    verdict = VERDICTS.get(entry.decision, NO_VERDICT)()
    kind = cell(Content(visible_line(entry.kind)), _KIND_WIDTH)
    return Content.assemble(when, verdict, " ", kind, cell(resource, room), right)


def _right_columns(row: AuditRow, width: int, *, in_words: bool) -> Content:
    """Decider, actor and outcome: as many as leave enough room for the resource."""
    entry = row.entry
    decider = DECIDERS.get(entry.decided_by, NO_DECIDER)
    who = decided_by(entry.decided_by)
    mark = Content(" ") if in_words else decider()
    parts = [Content(" "), cell(Content.assemble(mark, (" " + who, decider.style)), _DECIDER_WIDTH)]
    if width < 44:
        return cell(Content.styled(" " + who, decider.style), _SHORT_DECIDER)
    if width >= 76:
        parts += [Content(" "), cell(Content.styled(visible_line(entry.actor), "$muted"), _ACTOR_WIDTH)]
    if width >= 128:
        took = duration(entry.duration_ms) if entry.duration_ms else ""
        outcome = Content.styled(
            visible_line(entry.outcome), "$warn" if entry.outcome.startswith("error") else "$muted"
        )
        parts += [Content(" "), cell(outcome, _OUTCOME_WIDTH), right_cell(took, _TOOK_WIDTH, "$muted")]
    return Content.assemble(*parts)


_WORDS = {"user": "you", "user-rule": "your rule", "never-rule": "never", "timeout": "timeout"}


def decided_by(decider: str) -> str:
    """Who decided, in a word or two: `you`, `your rule`, `manifest`, `grant`."""
    return _WORDS.get(decider, decider)


def decision_in_words(decision: str, decider: str) -> Content:
    """`✓ allowed by ● you`."""
    said = {"allow": "allowed", "deny": "denied"}.get(decision, decision)
    mark, symbol = VERDICTS.get(decision, NO_VERDICT)(), DECIDERS.get(decider, NO_DECIDER)()
    return Content.assemble(mark, f" {said} by ", symbol, f" {BY.get(decider, decider)}")


def audit_details(row: AuditRow, width: int) -> list[Content]:
    """Every non-empty field of the row, uncut."""
    entry = row.entry
    decision = Content("")
    if entry.decision:
        decision = decision_in_words(entry.decision, entry.decided_by)
    who = " ".join(part for part in (entry.actor, entry.actor_version) if part)
    body = f"{entry.body_bytes:,} bytes, sha256 {entry.body_sha256}" if entry.body_sha256 else ""
    fields: list[tuple[str, Content | str]] = [
        ("row", f"#{row.seq} {entry.row_type.value}, {date_time(row.ts)}"),
        ("kind", entry.kind),
        ("resource", visible(entry.resource)),
        ("who", visible(who)),
        ("content", f"sha256 {entry.actor_hash}" if entry.actor_hash else ""),
        ("decision", decision),
        ("rule", visible(entry.rule)),
        ("outcome", visible(entry.outcome)),
        ("detail", visible(entry.detail)),
        ("body", body),
        ("took", duration(entry.duration_ms) if entry.duration_ms else ""),
        ("session", entry.session_id),
        ("call", entry.call_id),
        ("chain", row.row_hash),
    ]
    return [line for label, value in fields if value for line in labelled(label, value, width)]
