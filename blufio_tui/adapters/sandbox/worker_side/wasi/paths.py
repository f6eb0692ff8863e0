"""Operations on paths: each is one question to the policy, asked and carried out in the UI process."""

from blufio_tui.adapters.sandbox.worker_side.wasi import rights as sets
from blufio_tui.adapters.sandbox.worker_side.wasi.attributes import checked_times, time_options
from blufio_tui.adapters.sandbox.worker_side.wasi.context import WasiContext
from blufio_tui.adapters.sandbox.worker_side.wasi.descriptors import Descriptor, Directory, OpenFile
from blufio_tui.adapters.sandbox.worker_side.wasi.host import Reply
from blufio_tui.adapters.sandbox.worker_side.wasi.rights import Rights, requested
from blufio_tui.core.effects import FileOperation
from blufio_tui.core.wasi.errno import Errno, WasiError
from blufio_tui.core.wasi.layout import ALL_FD_FLAGS, SYMLINK_FOLLOW, FdFlags, FileType, OpenFlags


def path_open(
    ctx: WasiContext,
    fd: int,
    lookup: int,
    path: int,
    length: int,
    open_flags: int,
    base: int,
    inherited: int,
    fd_flags: int,
    result: int,
) -> None:
    """Opens a file or folder. What the policy is asked for follows from the rights and flags."""
    if open_flags & ~15 or fd_flags & ~int(ALL_FD_FLAGS):
        raise WasiError(Errno.INVAL)
    flags, wanted, passed_on = OpenFlags(open_flags), requested(base), requested(inherited)
    folder = ctx.table.directory(fd, _needed_to_open(flags))
    if (wanted | passed_on) & ~folder.inherited:
        raise WasiError(Errno.NOTCAPABLE)
    ctx.table.check_room()
    options = {**_open_options(flags, wanted, follow=bool(lookup & SYMLINK_FOLLOW)), **_from(folder)}
    reply = ctx.host.perform(FileOperation("open", ctx.path(path, length), root=folder.path, options=options))
    opened = _opened(
        reply, wanted, passed_on, FdFlags(fd_flags), writable=bool(options["write"] or options["truncate"])
    )
    ctx.put_u32(result, ctx.table.add(opened))


def path_create_directory(ctx: WasiContext, fd: int, path: int, length: int) -> None:
    _on_path(ctx, "mkdir", fd, Rights.PATH_CREATE_DIRECTORY, path, length)


def path_remove_directory(ctx: WasiContext, fd: int, path: int, length: int) -> None:
    _on_path(ctx, "rmdir", fd, Rights.PATH_REMOVE_DIRECTORY, path, length)


def path_unlink_file(ctx: WasiContext, fd: int, path: int, length: int) -> None:
    _on_path(ctx, "unlink", fd, Rights.PATH_UNLINK_FILE, path, length)


def path_filestat_get(ctx: WasiContext, fd: int, lookup: int, path: int, length: int, result: int) -> None:
    options: dict[str, bool | int] = {"follow": bool(lookup & SYMLINK_FOLLOW)}
    reply = _on_path(ctx, "stat", fd, Rights.PATH_FILESTAT_GET, path, length, options)
    ctx.memory.write(result, reply.data, "result")


def path_filestat_set_times(
    ctx: WasiContext, fd: int, lookup: int, path: int, length: int, atim: int, mtim: int, flags: int
) -> None:
    options = {**time_options(checked_times(atim, mtim, flags)), "follow": bool(lookup & SYMLINK_FOLLOW)}
    _on_path(ctx, "utimes", fd, Rights.PATH_FILESTAT_SET_TIMES, path, length, options)


def path_readlink(ctx: WasiContext, fd: int, path: int, length: int, buffer: int, size: int, result: int) -> None:
    """The text of a link, cut where the buffer ends."""
    ctx.memory.check(buffer, size, "buffer")
    text = _on_path(ctx, "readlink", fd, Rights.PATH_READLINK, path, length).data[:size]
    ctx.memory.write(buffer, text, "buffer")
    ctx.put_u32(result, len(text))


