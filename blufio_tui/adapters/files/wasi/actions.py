"""How file operations are carried out: from the descriptor of the parent folder, following no link."""

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from blufio_tui.adapters.files.guard import FileGuard
from blufio_tui.adapters.files.wasi.attributes import filestat, filetype, times_from
from blufio_tui.adapters.files.wasi.open_handle import OpenHandle
from blufio_tui.adapters.files.wasi.paths import Resolved
from blufio_tui.core.effects import EffectResult, FileOperation
from blufio_tui.core.errors import NeverRule


@dataclass(frozen=True, slots=True)
class Call:
    """An operation with its paths resolved; `second` is there for rename and link."""

    effect: FileOperation
    guard: FileGuard
    first: Resolved
    second: Resolved | None


def carry_out(call: Call) -> EffectResult:
    """Do it.

    Raises:
        OSError: it failed, or a path could not be resolved in the first place.
    """
    for resolved in (call.first, call.second):
        if resolved and resolved.failure:
            raise _fail(resolved.failure)
    return ACTIONS[call.effect.operation](call)


@contextmanager
def _parent(call: Call, resolved: Resolved, *, make_root: bool = False) -> Iterator[tuple[int, str]]:
    """The parent folder's descriptor and the last name.

    Args:
        make_root: a preopened folder is made if it is not there yet, as `write_file` does.
    """
    try:
        fd, name = call.guard.open_parent(resolved.path)
    except FileNotFoundError:
        make_root = make_root and bool(call.effect.options.get("preopened"))
        if not make_root or resolved.path.rpartition("/")[0] != resolved.root:
            raise
        os.close(call.guard.make_folder(resolved.root))
        fd, name = call.guard.open_parent(resolved.path)
    try:
        yield fd, name
    finally:
        os.close(fd)


