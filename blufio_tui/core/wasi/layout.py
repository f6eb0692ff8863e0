"""How WASI preview 1 lays its records out in guest memory: little-endian, sizes and offsets of the snapshot."""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag


class FileType(IntEnum):
    UNKNOWN = 0
    BLOCK_DEVICE = 1
    CHARACTER_DEVICE = 2
    DIRECTORY = 3
    REGULAR_FILE = 4
    SOCKET_DGRAM = 5
    SOCKET_STREAM = 6
    SYMBOLIC_LINK = 7


class FdFlags(IntFlag):
    APPEND = 1
    DSYNC = 2
    NONBLOCK = 4
    RSYNC = 8
    SYNC = 16


ALL_FD_FLAGS = FdFlags(31)


class OpenFlags(IntFlag):
    CREAT = 1
    DIRECTORY = 2
    EXCL = 4
    TRUNC = 8


class TimeFlags(IntFlag):
    ATIM = 1
    ATIM_NOW = 2
    MTIM = 4
    MTIM_NOW = 8

    @property
    def contradictory(self) -> bool:
        """Both a given time and the present one are asked for, or a bit has no meaning."""
        both_atim = TimeFlags.ATIM | TimeFlags.ATIM_NOW
        both_mtim = TimeFlags.MTIM | TimeFlags.MTIM_NOW
        return (self & both_atim) == both_atim or (self & both_mtim) == both_mtim or int(self) > 15


SYMLINK_FOLLOW = 1

FILESTAT = struct.Struct("<QQB7xQQQQQ")
"""device, inode, type, links, size, atim, mtim, ctim; times in nanoseconds; 64 bytes."""
FDSTAT = struct.Struct("<BxH4xQQ")
"""type, flags, rights, inherited rights; 24 bytes."""
DIRENT = struct.Struct("<QQIB3x")
"""next cookie, inode, length of the name, type; 24 bytes."""
PRESTAT = struct.Struct("<B3xI")
"""tag 0 (a directory), length of the name; 8 bytes."""
IOVEC = struct.Struct("<II")
U32 = struct.Struct("<I")
U64 = struct.Struct("<Q")
_SUBSCRIPTION = struct.Struct("<QB7xI4xQQH6x")
_EVENT = struct.Struct("<QHB5xQH6x")
SUBSCRIPTION_BYTES = 48
EVENT_BYTES = 32


class EventType(IntEnum):
    CLOCK = 0
    FD_READ = 1
    FD_WRITE = 2


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a guest waits for.

    Attributes:
        tag: an `EventType`, as the guest wrote it.
        subject: clock id or file descriptor.
        timeout: nanoseconds; from now, or on the clock when `absolute`.
    """

    userdata: int
    tag: int
    subject: int
    timeout: int
    absolute: bool


def read_subscription(data: bytes) -> Subscription:
    userdata, tag, subject, timeout, _precision, flags = _SUBSCRIPTION.unpack(data)
    return Subscription(userdata, tag, subject, timeout, bool(flags & 1))


def event(userdata: int, error: int, tag: int, ready_bytes: int = 0, *, hangup: bool = False) -> bytes:
    return _EVENT.pack(userdata, error, tag, ready_bytes, int(hangup))


def size_of_filestat(data: bytes) -> int:
    return int(FILESTAT.unpack(data)[4])


def dirent(cookie: int, inode: int, name: bytes, filetype: int) -> bytes:
    """One entry as it lies in the buffer of `fd_readdir`; `cookie` is where the next one begins."""
    return DIRENT.pack(cookie, inode, len(name), filetype) + name