def path_symlink(ctx: WasiContext, text: int, text_length: int, fd: int, path: int, length: int) -> None:
    folder = ctx.table.directory(fd, Rights.PATH_SYMLINK)
    target = ctx.path(text, text_length)
    ctx.host.perform(FileOperation("symlink", ctx.path(path, length), target, root=folder.path))


def path_link(
    ctx: WasiContext, fd: int, lookup: int, path: int, length: int, new_fd: int, new_path: int, new_length: int
) -> None:
    """A second name for a file. Following a link at the end is refused, as other hosts do."""
    if lookup & SYMLINK_FOLLOW:
        raise WasiError(Errno.INVAL)
    source = ctx.table.directory(fd, Rights.PATH_LINK_SOURCE)
    target = ctx.table.directory(new_fd, Rights.PATH_LINK_TARGET)
    _on_two_paths(ctx, "link", source, ctx.path(path, length), target, ctx.path(new_path, new_length))


def path_rename(ctx: WasiContext, fd: int, path: int, length: int, new_fd: int, new_path: int, new_length: int) -> None:
    source = ctx.table.directory(fd, Rights.PATH_RENAME_SOURCE)
    target = ctx.table.directory(new_fd, Rights.PATH_RENAME_TARGET)
    reply = _on_two_paths(ctx, "rename", source, ctx.path(path, length), target, ctx.path(new_path, new_length))
    old, _, new = reply.data.decode().partition("\0")
    ctx.table.moved(old, new)


def _needed_to_open(flags: OpenFlags) -> Rights:
    needed = Rights.PATH_OPEN
    if flags & OpenFlags.CREAT:
        needed |= Rights.PATH_CREATE_FILE
    if flags & OpenFlags.TRUNC:
        needed |= Rights.PATH_FILESTAT_SET_SIZE
    return needed


def _open_options(flags: OpenFlags, wanted: Rights, *, follow: bool) -> dict[str, bool | int]:
    """Only the rights to read and to write count: C libraries ask for most others whatever the program wants."""
    return {
        "follow": follow,
        "read": bool(wanted & (Rights.FD_READ | Rights.FD_READDIR)),
        "write": bool(wanted & Rights.FD_WRITE),
        "create": bool(flags & OpenFlags.CREAT),
        "exclusive": bool(flags & OpenFlags.EXCL),
        "truncate": bool(flags & OpenFlags.TRUNC),
        "directory": bool(flags & OpenFlags.DIRECTORY),
    }


def _opened(reply: Reply, wanted: Rights, passed_on: Rights, flags: FdFlags, *, writable: bool) -> Descriptor:
    """`reply.data` is the file's type and then its canonical path."""
    filetype, path = FileType(reply.data[0]), reply.data[1:].decode()
    if filetype is FileType.DIRECTORY:
        rights = wanted & sets.DIRECTORY
        return Directory(filetype, rights, passed_on, flags, path=path, handle=reply.value)
    rights = wanted & sets.FILE
    return OpenFile(filetype, rights, sets.NONE, flags, handle=reply.value, path=path, writable=writable)


def _on_path(
    ctx: WasiContext,
    operation: str,
    fd: int,
    needed: Rights,
    path: int,
    length: int,
    options: dict[str, bool | int] | None = None,
) -> Reply:
    folder = ctx.table.directory(fd, needed)
    all_options = {**(options or {}), **_from(folder)}
    return ctx.host.perform(FileOperation(operation, ctx.path(path, length), root=folder.path, options=all_options))


def _from(folder: Directory) -> dict[str, bool | int]:
    """A preopened folder is made when something is first put there; one that was opened and removed stays gone."""
    return {"preopened": folder.name is not None}


def _on_two_paths(
    ctx: WasiContext, operation: str, source: Directory, path: str, target: Directory, new_path: str
) -> Reply:
    return ctx.host.perform(FileOperation(operation, path, new_path, root=source.path, other_root=target.path))
