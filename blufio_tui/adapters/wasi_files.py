"""File operations of WASI modules: what each needs to be allowed, and how it is carried out.

An operation on two paths, or one that reads and writes, needs several decisions: `execute` hands the
operation back, with what has been decided so far, until nothing is left to ask.
"""

import asyncio
import errno
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields

from blufio_tui.adapters.wasi_handles import HandleTable, OpenHandle, filestat, filetype, times_from
from blufio_tui.adapters.wasi_paths import Guard, Resolved, check_link_text, resolve
from blufio_tui.core.capability import FileTarget, Kind
from blufio_tui.core.effects import EffectResult, FileOperation
from blufio_tui.core.errors import HostError
from blufio_tui.core.ports import NeverRule

__all__ = ["HandleTable", "OpenHandle", "PreparedFileOperation", "prepare"]

_Decided = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PartlyDecided(FileOperation):
    """An operation on its way through several decisions. Only made here, never taken from a worker.

    Attributes:
        decided: kinds and canonical paths that were allowed.
    """

    decided: _Decided = ()


@dataclass(frozen=True, slots=True)
class Need:
    """One question for the policy."""

    kind: Kind
    path: str
    operation: str
    requested: str

    @property
    def key(self) -> tuple[str, str]:
        return (self.kind, self.path)


def prepare(effect: FileOperation, guard: Guard) -> "PreparedFileOperation":
    """Find out where the paths lead; nothing but attributes of what lies on the way is looked at.

    Raises:
        NeverRule: a path leads out of its folder, or to what nobody may touch.
        HostError: a path cannot be resolved at all.
    """
    if effect.operation not in _ACTIONS:
        raise NeverRule(f"unknown file operation {effect.operation!r}")
    try:
        first = resolve(guard, effect.root, effect.path, follow=_follows(effect))
        second = _second(effect, guard)
    except OSError as error:
        raise HostError(f"{effect.path}: {error.strerror or error}", error.errno or errno.EIO) from error
    return PreparedFileOperation(effect, guard, first, second)


@dataclass(frozen=True, slots=True)
class PreparedFileOperation:
    """Implements `core.ports.PreparedEffect`."""

    effect: FileOperation
    guard: Guard
    first: Resolved
    second: Resolved | None

    def __post_init__(self) -> None:
        for need in self._needs():
            self.guard.check(need.path, operation=need.operation)

    @property
    def target(self) -> FileTarget:
        need = self._open_needs()[0]
        return FileTarget(need.kind, need.path, need.requested, need.operation)

    def describe(self) -> str:
        return _describe(self.effect, self.first.path, self.second.path if self.second else "")

    async def preflight(self) -> None:
        """Nothing is left to check: the paths are walked again, without links, when the operation is carried out."""

    async def execute(self) -> "EffectResult | FileOperation":
        open_needs = self._open_needs()
        if len(open_needs) > 1:
            return self._decided(open_needs[0])
        return await asyncio.to_thread(self._run)

    def _needs(self) -> list[Need]:
        return list(_needs(self.effect, self.first, self.second))

    def _open_needs(self) -> list[Need]:
        """What is still to be decided; the last one stays, for it is what the caller is deciding on."""
        needs = self._needs()
        decided = self.effect.decided if isinstance(self.effect, PartlyDecided) else ()
        return [need for need in needs if need.key not in decided] or needs[-1:]

    def _decided(self, need: Need) -> PartlyDecided:
        values = {one.name: getattr(self.effect, one.name) for one in fields(FileOperation)}
        decided = self.effect.decided if isinstance(self.effect, PartlyDecided) else ()
        return PartlyDecided(**values, decided=(*decided, need.key))

    def _run(self) -> EffectResult:
        try:
            self._raise_failures()
            return _ACTIONS[self.effect.operation](self)
        except OSError as error:
            raise HostError(f"{self.first.path}: {error.strerror or error}", error.errno or errno.EIO) from error

    def _raise_failures(self) -> None:
        for resolved in (self.first, self.second):
            if resolved and resolved.failure:
                raise OSError(resolved.failure, os.strerror(resolved.failure))


# ── what has to be decided ─────────────────────────────────────────────────────────────────────────

_LABELS = {"rmdir": "remove", "unlink": "remove"}


def _needs(effect: FileOperation, first: Resolved, second: Resolved | None) -> Iterator[Need]:
    name = _LABELS.get(effect.operation, effect.operation)
    match effect.operation:
        case "stat" | "readlink":
            yield Need(Kind.FS_READ, first.path, name, effect.path)
        case "open":
            yield from _open_needs(effect, first)
        case "rename" | "link" if second is not None:
            if effect.operation == "link" or _folder(first.path) != _folder(second.path):
                yield Need(Kind.FS_READ, first.path, name, effect.path)
            yield Need(Kind.FS_WRITE, first.path, name, effect.path)
            yield Need(Kind.FS_WRITE, second.path, name, effect.other)
        case _:
            yield Need(Kind.FS_WRITE, first.path, name, effect.path)


