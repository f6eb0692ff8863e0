"""Reading the audit log: pages, counts and filters in SQL, outcomes folded into their decisions."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

from blufio_tui.adapters.storage.columns import whole
from blufio_tui.core.audit.chain import CHAINED_COLUMNS, Column, entry_of
from blufio_tui.core.audit.rows import AuditEntry, AuditFilter, AuditRow, RowType
from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.policy.back_test import PastQuestion, QuestionFilter

ROW_COLUMNS = (*CHAINED_COLUMNS, "row_hash")
"""The columns of a row in the order in which `as_row` takes them."""
_COLUMNS = ", ".join(ROW_COLUMNS)
_TEXT_COLUMNS = ("resource", "actor", "rule", "detail")
_OUTCOME_TEXT_COLUMNS = ("outcome", "detail")
_FEW_VALUES = (
    ("kind", {*map(str, Kind), *map(str, RowType), "audit"}),
    ("decided_by", set(map(str, DecidedBy))),
    ("decision", set(map(str, Verdict))),
    ("outcome", {"denied", "cancelled", "ok"}),
)
"""Columns that hold one of few words: which of them hold the text is known without looking at the rows."""
_CHUNK = 500
Part = tuple[int | None, int | None]
"""After this number, up to this one; None for no border."""


def page(
    connection: sqlite3.Connection, where: AuditFilter, *, before_seq: int, after_seq: int, limit: int
) -> list[AuditRow]:
    conditions, values = _conditions(where)
    if after_seq:
        conditions, values = [*conditions, "seq > ?"], [*values, after_seq]
    if before_seq:
        conditions, values = [*conditions, "seq < ?"], [*values, before_seq]
    direction = "ASC" if after_seq else "DESC"
    sql = f"SELECT {_COLUMNS} FROM audit WHERE {' AND '.join(conditions)} ORDER BY seq {direction} LIMIT ?"  # noqa: S608
    with any_text(connection, "replace"):
        rows = [as_row(record) for record in connection.execute(sql, [*values, limit])]
    rows.sort(key=lambda row: row.seq)
    with any_text(connection, "replace"):
        return _folded(rows, _outcomes(connection, [row.seq for row in rows]))


def parts(connection: sqlite3.Connection, where: AuditFilter, most: int, rows_each: int = 50_000) -> list[Part]:
    """Pieces of the log to be counted side by side: several where each row must be looked at and there are many."""
    last = int(connection.execute("SELECT coalesce(max(seq), 0) FROM audit").fetchone()[0]) if where.text else 0
    pieces = max(1, min(most, last // rows_each))
    borders = [last * number // pieces for number in range(1, pieces)]
    return list(pairwise([None, *borders, None]))


def count(connection: sqlite3.Connection, where: AuditFilter, part: Part = (None, None)) -> int:
    """How many rows pass the filter, in the whole log or in a part of it."""
    conditions, values = _conditions(where)
    for border, comparison in zip(part, (">", "<="), strict=True):
        if border is not None:
            conditions, values = [*conditions, f"seq {comparison} ?"], [*values, border]
    sql = f"SELECT count(*) FROM audit {_scan(where)} WHERE {' AND '.join(conditions)}"  # noqa: S608
    return int(connection.execute(sql, values).fetchone()[0])


def denials_by_actor(connection: sqlite3.Connection) -> dict[str, int]:
    """How often each actor was denied something."""
    sql = "SELECT actor, count(*) FROM audit WHERE about_seq = 0 AND decision = 'deny' GROUP BY actor"
    with any_text(connection, "replace"):
        return dict(connection.execute(sql).fetchall())


def past_questions(connection: sqlite3.Connection, where: QuestionFilter) -> list[PastQuestion]:
    """What a person was asked about and answered, same ones counted together, newest first.

    What the person typed themselves was no question, nor was one that was withdrawn. Text that is not UTF-8
    raises; the database then reads once more, with it replaced.
    """
    conditions = ["about_seq = 0", "decided_by = 'user'", "row_type = 'decision'", "outcome <> 'cancelled'", "kind = ?"]
    values: list[object] = [where.kind.value]
    conditions.append("actor = ?" if where.actor else "actor NOT IN (?, 'hook')")
    values.append(where.actor or "user")
    if where.below:
        conditions.append("substr(resource, 1, ?) = ?")
        values += [len(where.below), where.below]
    if where.containing:
        conditions.append("instr(resource, ?) > 0")
        values.append(where.containing)
    sql = (
        f"SELECT resource, actor, detail, decision, count(*), max(seq) FROM audit NOT INDEXED "  # noqa: S608
        f"WHERE {' AND '.join(conditions)} GROUP BY resource, actor, detail, decision ORDER BY max(seq) DESC"
    )
    cursor = connection.cursor()
    cursor.row_factory = None
    return [
        PastQuestion(where.kind, resource, actor, detail, decision == Verdict.ALLOW, count, last)
        for resource, actor, detail, decision, count, last in cursor.execute(sql, values)
    ]


def rule_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """How many decisions name each user rule."""
    sql = "SELECT rule, count(*) FROM audit NOT INDEXED WHERE about_seq = 0 AND decided_by = 'user-rule' GROUP BY rule"
    with any_text(connection, "replace"):
        return dict(connection.execute(sql).fetchall())


def _scan(where: AuditFilter) -> str:
    """Where every row must be looked at, SQLite would walk an index and fetch the rows out of order: 3 times slower."""
    has_index = where.actor or where.session_id or where.call_id or where.decision == Verdict.DENY
    return "" if has_index or where == AuditFilter() else "NOT INDEXED"


def chained_rows(connection: sqlite3.Connection, first_seq: int, limit: int) -> list[tuple[Column, ...]]:
    """Raw rows in rising order: the columns of the chain, then the hash."""
    sql = f"SELECT {_COLUMNS} FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?"  # noqa: S608
    with any_text(connection, "surrogateescape"):
        return [tuple(record) for record in connection.execute(sql, (first_seq, limit))]


def raw_rows(
    connection: sqlite3.Connection, condition: str, values: Sequence[object], *, last: bool = False
) -> list[tuple[Column, ...]]:
    """Raw rows as `chained_rows` gives them, of those that a condition of this program's own chooses.

    Args:
        last: only the one with the highest number.
    """
    end = "DESC LIMIT 1" if last else ""
    sql = f"SELECT {_COLUMNS} FROM audit WHERE {condition} ORDER BY seq {end}"  # noqa: S608
    with any_text(connection, "surrogateescape"):
        return [tuple(record) for record in connection.execute(sql, tuple(values))]


def writes_to(connection: sqlite3.Connection, path: str) -> list[AuditRow]:
    """What was allowed to change a file, oldest first, each with its outcome."""
    condition = "about_seq = 0 AND kind = 'fs.write' AND decision = 'allow' AND resource = ?"
    sql = f"SELECT {_COLUMNS} FROM audit NOT INDEXED WHERE {condition} ORDER BY seq"  # noqa: S608
    with any_text(connection, "replace"):
        rows = [as_row(record) for record in connection.execute(sql, (path,))]
        return _folded(rows, _outcomes(connection, [row.seq for row in rows]))


def last_writing(connection: sqlite3.Connection, sha256: str, before_seq: int) -> tuple[int, str] | None:
    """The last effect before a row that left a file with this content: its row and the file's path."""
    sql = (
        "SELECT decision.seq, decision.resource FROM audit AS outcome NOT INDEXED JOIN audit AS decision "
        "ON decision.seq = outcome.about_seq WHERE outcome.about_seq > 0 AND outcome.about_seq < ? "
        "AND outcome.body_sha256 = ? AND outcome.outcome = 'ok' AND decision.kind = 'fs.write' "
        "AND decision.decision = 'allow' ORDER BY decision.seq DESC LIMIT 1"
    )
    with any_text(connection, "replace"):
        found = connection.execute(sql, (before_seq, sha256)).fetchone()
    return (int(found[0]), str(found[1])) if found else None


