"""What is in a folder, as records that a WASI guest reads."""

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass

from blufio_tui.core.wasi.layout import FileType, dirent

MAX_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    name: bytes
    inode: int
    filetype: FileType


def records(entries: Sequence[Entry], cookie: int, length: int) -> bytes:
    """At most `length` bytes of records from the `cookie`-th entry on; the last one is cut there."""
    found = bytearray()
    for number, entry in enumerate(entries[cookie:], start=cookie + 1):
        if len(found) >= length:
            break
        found += dirent(number, entry.inode, entry.name, entry.filetype)
    return bytes(found[:length])


def entries_of(fd: int) -> tuple[Entry, ...]:
    """The folder's entries by name, `.` and `..` first. A name that is not UTF-8 cannot be told to a guest."""
    own = os.fstat(fd).st_ino
    found = [Entry(b".", own, FileType.DIRECTORY), Entry(b"..", own, FileType.DIRECTORY)]
    with os.scandir(fd) as listing:
        for item in listing:
            if len(found) > MAX_ENTRIES:
                raise OSError(errno.EOVERFLOW, f"more than {MAX_ENTRIES} entries")
            name = os.fsencode(item.name)
            if _is_utf8(name):
                found.append(Entry(name, item.inode(), _entry_type(item)))
    return (*found[:2], *sorted(found[2:], key=lambda entry: entry.name))


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _entry_type(item: "os.DirEntry[str]") -> FileType:
    if item.is_symlink():
        return FileType.SYMBOLIC_LINK
    if item.is_dir(follow_symlinks=False):
        return FileType.DIRECTORY
    return FileType.REGULAR_FILE if item.is_file(follow_symlinks=False) else FileType.UNKNOWN
