"""An audit row as one line, and whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from blufio_tui.core.text import visible, visible_line
from blufio_tui.ui.content.amounts import clock_time, date_time, duration
from blufio_tui.ui.content.columns import cell, labelled, middle_cut, near
from blufio_tui.ui.content.symbols import DECIDERS, NO_DECIDER, NO_VERDICT, VERDICTS

if TYPE_CHECKING:
    from blufio_tui.core.audit import AuditRow

_KIND_WIDTH = 9
_DECIDER_WIDTH = 12


def audit_row(row: AuditRow, width: int, project: Path | None = None) -> Content:
    """`12:03:04 ✓ fs.read   /path/…   ≡ manifest   text-stats`; the right columns go first when it is narrow."""
    entry = row.entry
    named = width >= 48
    actor_width = 16 if width >= 76 else 0
    room = width - 9 - 2 - _KIND_WIDTH - (_DECIDER_WIDTH + 1 if named else 2) - (actor_width + 1 if actor_width else 0)
    resource = Content(middle_cut(visible_line(near(entry.resource, project)), room))
    if entry.outcome.startswith("error"):
        resource = resource.stylize("$warn")
    decider = DECIDERS.get(entry.decided_by, NO_DECIDER)
    parts: list[Content | str] = [
        Content.styled(clock_time(row.ts) + " ", "$muted"),
        VERDICTS.get(entry.decision, NO_VERDICT)(),
        " ",
        cell(Content(visible_line(entry.kind)), _KIND_WIDTH),
        cell(resource, room),
        " ",
        cell(Content.assemble(decider(), (" " + entry.decided_by, decider.style)), _DECIDER_WIDTH)
        if named
        else decider(),
    ]
    if actor_width:
        parts += [" ", cell(Content.styled(visible_line(entry.actor), "$muted"), actor_width)]
    return Content.assemble(*parts)


def audit_details(row: AuditRow, width: int) -> list[Content]:
    """Every field of the row that is not empty, nothing cut."""
    entry = row.entry
    decision = Content("")
    if entry.decision:
        mark, decider = VERDICTS.get(entry.decision, NO_VERDICT), DECIDERS.get(entry.decided_by, NO_DECIDER)
        decision = Content.assemble(mark(), f" {entry.decision} by ", decider(), f" {entry.decided_by}")
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
