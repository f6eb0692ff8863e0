"""Error numbers of WASI preview 1, and what the operating system's own become."""

import errno as os_errno
from enum import IntEnum


class Errno(IntEnum):
    """`errno` of the snapshot; only the values that this host can return have a use here."""

    SUCCESS = 0
    TOOBIG = 1
    ACCES = 2
    AGAIN = 6
    BADF = 8
    BUSY = 10
    DQUOT = 19
    EXIST = 20
    FAULT = 21
    FBIG = 22
    ILSEQ = 25
    INTR = 27
    INVAL = 28
    IO = 29
    ISDIR = 31
    LOOP = 32
    MFILE = 33
    MLINK = 34
    NAMETOOLONG = 37
    NFILE = 41
    NODEV = 43
    NOENT = 44
    NOMEM = 48
    NOSPC = 51
    NOSYS = 52
    NOTDIR = 54
    NOTEMPTY = 55
    NOTSUP = 58
    NXIO = 60
    OVERFLOW = 61
    PERM = 63
    PIPE = 64
    RANGE = 68
    ROFS = 69
    SPIPE = 70
    STALE = 72
    TIMEDOUT = 73
    TXTBSY = 74
    XDEV = 75
    NOTCAPABLE = 76


class WasiError(Exception):
    """A host function ends with this error number, and the guest continues."""

    def __init__(self, errno: Errno) -> None:
        self.errno = errno
        super().__init__(errno.name)


_FROM_OS = {
    getattr(os_errno, f"E{wasi}"): Errno[wasi]
    for wasi in Errno.__members__
    if wasi not in ("SUCCESS", "TOOBIG", "NOTCAPABLE") and hasattr(os_errno, f"E{wasi}")
} | {os_errno.E2BIG: Errno.TOOBIG, os_errno.ENOTSUP: Errno.NOTSUP, os_errno.EOPNOTSUPP: Errno.NOTSUP}


def from_os(number: int) -> Errno:
    """The guest's number for an error of the host's operating system; `EIO` for one it has no name for."""
    return _FROM_OS.get(number, Errno.IO)
