"""Identifies the file at a path, to notice that an open file was removed or replaced."""

from pathlib import Path

FileIdentity = tuple[int, int]
"""Device and inode."""


def file_identity(path: Path) -> FileIdentity | None:
    """None if nothing is there, or it cannot be looked at."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
