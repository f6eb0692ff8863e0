"""Where a file or a line comes from: the effect, its call and prompt, who allowed it, and whether its row is intact."""

from dataclasses import dataclass

from blufio_tui.core.audit.rows import AuditRow
from blufio_tui.core.proof.line_history import Source
from blufio_tui.core.text.amounts import date_time, plural
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import JsonObject

_MOST_SHOWN = 300
_UNVERIFIED = "NOT what was written, or another row about this file or call is not: see `blufio-tui audit verify`"
_UNCOVERED = "as the stored conversation has it, which the log does not cover"


@dataclass(frozen=True, slots=True)
class WhyCall:
    """What is stored about the call that an effect belongs to; each "" if it is not, or not any more.

    Attributes:
        command: that the call ran; with what allowed it. Both are from the log; the rest is from the conversation,
            which nothing verifies.
    """

    tool: str = ""
    command: str = ""
    command_allowed: str = ""
    session_title: str = ""
    prompt: str = ""

    @property
    def uncovered(self) -> tuple[str, ...]:
        """What there is that only the stored conversation says."""
        said = {"tool": self.tool, "prompt": self.prompt, "title": self.session_title}
        return tuple(name for name, text in said.items() if text)


@dataclass(frozen=True, slots=True)
class Why:
    """
    Attributes:
        line: 0 for the whole file.
        text: of the line.
        row: the effect that wrote it; else the one that `source` is told by (see `Origin`).
        verified: how the row was verified; "" if it, its outcome or another row about the file or the call's command
            is not as written.
        changes: how many effects in the log changed the file.
    """

    path: str
    line: int
    text: str
    source: Source
    row: AuditRow | None
    call: WhyCall
    verified: str
    changes: int
    before: str = ""
    after: str = ""

    @property
    def written_as(self) -> str:
        """The name under which the effect wrote the file, where it is another one."""
        return self.row.entry.resource if self.row is not None and self.row.entry.resource != self.path else ""


def why_lines(why: Why) -> list[str]:
    """Lines of text, safe to print to a terminal."""
    place = f"{why.path}:{why.line}" if why.line else why.path
    lines = [f"{place}  {why.text}" if why.line else place, _verdict(why)]
    if (row := why.row) is not None and why.source is Source.CALL:
        entry = row.entry
        actor = f"{entry.actor} {entry.actor_version}".strip()
        if why.written_as:
            lines.append(f"  as       {why.written_as}, which had the same content: renamed, linked or copied since")
        lines.append(f"  when     {date_time(row.ts)}")
        lines.append(f"  call     {why.call.tool or entry.kind} ({entry.call_id or 'no call'}), by {actor}")
        lines.append(f"  allowed  by {entry.decided_by}: {entry.rule}")
        if why.call.command:
            lines.append(f"  command  {_cut(why.call.command)}, allowed by {why.call.command_allowed}")
        lines.append(f"  prompt   {_cut(why.call.prompt) or 'not stored (any more)'}")
        if entry.session_id:
            lines.append(f"  session  {entry.session_id} {why.call.session_title}".rstrip())
    if row is not None:
        lines.append(f"  row      {row.seq}, {why.verified or _UNVERIFIED}")
        if why.source is Source.CALL and (uncovered := why.call.uncovered):
            lines.append(f"  note     {', '.join(uncovered)}: {_UNCOVERED}")
    if why.changes > 1:
        lines.append(f"  in all   {plural(why.changes, 'effect')} in the log changed this file")
    return [visible_line(line) for line in lines]


def _verdict(why: Why) -> str:
    what = "This line" if why.line else "The file"
    after = f"row {why.row.seq} ({date_time(why.row.ts)})" if why.row else ""
    match why.source:
        case Source.CALL:
            return f"{what} was written by an effect in the log."
        case Source.NOT_BY_US:
            changed = f"{what} is not by us: no effect in the log wrote it."
            return f"{changed} Something else changed the file after {after}." if after else changed
        case Source.BEFORE_US:
            before = f"it was there before the first effect that changed the file, {after}"
            return f"{what} is not by us: {before}."
        case Source.UNKNOWN:
            return f"This cannot be determined: the version of the file at {after} is not kept (any more)."


def why_json(why: Why) -> JsonObject:
    row = why.row
    return {
        "path": why.path,
        "line": why.line,
        "text": why.text,
        "source": str(why.source),
        "by_us": why.source is Source.CALL,
        "changes": why.changes,
        "row": None
        if row is None
        else {
            "seq": row.seq,
            "ts": row.ts,
            "kind": row.entry.kind,
            "actor": row.entry.actor,
            "actor_version": row.entry.actor_version,
            "decision": row.entry.decision,
            "decided_by": row.entry.decided_by,
            "rule": row.entry.rule,
            "call_id": row.entry.call_id,
            "session_id": row.entry.session_id,
            "turn_id": row.entry.turn_id,
            "before": why.before,
            "after": why.after,
            "resource": row.entry.resource,
            "verified": bool(why.verified),
            "verified_by": why.verified,
        },
        "uncovered": list(why.call.uncovered),
        "tool": why.call.tool,
        "command": why.call.command,
        "command_allowed": why.call.command_allowed,
        "prompt": why.call.prompt,
        "session_title": why.call.session_title,
    }


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _MOST_SHOWN else flat[: _MOST_SHOWN - 1] + "…"