def _open_needs(effect: FileOperation, first: Resolved) -> Iterator[Need]:
    options = effect.options
    writes = any(options.get(option) for option in ("write", "create", "truncate"))
    if writes:
        yield Need(Kind.FS_WRITE, first.path, "create" if options.get("create") else "write", effect.path)
    if options.get("read") or not writes:
        yield Need(Kind.FS_READ, first.path, "list" if options.get("directory") else "read", effect.path)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _follows(effect: FileOperation) -> bool:
    """Whether a link at the end of the path is followed: if asked for, or behind a slash where POSIX does so."""
    if effect.operation not in ("stat", "open", "utimes"):
        return False
    if effect.options.get("create") and effect.options.get("exclusive"):
        return False
    return bool(effect.options.get("follow")) or effect.path.endswith("/")


def _second(effect: FileOperation, guard: Guard) -> Resolved | None:
    if effect.operation not in ("rename", "link"):
        return None
    return resolve(guard, effect.other_root, effect.other, follow=False)


def _describe(effect: FileOperation, first: str, second: str) -> str:
    options = effect.options
    match effect.operation:
        case "open":
            words = [word for word in ("read", "write", "create", "truncate") if options.get(word)]
            return f"open {first} to {', '.join(words) or 'look at it'}"
        case "rename":
            return f"rename {first}\nto     {second}"
        case "link":
            return f"give {first}\na second name: {second}"
        case "symlink":
            return f"make {first} a link to {effect.other}"
        case operation:
            return f"{operation} {first}"


# ── how it is done ─────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _parent(call: PreparedFileOperation, resolved: Resolved) -> Iterator[tuple[int, str]]:
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


def _stat(call: PreparedFileOperation) -> EffectResult:
    with _parent(call, call.first) as (parent, name):
        found = _lstat(parent, name)
    if call.first.folder_only and not stat.S_ISDIR(found.st_mode):
        raise _fail(errno.ENOTDIR)
    return EffectResult(0, filestat(found))


def _readlink(call: PreparedFileOperation) -> EffectResult:
    with _parent(call, call.first) as (parent, name):
        text = os.fsencode(os.readlink(name, dir_fd=parent))
    return EffectResult(len(text), text)


def _mkdir(call: PreparedFileOperation) -> EffectResult:
    with _parent(call, call.first) as (parent, name):
        os.mkdir(name, dir_fd=parent)
    return EffectResult(0)


def _rmdir(call: PreparedFileOperation) -> EffectResult:
    if call.first.is_root:
        raise _fail(errno.EINVAL)
    with _parent(call, call.first) as (parent, name):
        os.rmdir(name, dir_fd=parent)
    return EffectResult(0)


def _unlink(call: PreparedFileOperation) -> EffectResult:
    with _parent(call, call.first) as (parent, name):
        found = _lstat(parent, name)
        if stat.S_ISDIR(found.st_mode):
            raise _fail(errno.EISDIR)
        if call.first.folder_only:
            raise _fail(errno.ENOTDIR)
        os.unlink(name, dir_fd=parent)
    return EffectResult(0)


def _rename(call: PreparedFileOperation) -> EffectResult:
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


def _link(call: PreparedFileOperation) -> EffectResult:
    target = _required(call.second)
    with _parent(call, call.first) as (parent, name), _parent(call, target) as (new_parent, new_name):
        if call.first.folder_only and not stat.S_ISDIR(_lstat(parent, name).st_mode):
            raise _fail(errno.ENOTDIR)
        if target.folder_only:
            raise _fail(errno.EEXIST if _exists(new_parent, new_name) else errno.ENOENT)
        os.link(name, new_name, src_dir_fd=parent, dst_dir_fd=new_parent, follow_symlinks=False)
    return EffectResult(0)


def _symlink(call: PreparedFileOperation) -> EffectResult:
    check_link_text(call.guard.canonical(call.effect.root), call.first.path, call.effect.other)
    with _parent(call, call.first) as (parent, name):
        if call.first.folder_only:
            raise _fail(errno.EEXIST if _exists(parent, name) else errno.ENOENT)
        os.symlink(call.effect.other, name, dir_fd=parent)
    return EffectResult(0)


def _utimes(call: PreparedFileOperation) -> EffectResult:
    options = call.effect.options
    atim, mtim, flags = (int(options.get(key, 0)) for key in ("atim", "mtim", "flags"))
    with _parent(call, call.first) as (parent, name):
        times = times_from(flags, atim, mtim, time.time_ns(), _lstat(parent, name))
        os.utime(name, ns=times, dir_fd=parent, follow_symlinks=False)
    return EffectResult(0)


def _open(call: PreparedFileOperation) -> EffectResult:
    """Result: `data` is the file's type (one byte) and its canonical path; the handle is the open file."""
    with _parent(call, call.first) as (parent, name):
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


def _is_folder_to_open(call: PreparedFileOperation, found: os.stat_result | None) -> bool:
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


_ACTIONS: Mapping[str, Callable[[PreparedFileOperation], EffectResult]] = {
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
