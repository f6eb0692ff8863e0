"""What can be done with an open file or folder. Arguments are whole numbers, not negative, as many as listed."""

import errno
import fcntl
import os
import time
from collections.abc import Callable, Mapping, Sequence

from blufio_tui.adapters.files.wasi.attributes import filestat, times_from
from blufio_tui.adapters.files.wasi.listing import entries_of, records
from blufio_tui.adapters.files.wasi.open_handle import OpenHandle, WriteBudget
from blufio_tui.core.effects import EffectResult

MAX_TRANSFER = 1024 * 1024
MAX_FILE_BYTES = 256 * 1024 * 1024

Action = Callable[[OpenHandle, WriteBudget, Sequence[int], bytes], EffectResult | None]


def _read(handle: OpenHandle, _budget: WriteBudget, arguments: Sequence[int], _data: bytes) -> EffectResult:
    _require(handle.readable)
    offset, length = arguments
    data = os.pread(handle.fd, min(length, MAX_TRANSFER), offset)
    return EffectResult(len(data), data)


def _write(handle: OpenHandle, budget: WriteBudget, arguments: Sequence[int], data: bytes) -> EffectResult:
    _require(handle.writable)
    offset, mode = arguments
    data = _within_file(data, offset)
    budget.spend(len(data))
    written = os.pwrite(handle.fd, data, offset)
    flush(handle.fd, mode)
    return EffectResult(written)


def _append(handle: OpenHandle, budget: WriteBudget, arguments: Sequence[int], data: bytes) -> EffectResult:
    """Result: the new end of the file. The flag is set for this write only: Linux appends a `pwrite` too."""
    _require(handle.writable)
    data = _within_file(data, os.fstat(handle.fd).st_size)
    budget.spend(len(data))
    flags = fcntl.fcntl(handle.fd, fcntl.F_GETFL)
    fcntl.fcntl(handle.fd, fcntl.F_SETFL, flags | os.O_APPEND)
    try:
        _write_all(handle.fd, data)
    finally:
        fcntl.fcntl(handle.fd, fcntl.F_SETFL, flags)
    flush(handle.fd, arguments[0])
    return EffectResult(os.lseek(handle.fd, 0, os.SEEK_CUR))


def _stat(handle: OpenHandle, _budget: WriteBudget, _arguments: Sequence[int], _data: bytes) -> EffectResult:
    return EffectResult(0, filestat(os.fstat(handle.fd)))


def _resize(handle: OpenHandle, _budget: WriteBudget, arguments: Sequence[int], _data: bytes) -> None:
    _require(handle.writable)
    _check_size(arguments[0])
    os.ftruncate(handle.fd, arguments[0])


def _allocate(handle: OpenHandle, budget: WriteBudget, arguments: Sequence[int], _data: bytes) -> None:
    _require(handle.writable)
    offset, length = arguments
    _check_size(offset + length)
    budget.spend(length)
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle.fd, offset, length)
    elif os.fstat(handle.fd).st_size < offset + length:
        os.ftruncate(handle.fd, offset + length)


def _times(handle: OpenHandle, _budget: WriteBudget, arguments: Sequence[int], _data: bytes) -> None:
    _require(handle.writable)
    atim, mtim, flags = arguments
    os.utime(handle.fd, ns=times_from(flags, atim, mtim, time.time_ns(), os.fstat(handle.fd)))


def _sync(handle: OpenHandle, _budget: WriteBudget, arguments: Sequence[int], _data: bytes) -> None:
    flush(handle.fd, arguments[0])


def _list(handle: OpenHandle, _budget: WriteBudget, arguments: Sequence[int], _data: bytes) -> EffectResult:
    """Directory records from the `cookie`-th entry on; a listing from 0 looks at the folder again."""
    _require(handle.readable)
    cookie, length = arguments
    if cookie == 0 or handle.entries is None:
        handle.entries = entries_of(handle.fd)
    return EffectResult(len(handle.entries), records(handle.entries, cookie, length))


def _shut(handle: OpenHandle, _budget: WriteBudget, _arguments: Sequence[int], _data: bytes) -> None:
    handle.close()


ACTIONS: Mapping[str, tuple[int, Action]] = {
    "read": (2, _read),
    "write": (2, _write),
    "append": (1, _append),
    "stat": (0, _stat),
    "resize": (1, _resize),
    "allocate": (2, _allocate),
    "times": (3, _times),
    "sync": (1, _sync),
    "list": (2, _list),
    "close": (0, _shut),
}
"""Number of arguments, and the action, by name."""


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


def flush(fd: int, mode: int) -> None:
    """Mode 1: the data, 2: its attributes too."""
    if mode == 1 and hasattr(os, "fdatasync"):
        os.fdatasync(fd)
    elif mode:
        os.fsync(fd)
