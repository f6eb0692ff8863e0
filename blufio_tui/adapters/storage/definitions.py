"""Whether tables and their indexes are defined as this version of the program defines them, and hold the same rows.

Lists and filters read indexes: an index with another condition, or one that lacks entries, hides rows that are there
and unchanged.
"""

import re
import sqlite3
from collections.abc import Sequence
from functools import lru_cache

from blufio_tui.adapters.storage.database import migrate

_COMMENT = re.compile(r"--[^\n]*")


def changed_definition(connection: sqlite3.Connection, tables: Sequence[str]) -> str:
    """The first of what belongs to these tables that is defined otherwise, is missing or is one too many; "" when all
    is as this version defines it."""
    here, expected = set(_definitions(connection, tables)), set(_expected(tuple(tables)))
    return min((name for _, name, _ in here ^ expected), default="")


def damage(connection: sqlite3.Connection, tables: Sequence[str]) -> str:
    """The first disagreement between these tables and their indexes, or other damage, as SQLite says it; "" if there is
    none. Takes about a second for a million rows."""
    for table in tables:
        quoted = table.replace('"', '""')
        said = str(connection.execute(f'PRAGMA integrity_check("{quoted}")').fetchone()[0])
        if said != "ok":
            return said.rpartition("\n")[2]
    return ""


@lru_cache(maxsize=1)
def _expected(tables: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(connection)
        return _definitions(connection, tables)
    finally:
        connection.close()


def _definitions(connection: sqlite3.Connection, tables: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """Kind, name and definition of the tables and of all indexes and triggers on them."""
    marks = ", ".join("?" * len(tables))
    sql = f"SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE tbl_name COLLATE NOCASE IN ({marks})"  # noqa: S608
    found = connection.execute(sql, tuple(tables))
    return tuple((str(kind), str(name), " ".join(_COMMENT.sub("", text).split())) for kind, name, text in found)
