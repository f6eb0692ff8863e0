"""Reads a file that the program opens by itself: settings, instructions, hooks, commands, ignore files.

The file may be in a stranger's project, so it can be a pipe that blocks, an endless device, a link to a private file,
or be replaced during the check. The checks apply to what was actually opened.
"""

import os
import stat
from pathlib import Path

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class NotPlainError(OSError):
    """The file exists but is not read; the message says why, to follow the path."""


class TooLargeError(NotPlainError):
    """It is larger than may be read."""


def read_regular(path: Path, limit: int, within: Path | None = None) -> bytes:
    """The content of a regular file.

    Args:
        limit: bytes; a larger file is refused.
        within: a folder that the file itself, links followed, must be below.

    Raises:
        TooLargeError: larger than `limit`.
        NotPlainError: not a regular file, or outside `within`.
        OSError: it cannot be read.
    """
    if within is None:
        return _read(os.open(path, _FLAGS), limit)
    try:
        folder, file = within.resolve(), path.resolve(strict=True)
    except RuntimeError:  # what Python 3.11 says of a link that leads to itself
        raise NotPlainError("a link that leads to itself") from None
    if not file.is_relative_to(folder):
        raise NotPlainError("leads out of the folder")
    opened = os.open(file, _FLAGS | os.O_NOFOLLOW)
    try:
        is_there = file.resolve(strict=True) == file and os.path.samestat(file.lstat(), os.fstat(opened))
    except BaseException:
        os.close(opened)
        raise
    if not is_there:
        os.close(opened)
        raise NotPlainError("was replaced while it was being opened")
    return _read(opened, limit)


def _read(opened: int, limit: int) -> bytes:
    with open(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise NotPlainError("not a regular file")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise TooLargeError(f"over {limit // 1024} KiB")
    return data
