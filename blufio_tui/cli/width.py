"""How wide the terminal is, found out as `shutil` does, which loads all compression libraries with itself."""

import os
import sys

_UNKNOWN = 80


def terminal_columns() -> int:
    """`COLUMNS` where it is a number above 0, else the columns of the terminal that standard output is, else 80."""
    try:
        written = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        written = 0
    if written > 0:
        return written
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or _UNKNOWN  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):  # no output, a closed one, no terminal
        return _UNKNOWN
