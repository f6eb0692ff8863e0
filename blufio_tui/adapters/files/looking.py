"""What is at a path, for comparing it later."""

import hashlib
import os
import stat

from blufio_tui.core.files.replay import Found


def look_at(path: str) -> Found:
    """What a command that has just ended has left at a path."""
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            return Found("link", link=os.readlink(path))  # noqa: PTH115 - pathlib would fold the text
        if not stat.S_ISREG(found.st_mode):
            return Found("folder" if stat.S_ISDIR(found.st_mode) else "other")
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            return Found("file", hashlib.file_digest(file, "sha256").hexdigest())
    except OSError:
        return Found("unreadable")
