"""Reading, writing and positions of file descriptors."""

from blufio_tui.adapters.sandbox.worker_side.wasi.context import WasiContext
from blufio_tui.adapters.sandbox.worker_side.wasi.descriptors import Directory, InputStream, OpenFile, OutputStream
from blufio_tui.adapters.sandbox.worker_side.wasi.rights import Rights
from blufio_tui.core.wasi.errno import Errno, WasiError
from blufio_tui.core.wasi.layout import FdFlags, size_of_filestat

_MAX_OFFSET = (1 << 63) - 1
_CHUNK = 1024 * 1024
_SYNC_DATA = 1
_SYNC_ALL = 2
_WHENCE_CURRENT = 1


def fd_read(ctx: WasiContext, fd: int, vectors: int, count: int, result: int) -> None:
    descriptor = ctx.table.get(fd)
    if isinstance(descriptor, Directory | OutputStream):
        raise WasiError(Errno.BADF)
    descriptor.require(Rights.FD_READ)
    buffers = ctx.vectors(vectors, count)
    length = sum(size for _, size in buffers)
    match descriptor:
        case InputStream():
            data = descriptor.take(length)
        case OpenFile():
            data = _read(ctx, descriptor, length, descriptor.offset)
            descriptor.offset += len(data)
        case _:
            raise WasiError(Errno.BADF)
    ctx.scatter(buffers, data)
    ctx.put_u32(result, len(data))


def fd_pread(ctx: WasiContext, fd: int, vectors: int, count: int, offset: int, result: int) -> None:
    file = ctx.table.file(fd, Rights.FD_READ | Rights.FD_SEEK)
    buffers = ctx.vectors(vectors, count)
    data = _read(ctx, file, sum(size for _, size in buffers), _checked(offset))
    ctx.scatter(buffers, data)
    ctx.put_u32(result, len(data))


def fd_write(ctx: WasiContext, fd: int, vectors: int, count: int, result: int) -> None:
    descriptor = ctx.table.get(fd)
    if isinstance(descriptor, Directory | InputStream):
        raise WasiError(Errno.BADF)
    descriptor.require(Rights.FD_WRITE)
    data = ctx.gather(vectors, count)
    match descriptor:
        case OutputStream():
            descriptor.sink(data)
            written = len(data)
        case OpenFile():
            written = _write_at_position(ctx, descriptor, data)
        case _:
            raise WasiError(Errno.BADF)
    ctx.put_u32(result, written)


def fd_pwrite(ctx: WasiContext, fd: int, vectors: int, count: int, offset: int, result: int) -> None:
    file = ctx.table.file(fd, Rights.FD_WRITE | Rights.FD_SEEK)
    data = ctx.gather(vectors, count)
    ctx.put_u32(result, _write(ctx, file, data, _checked(offset)))


def fd_seek(ctx: WasiContext, fd: int, offset: int, whence: int, result: int) -> None:
    """Moves the position; past the end is fine, before the start is `INVAL`."""
    delta = offset - (1 << 64) if offset > _MAX_OFFSET else offset
    standing_still = delta == 0 and whence == _WHENCE_CURRENT
    file = ctx.table.file(fd, Rights(0) if standing_still else Rights.FD_SEEK)
    if standing_still:
        _require_tell(file)
    position = _base(ctx, file, whence) + delta
    if not 0 <= position <= _MAX_OFFSET:
        raise WasiError(Errno.INVAL)
    file.offset = position
    ctx.put_u64(result, position)


def fd_tell(ctx: WasiContext, fd: int, result: int) -> None:
    file = ctx.table.file(fd, Rights(0))
    _require_tell(file)
    ctx.put_u64(result, file.offset)


def fd_sync(ctx: WasiContext, fd: int) -> None:
    _sync(ctx, fd, Rights.FD_SYNC, _SYNC_ALL)


def fd_datasync(ctx: WasiContext, fd: int) -> None:
    _sync(ctx, fd, Rights.FD_DATASYNC, _SYNC_DATA)


def fd_advise(ctx: WasiContext, fd: int, _offset: int, _length: int, advice: int) -> None:
    """Advice is taken note of by doing nothing, which the specification permits."""
    ctx.table.file(fd, Rights.FD_ADVISE)
    if advice > 5:
        raise WasiError(Errno.INVAL)


def fd_allocate(ctx: WasiContext, fd: int, offset: int, length: int) -> None:
    file = ctx.table.file(fd, Rights.FD_ALLOCATE)
    if length == 0 or offset + length > _MAX_OFFSET:
        raise WasiError(Errno.INVAL if length == 0 else Errno.FBIG)
    ctx.host.on_handle(file.handle, "allocate", (offset, length))


def _base(ctx: WasiContext, file: OpenFile, whence: int) -> int:
    match whence:
        case 0:
            return 0
        case 1:
            return file.offset
        case 2:
            return size_of_filestat(ctx.host.on_handle(file.handle, "stat").data)
        case _:
            raise WasiError(Errno.INVAL)


def _require_tell(file: OpenFile) -> None:
    if not file.rights & (Rights.FD_TELL | Rights.FD_SEEK):
        raise WasiError(Errno.NOTCAPABLE)


def _checked(offset: int) -> int:
    if offset > _MAX_OFFSET:
        raise WasiError(Errno.INVAL)
    return offset


def _read(ctx: WasiContext, file: OpenFile, length: int, offset: int) -> bytes:
    """May be short, as the whole of POSIX may."""
    if length == 0:
        return b""
    return ctx.host.on_handle(file.handle, "read", (offset, min(length, _CHUNK))).data[:length]


def _write(ctx: WasiContext, file: OpenFile, data: bytes, offset: int) -> int:
    written = 0
    while written < len(data):
        part = data[written : written + _CHUNK]
        count = ctx.host.on_handle(file.handle, "write", (offset + written, _sync_mode(file.flags)), part).value
        written += count
        if count < len(part):
            break
    return written


def _write_at_position(ctx: WasiContext, file: OpenFile, data: bytes) -> int:
    if not file.flags & FdFlags.APPEND:
        written = _write(ctx, file, data, file.offset)
        file.offset += written
        return written
    data = data[:_CHUNK]
    if data:
        file.offset = ctx.host.on_handle(file.handle, "append", (_sync_mode(file.flags),), data).value
    return len(data)


def _sync_mode(flags: FdFlags) -> int:
    if flags & (FdFlags.SYNC | FdFlags.RSYNC):
        return _SYNC_ALL
    return _SYNC_DATA if flags & FdFlags.DSYNC else 0


def _sync(ctx: WasiContext, fd: int, needed: Rights, mode: int) -> None:
    descriptor = ctx.table.get(fd)
    descriptor.require(needed)
    if isinstance(descriptor, OpenFile):
        ctx.host.on_handle(descriptor.handle, "sync", (mode,))
