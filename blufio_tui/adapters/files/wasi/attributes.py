"""Attributes of files as a WASI guest reads and sets them."""

import os
import stat

from blufio_tui.core.wasi.layout import FILESTAT, FileType, TimeFlags

_U64 = (1 << 64) - 1


def filestat(found: os.stat_result) -> bytes:
    """Attributes as a WASI guest reads them."""
    return FILESTAT.pack(
        found.st_dev & _U64,
        found.st_ino & _U64,
        filetype(found.st_mode),
        found.st_nlink,
        found.st_size,
        max(found.st_atime_ns, 0),
        max(found.st_mtime_ns, 0),
        max(found.st_ctime_ns, 0),
    )


def filetype(mode: int) -> FileType:
    return _FILE_TYPES.get(stat.S_IFMT(mode), FileType.UNKNOWN)


def times_from(flags: int, atim: int, mtim: int, now: int, found: os.stat_result) -> tuple[int, int]:
    """Access and modification time in nanoseconds after `flags` are applied to those of `found`."""
    chosen = TimeFlags(flags & 15)
    return (
        _time(chosen, TimeFlags.ATIM, TimeFlags.ATIM_NOW, (atim, now, found.st_atime_ns)),
        _time(chosen, TimeFlags.MTIM, TimeFlags.MTIM_NOW, (mtim, now, found.st_mtime_ns)),
    )


def _time(chosen: TimeFlags, given: TimeFlags, present: TimeFlags, times: tuple[int, int, int]) -> int:
    if chosen & given:
        return times[0]
    return times[1] if chosen & present else times[2]


_FILE_TYPES = {
    stat.S_IFREG: FileType.REGULAR_FILE,
    stat.S_IFDIR: FileType.DIRECTORY,
    stat.S_IFLNK: FileType.SYMBOLIC_LINK,
    stat.S_IFCHR: FileType.CHARACTER_DEVICE,
    stat.S_IFBLK: FileType.BLOCK_DEVICE,
    stat.S_IFSOCK: FileType.SOCKET_STREAM,
}
