"""Chooses the rows of a proof: those that were requested, their outcomes, and the rows that explain them."""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from blufio_tui.adapters.audit.query import any_text, raw_rows
from blufio_tui.core.audit.chain import CHAINED_COLUMNS, Column
from blufio_tui.core.errors import NotThere

RawRow = tuple[Column, ...]
_AT = {name: index for index, name in enumerate(CHAINED_COLUMNS)}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Raw rows (the columns of the chain, then the hash) by rising number; `asked` are the numbers asked for."""

    rows: tuple[RawRow, ...]
    asked: tuple[int, ...]


def choose(connection: sqlite3.Connection, names: Sequence[str]) -> Chosen:
    """The rows that are named: by number, by the id of a call or of a session, or by a beginning of the latter.

    Raises:
        NotThere: a name is none of these.
    """
    asked: dict[int, RawRow] = {}
    for name in names:
        found = _named(connection, name)
        if not found:
            raise NotThere(f"the log has no row, no call and no session {name!r}; see `blufio-tui audit list`")
        asked.update({seq_of(row): row for row in found})
    context = {seq_of(row): row for row in _context(connection, list(asked.values()))}
    rows = {**context, **asked}
    return Chosen(tuple(rows[seq] for seq in sorted(rows)), tuple(sorted(asked)))


def text_of(row: RawRow, name: str) -> str:
    return str(row[_AT[name]])


def seq_of(row: RawRow) -> int:
    seq = row[0]
    return seq if isinstance(seq, int) else 0


def _named(connection: sqlite3.Connection, name: str) -> list[RawRow]:
    if name.isdecimal() and len(name) < 12 and (rows := raw_rows(connection, "seq = ?", (int(name),))):
        return _with_partners(connection, rows)
    for column in ("call_id", "session_id"):
        if rows := raw_rows(connection, f"about_seq = 0 AND {column} = ? AND {column} <> ''", (name,)):
            return _with_partners(connection, rows)
    return _of_beginning(connection, name)


def _of_beginning(connection: sqlite3.Connection, prefix: str) -> list[RawRow]:
    sql = (
        "SELECT DISTINCT session_id FROM audit WHERE about_seq = 0 AND session_id <> '' "
        "AND substr(session_id, 1, ?) = ? LIMIT 2"
    )
    with any_text(connection, "replace"):
        found = [str(row[0]) for row in connection.execute(sql, (len(prefix), prefix))]
    return _named(connection, found[0]) if len(found) == 1 and found[0] != prefix else []


def _with_partners(connection: sqlite3.Connection, rows: Iterable[RawRow]) -> list[RawRow]:
    """Add the outcome of each decision and the decision of each outcome."""
    found = {seq_of(row): row for row in rows}
    for seq, row in list(found.items()):
        about = row[_AT["about_seq"]]
        partners = raw_rows(connection, "about_seq > 0 AND about_seq = ?", (seq,))
        if about:
            partners += raw_rows(connection, "seq = ?", (about,))
        found.update({seq_of(one): one for one in partners})
    return [found[seq] for seq in sorted(found)]


_GRANT = re.compile(r"\bg[0-9a-f]{8}\b")


def _context(connection: sqlite3.Connection, rows: Sequence[RawRow]) -> list[RawRow]:
    """The last rows before each about the skill's installation, the grant that allowed it, and the mode."""
    wanted: dict[tuple[str, tuple[str, ...]], int] = {}

    def last_before(condition: str, *values: str, seq: int) -> None:
        key = (condition, values)
        wanted[key] = max(wanted.get(key, 0), seq)

    for row in rows:
        seq = seq_of(row)
        if digest := text_of(row, "actor_hash"):
            last_before("row_type IN ('install', 'update') AND actor_hash = ? AND about_seq = 0", digest, seq=seq)
        for grant in _GRANT.findall(text_of(row, "rule")):
            last_before("row_type = 'grant' AND about_seq = 0 AND instr(detail, ?) > 0", f"grant {grant}", seq=seq)
    first, last = seq_of(rows[0]), seq_of(rows[-1])
    found = [
        one
        for (condition, values), seq in wanted.items()
        for one in raw_rows(connection, f"{condition} AND seq < ?", (*values, seq), last=True)
    ]
    found += raw_rows(connection, "row_type = 'mode' AND seq < ?", (first,), last=True)
    return found + raw_rows(connection, "row_type = 'mode' AND seq BETWEEN ? AND ?", (first, last))