def _fail(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def _lstat(parent: int, name: str) -> os.stat_result:
    return os.stat(name, dir_fd=parent, follow_symlinks=False)


def _exists(parent: int, name: str) -> os.stat_result | None:
    try:
        return _lstat(parent, name)
    except FileNotFoundError:
        return None


def _stat(call: Call) -> EffectResult:
    with _parent(call, call.first) as (parent, name):
        found = _lstat(parent, name)
    if call.first.folder_only and not stat.S_ISDIR(found.st_mode):
        raise _fail(errno.ENOTDIR)
    return EffectResult(0, filestat(found))


def _readlink(call: Call) -> EffectResult:
    with _parent(call, call.first) as (parent, name):
        text = os.fsencode(os.readlink(name, dir_fd=parent))
    return EffectResult(len(text), text)


def _mkdir(call: Call) -> EffectResult:
    with _parent(call, call.first, make_root=True) as (parent, name):
        os.mkdir(name, dir_fd=parent)
    return EffectResult(0)


def _rmdir(call: Call) -> EffectResult:
    if call.first.is_root:
        raise _fail(errno.EINVAL)
    with _parent(call, call.first) as (parent, name):
        os.rmdir(name, dir_fd=parent)
    return EffectResult(0)


def _unlink(call: Call) -> EffectResult:
    with _parent(call, call.first) as (parent, name):
        found = _lstat(parent, name)
        if stat.S_ISDIR(found.st_mode):
            raise _fail(errno.EISDIR)
        if call.first.folder_only:
            raise _fail(errno.ENOTDIR)
        os.unlink(name, dir_fd=parent)
    return EffectResult(0)


def _rename(call: Call) -> EffectResult:
    """Result: both canonical paths with a NUL between them."""
    target = _required(call.second)
    if call.first.is_root or target.is_root:
        raise _fail(errno.EBUSY)
    with _parent(call, call.first) as (parent, name), _parent(call, target) as (new_parent, new_name):
        found = _lstat(parent, name)
        if (call.first.folder_only or target.folder_only) and not stat.S_ISDIR(found.st_mode):
            raise _fail(errno.ENOTDIR)
        os.rename(name, new_name, src_dir_fd=parent, dst_dir_fd=new_parent)
    return EffectResult(0, f"{call.first.path}\0{target.path}".encode())


def _link(call: Call) -> EffectResult:
    target = _required(call.second)
    with _parent(call, call.first) as (parent, name), _parent(call, target) as (new_parent, new_name):
        if call.first.folder_only and not stat.S_ISDIR(_lstat(parent, name).st_mode):
            raise _fail(errno.ENOTDIR)
        if target.folder_only:
            raise _no_folder_made(new_parent, new_name)
        os.link(name, new_name, src_dir_fd=parent, dst_dir_fd=new_parent, follow_symlinks=False)
    return EffectResult(0)


def _symlink(call: Call) -> EffectResult:
    with _parent(call, call.first) as (parent, name):
        if call.first.folder_only:
            raise _no_folder_made(parent, name)
        os.symlink(call.effect.other, name, dir_fd=parent)
    return EffectResult(0)


def _no_folder_made(parent: int, name: str) -> OSError:
    """Why a name that ends in a slash cannot become a link, which is not a folder."""
    found = _exists(parent, name)
    if found is None:
        return _fail(errno.ENOENT)
    return _fail(errno.EEXIST if stat.S_ISDIR(found.st_mode) else errno.ENOTDIR)


def _utimes(call: Call) -> EffectResult:
    options = call.effect.options
    atim, mtim, flags = (int(options.get(key, 0)) for key in ("atim", "mtim", "flags"))
    with _parent(call, call.first) as (parent, name):
        times = times_from(flags, atim, mtim, time.time_ns(), _lstat(parent, name))
        os.utime(name, ns=times, dir_fd=parent, follow_symlinks=False)
    return EffectResult(0)


def _open(call: Call) -> EffectResult:
    """Result: `data` is the file's type (one byte) and its canonical path; the handle is the open file."""
    with _parent(call, call.first, make_root=bool(call.effect.options.get("create"))) as (parent, name):
        found = _exists(parent, name)
        if _is_folder_to_open(call, found):
            fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        else:
            fd = call.guard.open_file(call.first.path, _open_flags(call.effect.options))
    options = call.effect.options
    handle = OpenHandle(
        fd,
        call.first.path,
        readable=bool(options.get("read")),
        writable=bool(options.get("write") or options.get("truncate")),
    )
    if options.get("truncate"):
        os.ftruncate(fd, 0)
    kind = filetype(os.fstat(fd).st_mode)
    return EffectResult(0, bytes([kind]) + call.first.path.encode(), handle=handle)


def _is_folder_to_open(call: Call, found: os.stat_result | None) -> bool:
    """Whether what is there has to be opened as a folder.

    Raises:
        OSError: it cannot be opened as what is asked for.
    """
    options = call.effect.options
    folder_wanted = bool(options.get("directory")) or call.first.folder_only
    if options.get("create") and folder_wanted:
        raise _fail(errno.EINVAL if options.get("directory") else errno.EISDIR)
    if found is None:
        if options.get("create"):
            return False
        raise _fail(errno.ENOENT)
    if options.get("create") and options.get("exclusive"):
        raise _fail(errno.EEXIST)
    if stat.S_ISLNK(found.st_mode):
        raise _fail(errno.ELOOP)
    if not stat.S_ISDIR(found.st_mode):
        if folder_wanted:
            raise _fail(errno.ENOTDIR)
        return False
    if any(options.get(option) for option in ("write", "create", "truncate")):
        raise _fail(errno.EISDIR)
    return True


def _open_flags(options: Mapping[str, bool | int]) -> int:
    writes = bool(options.get("write") or options.get("truncate"))
    access = os.O_RDONLY
    if writes:
        access = os.O_RDWR if options.get("read") else os.O_WRONLY
    create = os.O_CREAT if options.get("create") else 0
    return access | create | (os.O_EXCL if create and options.get("exclusive") else 0)


def _required(resolved: Resolved | None) -> Resolved:
    if resolved is None:
        raise NeverRule("an operation on two paths needs both")
    return resolved


ACTIONS: Mapping[str, Callable[[Call], EffectResult]] = {
    "stat": _stat,
    "open": _open,
    "mkdir": _mkdir,
    "rmdir": _rmdir,
    "unlink": _unlink,
    "rename": _rename,
    "link": _link,
    "symlink": _symlink,
    "readlink": _readlink,
    "utimes": _utimes,
}
