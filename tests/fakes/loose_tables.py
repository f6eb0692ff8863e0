"""Tables that take anything, as somebody who defines them anew can make them."""

import re
import sqlite3


def loosen(connection: sqlite3.Connection, table: str) -> None:
    """Let the table take every value in every column. Other connections see it as soon as they look."""
    connection.execute("PRAGMA writable_schema = 1")
    sql = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    loose = re.sub(
        r"\) STRICT$| NOT NULL| CHECK \(\w+ IN \([^)]*\)\)", lambda found: ")" * found[0].startswith(")"), sql
    )
    connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (loose, table))
    version = connection.execute("PRAGMA schema_version").fetchone()[0]
    connection.execute(f"PRAGMA schema_version = {version + 1}")
    connection.execute("PRAGMA writable_schema = RESET")


ODD_VALUES = ("NULL", "-1", "9223372036854775807", "1e308", "''", "'x'", "x''", "x'ff'")
"""As SQL; among them one that `bytes` would make eight exbibytes of."""