def command_of(connection: sqlite3.Connection, call_id: str) -> tuple[int, str, str]:
    """The first command that a call was allowed to run, with its row and what allowed it; 0 and "" if it ran none."""
    condition = "call_id = ? AND call_id <> '' AND about_seq = 0 AND kind = 'exec' AND decision = 'allow'"
    sql = f"SELECT seq, resource, decided_by, rule FROM audit WHERE {condition} ORDER BY seq LIMIT 1"  # noqa: S608
    with any_text(connection, "replace"):
        found = connection.execute(sql, (call_id,)).fetchone()
    return (int(found[0]), str(found[1]), f"{found[2]}: {found[3]}") if found else (0, "", "")


def first_of_session(connection: sqlite3.Connection, session_id: str) -> int:
    """The number of a session's first row; 0 if it has none."""
    sql = "SELECT min(seq) FROM audit WHERE about_seq = 0 AND session_id = ? AND session_id <> ''"
    return int(connection.execute(sql, (session_id,)).fetchone()[0] or 0)


def last_seq(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM audit").fetchone()[0])


def row_hashes(connection: sqlite3.Connection, seqs: Sequence[int]) -> dict[int, str]:
    """The hash in the chain of each of these rows that is there, as hex."""
    found: dict[int, str] = {}
    for start in range(0, len(seqs), _CHUNK):
        chunk = seqs[start : start + _CHUNK]
        marks = ", ".join("?" * len(chunk))
        sql = f"SELECT seq, hex(row_hash) FROM audit WHERE seq IN ({marks})"  # noqa: S608
        found.update((int(seq), str(digest).lower()) for seq, digest in connection.execute(sql, chunk))
    return found


Sealed = tuple[tuple[Column, ...], Column, bytes]
"""A raw row, its hash, and the hash of the row before it (b"" for the first)."""


def with_previous(connection: sqlite3.Connection, call_id: str, kind: str) -> list[Sealed]:
    """The rows of a call of one kind."""
    return _with_previous(connection, "about_seq = 0 AND call_id = ? AND kind = ?", (call_id, kind))


def decisions_with_previous(connection: sqlite3.Connection, seqs: Sequence[int]) -> list[Sealed]:
    """These rows, as far as they are there, and the outcomes that are about them."""
    found = list[Sealed]()
    for start in range(0, len(seqs), _CHUNK):
        chunk = seqs[start : start + _CHUNK]
        marks = ", ".join("?" * len(chunk))
        found += _with_previous(connection, f"seq IN ({marks})", chunk)
        found += _with_previous(connection, f"about_seq > 0 AND about_seq IN ({marks})", chunk)
    return found


def sealed_page(
    connection: sqlite3.Connection, where: AuditFilter, *, after_seq: int, limit: int
) -> tuple[list[AuditRow], list[Sealed]]:
    """A page in rising order, and what shows whether its rows are what was written; all from one moment."""
    connection.execute("BEGIN")
    try:
        rows = page(connection, where, before_seq=0, after_seq=after_seq, limit=limit)
        return rows, decisions_with_previous(connection, [row.seq for row in rows])
    finally:
        connection.execute("ROLLBACK")


def _with_previous(connection: sqlite3.Connection, condition: str, values: Sequence[object]) -> list[Sealed]:
    sql = f"SELECT {_COLUMNS} FROM audit WHERE {condition} ORDER BY seq"  # noqa: S608
    before = "SELECT CAST(row_hash AS BLOB) FROM audit WHERE seq = ?"
    found = []
    with any_text(connection, "surrogateescape"):
        for *columns, row_hash in map(tuple, connection.execute(sql, tuple(values)).fetchall()):
            previous = connection.execute(before, (max(0, whole(columns[0]) - 1),)).fetchone()
            found.append((tuple(columns), row_hash, bytes(previous[0] or b"") if previous else b""))
    return found


def rows_besides(connection: sqlite3.Connection, last_seq: int) -> int:
    """How many rows there are that were not written after `last_seq`.

    Whoever recreated the table without its key can give several rows one number, or no number at all.
    """
    sql = "SELECT count(*) FROM audit WHERE typeof(seq) <> 'integer' OR seq <= ?"
    return int(connection.execute(sql, (last_seq,)).fetchone()[0])


@contextmanager
def any_text(connection: sqlite3.Connection, errors: str) -> Iterator[None]:
    """Whoever tampered may have left bytes that are no text; they must not keep the rows from being read."""
    before = connection.text_factory
    connection.text_factory = lambda data: data.decode("utf-8", errors)
    try:
        yield
    finally:
        connection.text_factory = before


def _conditions(where: AuditFilter) -> tuple[list[str], list[object]]:
    """SQL conditions and their values; spelled so that SQLite sees which partial index holds what is wanted."""
    conditions, values = ["about_seq = 0"], list[object]()
    if where.decision == Verdict.DENY:
        conditions.append("decision = 'deny'")
    elif where.decision:
        conditions.append("+decision = ?")
        values.append(where.decision)
    for column in ("actor", "kind", "session_id", "call_id"):
        if value := getattr(where, column):
            conditions.append(f"{column} = ? AND {column} <> ''")
            values.append(value)
    for bound, comparison in ((where.since, ">="), (where.until, "<=")):
        if bound:
            conditions.append(f"ts_us {comparison} ?")
            values.append(int(bound * 1_000_000))
    if where.text:
        condition, texts = _text_condition(where.text)
        conditions.append(condition)
        values += texts
    return conditions, values


def _text_condition(text: str) -> tuple[str, list[object]]:
    """The text occurs somewhere in the row or in its outcome."""
    pattern = _like_pattern(text)
    any_of, values = [_likes(_TEXT_COLUMNS)], list[object]([pattern] * len(_TEXT_COLUMNS))
    for column, words in _FEW_VALUES:
        if holding := sorted(word for word in words if text.lower() in word):
            any_of.append(f"{column} IN ({', '.join('?' * len(holding))})")
            values += holding
    told = "" if text.lower() in "ok" else " AND (outcome <> 'ok' OR detail <> '')"
    outcomes = f"SELECT about_seq FROM audit WHERE about_seq > 0{told} AND ({_likes(_OUTCOME_TEXT_COLUMNS)})"  # noqa: S608
    any_of.append(f"seq IN ({outcomes})")
    return f"({' OR '.join(any_of)})", values + [pattern] * len(_OUTCOME_TEXT_COLUMNS)


def _likes(columns: Iterable[str]) -> str:
    return " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns)


def _like_pattern(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _outcomes(connection: sqlite3.Connection, seqs: list[int]) -> dict[int, AuditEntry]:
    found: dict[int, AuditEntry] = {}
    for start in range(0, len(seqs), _CHUNK):
        chunk = seqs[start : start + _CHUNK]
        marks = ", ".join("?" * len(chunk))
        sql = f"SELECT {_COLUMNS} FROM audit WHERE about_seq > 0 AND about_seq IN ({marks}) ORDER BY seq"  # noqa: S608
        for record in connection.execute(sql, chunk):
            entry = as_row(record).entry
            found[entry.about_seq] = entry
    return found


def _folded(rows: list[AuditRow], outcomes: dict[int, AuditEntry]) -> list[AuditRow]:
    return [_fold(row, outcomes[row.seq]) if row.seq in outcomes else row for row in rows]


def _fold(row: AuditRow, outcome: AuditEntry) -> AuditRow:
    decided = row.entry
    entry = replace(
        decided,
        outcome=outcome.outcome,
        body_sha256=outcome.body_sha256 or decided.body_sha256,
        body_bytes=outcome.body_bytes or decided.body_bytes,
        duration_ms=outcome.duration_ms,
        detail="; ".join(text for text in (decided.detail, outcome.detail) if text),
    )
    return replace(row, entry=entry)


def as_row(record: Sequence[Column]) -> AuditRow:
    seq, ts_us, *columns, row_hash = record
    hexed = row_hash.hex() if isinstance(row_hash, bytes) else str(row_hash)
    stamp = ts_us / 1_000_000 if isinstance(ts_us, int) else 0.0
    return AuditRow(seq if isinstance(seq, int) else 0, stamp, entry_of(columns), hexed)
