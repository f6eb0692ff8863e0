"""Everything that a caged command did: audit rows, a digest of the full list, and the object of `cage --json`."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.json_types import JsonObject

MAX_FILE_ROWS = 100
"""Files written that get a row each; what comes after them is in the stored list only."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file of the project that a command touched; hashes are hex SHA-256, "" for none.

    Attributes:
        pid: of the process that touched it first.
    """

    path: str
    before: str
    after: str
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Program:
    """A program that was started.

    Attributes:
        words: its path or name, and its arguments.
        above: the processes that it was started by, nearest first.
    """

    pid: int
    words: str
    above: tuple[int, ...] = ()


@dataclass(slots=True)
class Effects:
    """Everything that one command did or tried to do, as far as it is listed individually.

    Attributes:
        decided: each question, denial, rule and grant used: kind, resource, decision, who decided, program, outcome.
    """

    decided: list[JsonObject] = field(default_factory=list)
    started: list[Program] = field(default_factory=list)
    written: tuple[Written, ...] = ()
    files_read: int = 0
    programs: int = 0
    left_running: int = 0
    unasked: int = 0

    @property
    def hosts(self) -> list[str]:
        reached = (one for one in self.decided if one["kind"] == "net" and one["decision"] == "allow")
        return list(dict.fromkeys(str(one["resource"]).rpartition(":")[0] for one in reached))

    def in_words(self) -> str:
        """`read 812 files, wrote 14, started 3 programs, reached example.org`."""
        read, started = plural(self.files_read, "file"), plural(self.programs, "program")
        parts = [f"read {read}", f"wrote {len(self.written):,}", f"started {started}"]
        if self.hosts:
            parts.append(f"reached {', '.join(self.hosts)}")
        if self.left_running:
            parts.append(f"{self.left_running} left running were ended")
        if self.unasked:
            parts.append(f"{self.unasked} more requests were refused without asking")
        return ", ".join(parts)

    def listing(self) -> bytes:
        """The full list as JSON lines, for storing; its hash goes into the closing row.

        The first line counts what was free, then come the programs in the order of their start, what was decided on,
        and the files written.
        """
        rows: list[JsonObject] = [
            {"kind": "counts", "text": self.in_words(), "files_read": self.files_read, "programs": self.programs},
            *map(_program, self.started),
            *self.decided,
            *({"kind": "fs.write", **_plain(one)} for one in self.written),
        ]
        return b"".join(json.dumps(row, sort_keys=True).encode() + b"\n" for row in rows)


def _program(program: Program) -> JsonObject:
    return {"kind": "program", "pid": program.pid, "words": program.words, "above": list(program.above)}


def _plain(written: Written) -> JsonObject:
    return {"resource": written.path, "before": written.before, "after": written.after, "pid": written.pid}


def file_entries(effects: Effects, base: AuditEntry) -> list[AuditEntry]:
    """A row for each of the first files written. `base` holds actor, session, turn and call."""
    return [
        AuditEntry(
            RowType.DECISION,
            Kind.FS_WRITE,
            one.path,
            actor=base.actor,
            session_id=base.session_id,
            turn_id=base.turn_id,
            call_id=base.call_id,
            decision=Verdict.ALLOW,
            decided_by=DecidedBy.MODE,
            rule="allowed: free in the cage",
            outcome="ok",
            body_sha256=one.after,
            detail=f"before {one.before}" if one.before else "new" if one.after else "",
        )
        for one in effects.written[:MAX_FILE_ROWS]
    ]


def closing_entry(effects: Effects, listing: bytes, command: str, base: AuditEntry) -> AuditEntry:
    """One row with the totals and the digest of the full list. Slow: it serialises the list."""
    return AuditEntry(
        RowType.EFFECTS,
        Kind.EXEC,
        command,
        actor=base.actor,
        session_id=base.session_id,
        turn_id=base.turn_id,
        call_id=base.call_id,
        outcome="ok",
        body_sha256=hashlib.sha256(listing).hexdigest(),
        body_bytes=len(listing),
        detail=effects.in_words(),
    )


def file_effects(effects: Effects) -> list[JsonObject]:
    """The files written as entries of `effects` in `cage --json`."""
    return [
        {
            "kind": "fs.write",
            "resource": one.path,
            "decision": "allow",
            "decided_by": "mode",
            "rule": "free in the cage",
            "program": "",
            "pid": one.pid,
            "outcome": "ok",
            "before": one.before,
            "after": one.after,
        }
        for one in effects.written
    ]


def summary(effects: Effects) -> JsonObject:
    return {
        "files_read": effects.files_read,
        "files_written": [one.path for one in effects.written],
        "programs": effects.programs,
        "hosts": list(effects.hosts),
    }


def written_from(rows: Sequence[Mapping[str, Any]]) -> tuple[Written, ...]:
    return tuple(Written(row["path"], row["before"], row["after"], int(row.get("pid", 0))) for row in rows)
