"""Folders that only their owner can read."""

import errno
import os
from pathlib import Path


def make_private(folder: Path) -> None:
    """Make `folder` and what is missing above it, each with mode 0700 under any umask; leave those that are there.

    `Path.mkdir(parents=True, mode=…)` gives the mode to the last one only.

    Raises:
        OSError: it cannot be made, or something else has its name.
    """
    if folder.is_dir():
        return
    make_private(folder.parent)
    try:
        folder.mkdir(0o700)
    except FileExistsError:
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from None
        return  # another program was quicker
    if folder.stat().st_mode & 0o700 != 0o700:
        folder.chmod(0o700)
