"""Finds out, by trying, why a disk cannot be written, and what a person can do about it.

SQLite says "disk I/O error" or "unable to open database file" for a full disk, a quota and missing inodes alike.
"""

import errno
import os
from pathlib import Path

_PROBE_BYTES = 64 * 1024


def trouble_of(folder: Path) -> str:
    """A sentence about why nothing can be written to `folder`, without a full stop; "" if it can be."""
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".probe-") as file:
            file.write(os.urandom(_PROBE_BYTES))  # a compressing file system must not make it small
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return cause_of(error, folder) or error.strerror or str(error)
    return ""


def cause_of(error: OSError, folder: Path) -> str:
    """As `cause`, for an error at writing to `folder`, which need not be there."""
    return cause(error.errno or 0, folder, free_inodes=room(folder)[1])


def cause(number: int, place: Path, *, free_inodes: int = -1) -> str:
    """What the number of an `OSError` means for a person who writes to `place`; "" for one that is not about disks.

    Args:
        free_inodes: how many more files the disk can hold, -1 when that is not known.
    """
    match number:
        case errno.ENOSPC if free_inodes == 0:
            return f"the disk with {place} has no room for more files (no inodes are left); remove some"
        case errno.ENOSPC:
            return f"the disk with {place} is full; free some space and try again"
        case errno.EDQUOT:
            return f"your quota on the disk with {place} is used up; remove files or ask for more"
        case errno.EROFS:
            return f"the disk with {place} is mounted read-only; set BLUFIO_HOME to another folder"
        case errno.EACCES | errno.EPERM:
            return f"you may not write to {place}; check its owner and permissions"
        case errno.EIO:
            return f"the disk with {place} reports read or write errors; save what you need from it"
        case errno.EMFILE | errno.ENFILE:
            return "too many files are open; close other programs, or raise `ulimit -n`"
        case errno.ENOENT | errno.ENOTDIR | errno.EEXIST:
            return f"{place} is not a folder; create it, or set BLUFIO_HOME to another"
        case _:
            return ""


def room(folder: Path) -> tuple[int, int]:
    """Free bytes and free files of the disk with `folder`, which need not be there; -1 for what is not known."""
    there = next((place for place in (folder, *folder.parents) if place.is_dir()), folder)
    try:
        state = os.statvfs(there)
    except OSError:
        return -1, -1
    # Some file systems count no files and say 0 of 0.
    return state.f_bavail * state.f_frsize, state.f_favail if state.f_files else -1
