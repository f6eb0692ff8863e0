"""Files and folders that a guest has open: their descriptors stay in the UI process, capped, until the call ends."""

import errno
import fcntl
import os
import stat
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from blufio_tui.adapters.sandbox.wasi.layout import FILESTAT, FileType, TimeFlags, dirent
from blufio_tui.core.effects import EffectResult
from blufio_tui.core.errors import HostError

MAX_HANDLES = 256
MAX_TRANSFER = 1024 * 1024
MAX_FILE_BYTES = 256 * 1024 * 1024
MAX_WRITTEN_BYTES = 256 * 1024 * 1024
"""Bytes that one call may write in all."""
MAX_ENTRIES = 20_000
_MAX_ARGUMENT = (1 << 63) - 1
_U64 = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Entry:
    name: bytes
    inode: int
    filetype: FileType


class OpenHandle:
    """An open file or folder. Closed by `close`, or at the latest when nothing refers to it any more.

    Attributes:
        readable, writable: what the policy allowed; the descriptor alone may be able to do more.
    """

    def __init__(self, fd: int, path: str, *, readable: bool, writable: bool) -> None:
        self.fd = fd
        self.path = path
        self.readable = readable
        self.writable = writable
        self.entries: tuple[Entry, ...] | None = None
        self._close = weakref.finalize(self, os.close, fd)

    def close(self) -> None:
        self._close()


class HandleTable:
    """The handles of one call. Its arguments come from the worker and are not trusted."""

    def __init__(self) -> None:
        self._handles: dict[int, OpenHandle] = {}
        self._last = 0
        self._written = 0

    def add(self, handle: object) -> int:
        """Takes over an open file or folder; its number.

        Raises:
            HostError: too many are open; the handle is closed.
        """
        if not isinstance(handle, OpenHandle):
            raise TypeError(f"not an open file: {handle!r}")
        if len(self._handles) >= MAX_HANDLES:
            handle.close()
            raise HostError(f"more than {MAX_HANDLES} files are open", errno.EMFILE)
        self._last += 1
        self._handles[self._last] = handle
        return self._last

    def call(self, number: int, operation: str, arguments: Sequence[int] = (), data: bytes = b"") -> EffectResult:
        """Do one thing with an open file.

        Raises:
            HostError: it failed, or makes no sense.
        """
        handle, act = self._handles.get(number), _OPERATIONS.get(operation)
        if handle is None:
            raise HostError(f"no file is open as number {number}", errno.EBADF)
        if act is None or not _sane(arguments, _ARGUMENTS[operation]):
            raise HostError(f"malformed {operation[:40]!r} on an open file", errno.EINVAL)
        try:
            return act(self, handle, arguments, data) or EffectResult(0)
        except OSError as error:
            raise HostError(f"{handle.path}: {error.strerror or error}", error.errno or errno.EIO) from error
        finally:
            if operation == "close":
                del self._handles[number]

    def flusher(self, number: int, mode: int) -> Callable[[], None]:
        """What waits until the file is on disk, on a descriptor of its own, so that it may run on a thread."""
        handle = self._handles.get(number)
        if handle is None:
            raise HostError(f"no file is open as number {number}", errno.EBADF)
        twin = os.dup(handle.fd)

        def flush() -> None:
            try:
                _flush(twin, mode)
            except OSError as error:
                raise HostError(f"{handle.path}: {error.strerror or error}", error.errno or errno.EIO) from error
            finally:
                os.close(twin)

        return flush

    def close(self) -> None:
        for handle in self._handles.values():
            handle.close()
        self._handles.clear()

    def spend(self, length: int) -> None:
        """Count bytes that are about to be written.

        Raises:
            OSError: the call has written all it may.
        """
        if self._written + length > MAX_WRITTEN_BYTES:
            raise OSError(errno.ENOSPC, f"a call may write {MAX_WRITTEN_BYTES} bytes to files")
        self._written += length


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

# ── operations on an open file ─────────────────────────────────────────────────────────────────────

_Operation = Callable[[HandleTable, OpenHandle, Sequence[int], bytes], EffectResult | None]


def _read(_table: HandleTable, handle: OpenHandle, arguments: Sequence[int], _data: bytes) -> EffectResult:
    _require(handle.readable)
    offset, length = arguments
    data = os.pread(handle.fd, min(length, MAX_TRANSFER), offset)
    return EffectResult(len(data), data)


def _write(table: HandleTable, handle: OpenHandle, arguments: Sequence[int], data: bytes) -> EffectResult:
    _require(handle.writable)
    offset, mode = arguments
    data = _within_file(data, offset)
    table.spend(len(data))
    written = os.pwrite(handle.fd, data, offset)
    _flush(handle.fd, mode)
    return EffectResult(written)


