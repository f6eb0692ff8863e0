"""New databases that are copies of one: to make each takes ten times as long, and most of that is waiting for the disk.

For tests of anything but the database itself. How one is made, `tests/adapters/storage` says, as does every test that
runs `python -m blufio_tui`.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import pytest

from blufio_tui.adapters.private_folder import make_private
from blufio_tui.adapters.storage import database

_make_file, _connect = database._make_file, database._connect


@contextmanager
def copied_homes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "_make_file", _copy)
        patched.setattr(database, "_keep_reserve", _keep_reserve)
        patched.setattr(database, "_connect", _connect_without_waiting)
        yield


@cache
def _empty() -> bytes:
    """A database of this version."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "blufio.db")
        _make_file(path)
        return path.read_bytes()


@cache
def _reserve() -> bytes:
    return os.urandom(database._RESERVE_BYTES)


def _copy(path: Path) -> None:
    make_private(path.parent)
    if path.exists() or not _write(path.with_name(f".{path.name}-{os.getpid()}"), _empty()):
        _make_file(path)
        return
    copy = path.with_name(f".{path.name}-{os.getpid()}")
    with suppress(FileExistsError):
        path.hardlink_to(copy)
    copy.unlink()


def _keep_reserve(path: Path) -> None:
    if not path.exists() and not _write(path, _reserve()):
        path.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> bool:
    """Make a private file; False where the disk does not take it."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(content)
    except OSError:
        return False
    return True


def _connect_without_waiting(path: Path) -> sqlite3.Connection:
    """What was written outlives this process, though not the machine."""
    connection = _connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    return connection
