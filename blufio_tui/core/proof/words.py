"""A checked proof in words, for whoever received the file."""

import datetime

from blufio_tui.core.audit.rows import RowType
from blufio_tui.core.proof.proof import Proof, ProvedRow, ProvedSkill
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import JsonObject

_LEFT_OUT = "[left out]"


def explained(proof: Proof, key_line: str) -> list[str]:
    """What the file proves, as lines that are safe to print to a terminal."""
    checkpoint = proof.checkpoint
    lines = [
        f"The file is what was signed with {key_line}.",
        f"Its checkpoint covers rows 1 to {checkpoint.rows} of the audit log {checkpoint.log[:16]}, as they were on "
        f"{utc(checkpoint.time)}.",
        f"Each of the {plural(len(proof.rows), 'row')} below is one of them, unchanged.",
    ]
    if proof.redacted:
        lines.append(
            f"Left out of every row: {', '.join(proof.redacted)}. Nothing else is; what is left out can be shown later "
            "and checked then."
        )
    lines += ["", *(row_line(proof, row) for row in proof.rows)]
    if proof.skills:
        lines += ["", *(_skill_line(skill) for skill in proof.skills)]
    lines += ["", "It does not prove that the log holds every row: rows that were not asked for are not in the file."]
    return [visible_line(line) for line in lines]


def row_line(proof: Proof, row: ProvedRow) -> str:
    """`17  2026-03-01 12:00:00 UTC  fs.read /x for text-stats 0.1.0: allowed by manifest (…)`."""
    when = utc(row.number("ts_us") / 1_000_000) if row.number("ts_us") else _shown(proof, row, "ts_us")
    mark = " " if row.seq in proof.asked else "+"
    what = f"{_shown(proof, row, 'kind')} {_shown(proof, row, 'resource')}".strip()
    actor = f"{_shown(proof, row, 'actor')} {row.text('actor_version')}".strip()
    begin = f"{mark} row {row.seq}  {when}  "
    if row.text("row_type") == RowType.OUTCOME:
        return f"{begin}came of row {row.number('about_seq')}: {_outcome(proof, row)}"
    parts = [f"{begin}{what}{f' for {actor}' if actor else ''}"]
    if row.text("decision"):
        rule = _shown(proof, row, "rule")
        parts.append(f"{row.text('decision')} by {_shown(proof, row, 'decided_by')}{f' ({rule})' if rule else ''}")
    elif row.text("rule"):
        parts.append(row.text("rule"))
    parts += [text for text in (row.text("outcome"), row.text("detail")) if text]
    return ": ".join((parts[0], ", ".join(parts[1:]))) if parts[1:] else parts[0]


def _outcome(proof: Proof, row: ProvedRow) -> str:
    size, digest = row.number("body_bytes"), row.text("body_sha256")
    body = f"{plural(size, 'byte')}{f' with SHA-256 {digest}' if digest else ''}" if size else ""
    return ", ".join(text for text in (_shown(proof, row, "outcome"), body, row.text("detail")) if text)


def _skill_line(skill: ProvedSkill) -> str:
    name = f"{skill.name} {skill.version}"
    if not skill.files:
        return f"{name} acted with the content {skill.content_hash}; its files were not kept."
    module = f", module {skill.module_sha256}" if skill.module_sha256 else ""
    return f"{name}: its manifest is in the file, and is the one that acted (content {skill.content_hash}{module})."


def _shown(proof: Proof, row: ProvedRow, name: str) -> str:
    return _LEFT_OUT if name in proof.redacted else row.text(name)


def check_json(proof: Proof, key_line: str) -> JsonObject:
    """The object of `audit check --json` for a valid file."""
    checkpoint = proof.checkpoint
    return {
        "ok": True,
        "rows": len(proof.rows),
        "reason": "",
        "key": key_line,
        "log": checkpoint.log,
        "checkpoint": {"rows": checkpoint.rows, "root": checkpoint.root, "time": utc(checkpoint.time)},
        "asked": list(proof.asked),
        "redacted": list(proof.redacted),
        "shown": [
            {"seq": row.seq, **{name: row.text(name) for name in row.fields if name not in ("seq", *proof.redacted)}}
            for row in proof.rows
        ],
        "skills": [
            {"name": one.name, "version": one.version, "content_hash": one.content_hash, "manifest": one.manifest}
            for one in proof.skills
        ],
    }


def utc(seconds: float) -> str:
    """`2026-03-01 12:00:00 UTC`: the same on every machine."""
    try:
        moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return "an impossible time"
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
