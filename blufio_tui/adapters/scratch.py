"""Folders below the system's temporary one, which the next start removes when this program was killed.

Who made one holds a lock on it that ends with the process, however that ends.
"""

import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_KINDS = ("shell", "cage", "mcp", "replay", "git", "test")
_NAME = re.compile(rf"blufio-(?:{'|'.join(_KINDS)})-[a-z0-9_]{{8}}")
_JUST_MADE_SECS = 60
"""Between making a folder and locking it a moment passes."""
_MAX_SEEN = 100_000

_locks: dict[str, int] = {}


def make_scratch(kind: str) -> str:
    """A new, private, locked folder; its real path.

    Args:
        kind: one of `shell`, `cage`, `mcp`, `replay`, `git`, `test`.

    Raises:
        OSError: it cannot be made.
    """
    assert kind in _KINDS
    path = os.path.realpath(tempfile.mkdtemp(prefix=f"blufio-{kind}-"))
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with suppress(OSError):  # a file system without locks: it is then never swept by others, since they cannot lock
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    _locks[path] = descriptor
    return path


def drop_scratch(path: str) -> None:
    """Remove the folder and all that is in it; what cannot be removed stays."""
    shutil.rmtree(path, ignore_errors=True)
    if (descriptor := _locks.pop(path, None)) is not None:
        os.close(descriptor)


@contextmanager
def scratch(kind: str) -> Iterator[str]:
    """A folder as `make_scratch` makes it, for the length of the block."""
    path = make_scratch(kind)
    try:
        yield path
    finally:
        drop_scratch(path)


def sweep_scratch(folder: Path | None = None) -> None:
    """Remove what programs that were killed left. Links are not followed, and nothing of anybody else is touched.

    Args:
        folder: where to look; None: the system's folder for temporary files.
    """
    place = str(folder or tempfile.gettempdir())
    with suppress(OSError), os.scandir(place) as entries:
        for _, entry in zip(range(_MAX_SEEN), entries, strict=False):
            if _NAME.fullmatch(entry.name):
                with suppress(OSError):
                    _sweep(os.path.join(place, entry.name))  # noqa: PTH118 - as text, for the table of locks


def _sweep(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not _is_left(os.fstat(descriptor)):
            return
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its owner lives
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(descriptor)


def _is_left(found: os.stat_result) -> bool:
    ours = found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077
    return ours and found.st_ctime < time.time() - _JUST_MADE_SECS