def _append(table: HandleTable, handle: OpenHandle, arguments: Sequence[int], data: bytes) -> EffectResult:
    """Result: the new end of the file. The flag is set for this write only: Linux appends a `pwrite` too."""
    _require(handle.writable)
    data = _within_file(data, os.fstat(handle.fd).st_size)
    table.spend(len(data))
    flags = fcntl.fcntl(handle.fd, fcntl.F_GETFL)
    fcntl.fcntl(handle.fd, fcntl.F_SETFL, flags | os.O_APPEND)
    try:
        _write_all(handle.fd, data)
    finally:
        fcntl.fcntl(handle.fd, fcntl.F_SETFL, flags)
    _flush(handle.fd, arguments[0])
    return EffectResult(os.lseek(handle.fd, 0, os.SEEK_CUR))


def _stat(_table: HandleTable, handle: OpenHandle, _arguments: Sequence[int], _data: bytes) -> EffectResult:
    return EffectResult(0, filestat(os.fstat(handle.fd)))


def _resize(_table: HandleTable, handle: OpenHandle, arguments: Sequence[int], _data: bytes) -> None:
    _require(handle.writable)
    _check_size(arguments[0])
    os.ftruncate(handle.fd, arguments[0])


def _allocate(table: HandleTable, handle: OpenHandle, arguments: Sequence[int], _data: bytes) -> None:
    _require(handle.writable)
    offset, length = arguments
    _check_size(offset + length)
    table.spend(length)
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle.fd, offset, length)
    elif os.fstat(handle.fd).st_size < offset + length:
        os.ftruncate(handle.fd, offset + length)


def _times(_table: HandleTable, handle: OpenHandle, arguments: Sequence[int], _data: bytes) -> None:
    _require(handle.writable)
    atim, mtim, flags = arguments
    os.utime(handle.fd, ns=times_from(flags, atim, mtim, time.time_ns(), os.fstat(handle.fd)))


def _sync(_table: HandleTable, handle: OpenHandle, arguments: Sequence[int], _data: bytes) -> None:
    _flush(handle.fd, arguments[0])


def _list(_table: HandleTable, handle: OpenHandle, arguments: Sequence[int], _data: bytes) -> EffectResult:
    """Directory records from the `cookie`-th entry on; a listing from 0 looks at the folder anew."""
    _require(handle.readable)
    cookie, length = arguments
    if cookie == 0 or handle.entries is None:
        handle.entries = _entries(handle.fd)
    records = bytearray()
    for number, entry in enumerate(handle.entries[cookie:], start=cookie + 1):
        if len(records) >= length:
            break
        records += dirent(number, entry.inode, entry.name, entry.filetype)
    return EffectResult(len(handle.entries), bytes(records[:length]))


def _shut(_table: HandleTable, handle: OpenHandle, _arguments: Sequence[int], _data: bytes) -> None:
    handle.close()


_OPERATIONS: Mapping[str, _Operation] = {
    "read": _read,
    "write": _write,
    "append": _append,
    "stat": _stat,
    "resize": _resize,
    "allocate": _allocate,
    "times": _times,
    "sync": _sync,
    "list": _list,
    "close": _shut,
}
_ARGUMENTS = {
    "read": 2,
    "write": 2,
    "append": 1,
    "stat": 0,
    "resize": 1,
    "allocate": 2,
    "times": 3,
    "sync": 1,
    "list": 2,
    "close": 0,
}


def _sane(arguments: Sequence[int], count: int) -> bool:
    return len(arguments) == count and all(type(value) is int and 0 <= value <= _MAX_ARGUMENT for value in arguments)


def _require(allowed: bool) -> None:
    if not allowed:
        raise OSError(errno.EBADF, "not opened for this")


def _check_size(size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise OSError(errno.EFBIG, f"a file of a WASI module may have {MAX_FILE_BYTES} bytes")


def _within_file(data: bytes, offset: int) -> bytes:
    """What of `data` fits below the largest permitted file; nothing fitting is an error, as in POSIX."""
    _check_size(offset + min(len(data), 1))
    return data[: min(MAX_FILE_BYTES - offset, MAX_TRANSFER)]


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _flush(fd: int, mode: int) -> None:
    """Mode 1: the data, 2: its attributes too."""
    if mode == 1 and hasattr(os, "fdatasync"):
        os.fdatasync(fd)
    elif mode:
        os.fsync(fd)


def _entries(fd: int) -> tuple[Entry, ...]:
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
