"""Attributes of file descriptors, and the descriptors themselves: stat, flags, rights, preopens, close, renumber."""

from blufio_tui.adapters.sandbox.worker_side.wasi.context import WasiContext
from blufio_tui.adapters.sandbox.worker_side.wasi.descriptors import Descriptor, Directory, OpenFile
from blufio_tui.adapters.sandbox.worker_side.wasi.rights import Rights, requested
from blufio_tui.core.effects import FileOperation
from blufio_tui.core.wasi.errno import Errno, WasiError
from blufio_tui.core.wasi.layout import ALL_FD_FLAGS, FDSTAT, FILESTAT, PRESTAT, FdFlags, TimeFlags

_MAX_TIME = (1 << 63) - 1


def fd_close(ctx: WasiContext, fd: int) -> None:
    _release(ctx, ctx.table.remove(fd))


def fd_renumber(ctx: WasiContext, source: int, target: int) -> None:
    """`target`, which must be open, is closed and stands for what `source` stood for."""
    ctx.table.get(source)
    replaced = ctx.table.get(target)
    if source == target:
        return
    ctx.table.put(target, ctx.table.remove(source))
    _release(ctx, replaced)


def fd_fdstat_get(ctx: WasiContext, fd: int, result: int) -> None:
    found = ctx.table.get(fd)
    record = FDSTAT.pack(found.filetype, found.flags, int(found.rights), int(found.inherited))
    ctx.memory.write(result, record, "result")


def fd_fdstat_set_flags(ctx: WasiContext, fd: int, flags: int) -> None:
    descriptor = ctx.table.get(fd)
    descriptor.require(Rights.FD_FDSTAT_SET_FLAGS)
    if flags & ~int(ALL_FD_FLAGS):
        raise WasiError(Errno.INVAL)
    descriptor.flags = FdFlags(flags)


def fd_fdstat_set_rights(ctx: WasiContext, fd: int, base: int, inherited: int) -> None:
    """Rights can be given up and never be had back."""
    descriptor = ctx.table.get(fd)
    if base & ~int(descriptor.rights) or inherited & ~int(descriptor.inherited):
        raise WasiError(Errno.NOTCAPABLE)
    descriptor.rights, descriptor.inherited = requested(base), requested(inherited)


def fd_filestat_get(ctx: WasiContext, fd: int, result: int) -> None:
    descriptor = ctx.table.get(fd)
    descriptor.require(Rights.FD_FILESTAT_GET)
    ctx.memory.write(result, _filestat(ctx, descriptor), "result")


def fd_filestat_set_size(ctx: WasiContext, fd: int, size: int) -> None:
    file = ctx.table.file(fd, Rights.FD_FILESTAT_SET_SIZE)
    if size > _MAX_TIME:
        raise WasiError(Errno.INVAL)
    ctx.host.on_handle(file.handle, "resize", (size,))


def fd_filestat_set_times(ctx: WasiContext, fd: int, atim: int, mtim: int, flags: int) -> None:
    """Through the open file if it was opened for writing; else the policy is asked about the path."""
    descriptor = ctx.table.get(fd)
    if not isinstance(descriptor, OpenFile | Directory):
        raise WasiError(Errno.INVAL)
    descriptor.require(Rights.FD_FILESTAT_SET_TIMES)
    times = checked_times(atim, mtim, flags)
    if isinstance(descriptor, OpenFile) and descriptor.writable:
        ctx.host.on_handle(descriptor.handle, "times", times)
    else:
        ctx.host.perform(FileOperation("utimes", descriptor.path, options=time_options(times)))


def checked_times(atim: int, mtim: int, flags: int) -> tuple[int, int, int]:
    """Raises:
    WasiError: `INVAL`, the flags contradict each other or a time has no place in a file system.
    """
    if TimeFlags(flags).contradictory or max(atim, mtim) > _MAX_TIME:
        raise WasiError(Errno.INVAL)
    return atim, mtim, flags


def time_options(times: tuple[int, int, int]) -> dict[str, bool | int]:
    return {"atim": times[0], "mtim": times[1], "flags": times[2]}


def fd_prestat_get(ctx: WasiContext, fd: int, result: int) -> None:
    ctx.memory.write(result, PRESTAT.pack(0, len(_preopen_name(ctx, fd))), "result")


def fd_prestat_dir_name(ctx: WasiContext, fd: int, buffer: int, length: int) -> None:
    name = _preopen_name(ctx, fd)
    if length < len(name):
        raise WasiError(Errno.NAMETOOLONG)
    ctx.memory.write(buffer, name, "buffer")


def fd_readdir(ctx: WasiContext, fd: int, buffer: int, length: int, cookie: int, result: int) -> None:
    """Entries from `cookie` on, the last one cut where the buffer ends. Each pass over a preopen is asked about."""
    directory = ctx.table.get(fd)
    if not isinstance(directory, Directory):
        raise WasiError(Errno.NOTDIR)
    directory.require(Rights.FD_READDIR)
    ctx.memory.check(buffer, length, "buffer")
    if directory.name is not None and (cookie == 0 or not directory.handle):
        _reopen(ctx, directory)
    data = ctx.host.on_handle(directory.handle, "list", (cookie, length)).data[:length]
    ctx.memory.write(buffer, data, "buffer")
    ctx.put_u32(result, len(data))


def _reopen(ctx: WasiContext, directory: Directory) -> None:
    options = {"read": True, "directory": True, "follow": True}
    handle = ctx.host.perform(FileOperation("open", ".", root=directory.path, options=options)).value
    _release(ctx, directory)
    directory.handle = handle


def _preopen_name(ctx: WasiContext, fd: int) -> bytes:
    descriptor = ctx.table.get(fd)
    if not isinstance(descriptor, Directory) or descriptor.name is None:
        raise WasiError(Errno.BADF)
    return descriptor.name.encode()


def _filestat(ctx: WasiContext, descriptor: Descriptor) -> bytes:
    match descriptor:
        case OpenFile(handle=handle):
            return ctx.host.on_handle(handle, "stat").data
        case Directory(name=None, handle=handle):
            return ctx.host.on_handle(handle, "stat").data
        case Directory(path=path):
            return ctx.host.perform(FileOperation("stat", ".", root=path, options={"follow": True})).data
        case _:
            return FILESTAT.pack(0, 0, descriptor.filetype, 0, 0, 0, 0, 0)


def _release(ctx: WasiContext, descriptor: Descriptor) -> None:
    if isinstance(descriptor, OpenFile | Directory) and descriptor.handle:
        ctx.host.on_handle(descriptor.handle, "close")
