"""Which file a path leads to: an open file can be removed or replaced behind one's back."""

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
