"""From a caller's path to the object itself: an O_PATH descriptor and its real path.

`/proc/self` and the links below `/proc` mean the caller's, and processes outside the family are not there.
"""

import ctypes
import errno
import os
import stat

from blufio_tui.adapters.cage.supervisor_side import family
from blufio_tui.adapters.cage.supervisor_side.caller import Call
from blufio_tui.adapters.cage.supervisor_side.kernel import (
    AT_FDCWD,
    RESOLVE_NO_MAGICLINKS,
    RESOLVE_NO_SYMLINKS,
    fail,
    handle_of,
    open_object,
)

_LOOK = os.O_PATH | os.O_CLOEXEC
_MAX_LINKS = 40
_DELETED = " (deleted)"


class Object:
    """What a path led to. `path` is where it is now, without the mark of a name that is gone (`is_gone`)."""

    __slots__ = ("descriptor", "is_gone", "path", "stat")

    def __init__(self, descriptor: int, path: str) -> None:
        self.descriptor, self.stat = descriptor, os.fstat(descriptor)
        self.path, self.is_gone = path, False
        if path.endswith(_DELETED) and not _is_at(path, self.stat):
            self.is_gone = True
            self.path = path.removesuffix(_DELETED)

    @property
    def mode(self) -> int:
        return self.stat.st_mode

    @property
    def identity(self) -> tuple[int, int]:
        return (self.stat.st_dev, self.stat.st_ino)

    def handle(self) -> bytes:
        return handle_of(self.descriptor)

    @property
    def again(self) -> bytes:
        """A path that leads to this very object, for calls that take none by descriptor."""
        return b"/proc/self/fd/%d" % self.descriptor


def _is_at(path: str, found: os.stat_result) -> bool:
    """Whether this is where an object is: a file may be called "x (deleted)"."""
    try:
        there = os.lstat(path)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (found.st_dev, found.st_ino)


def real_path(descriptor: int) -> str:
    return os.readlink(f"/proc/self/fd/{descriptor}")


def look_up_spelled(call: Call, spelled: str, *, follow: bool = True) -> Object | None:
    """The quick way, for a path without links on it: where it is spelled, there it is. None where there is a link.

    Args:
        spelled: as `Call.spelled`.

    Raises:
        OSError: as the kernel would.
    """
    flags = _LOOK if follow else _LOOK | os.O_NOFOLLOW
    found = open_object(AT_FDCWD, os.fsencode(spelled), flags, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
    if found >= 0:
        return Object(call.keep(found), spelled)
    number = ctypes.get_errno()
    return None if number == errno.ELOOP else fail(number)


def look_up(call: Call, base: int | None, path: str, ancestor: int, *, follow: bool = True, resolve: int = 0) -> Object:
    """
    Args:
        base: O_PATH descriptor for a relative path.
        ancestor: pid above the family.
        resolve: the caller's own RESOLVE_ flags.

    Raises:
        OSError: as the kernel would.
    """
    if path == "":
        fail(errno.ENOENT)
    start = AT_FDCWD if path[0] == "/" or base is None else base
    flags = _LOOK | (0 if follow else os.O_NOFOLLOW)
    found = open_object(start, os.fsencode(path), flags, resolve | RESOLVE_NO_MAGICLINKS)
    if found >= 0:
        call.keep(found)
        real = real_path(found)
        if not real.startswith("/proc"):
            return Object(found, real)
    else:
        number = ctypes.get_errno()
        in_proc = number == errno.ENOENT and ("proc" in path or "/dev/" in path or _is_in_proc(base))
        if (number != errno.ELOOP and not in_proc) or (number == errno.ELOOP and resolve & 0xE):
            fail(number)
    return _walk(call, base, path, ancestor, follow)


def _is_in_proc(base: int | None) -> bool:
    return base is not None and real_path(base).startswith("/proc")


def _walk(call: Call, base: int | None, path: str, ancestor: int, follow: bool) -> Object:
    """Part by part, for `/proc`: its links are the caller's there, not ours."""
    here = call.keep(os.open("/", _LOOK)) if path[0] == "/" or base is None else base
    parts, links = [part for part in path.split("/") if part], 0
    while parts:
        name = parts.pop(0)
        if name == ".":
            continue
        folder = real_path(here)
        if folder == "/proc" and name == "self":
            name = str(call.process)
        elif folder == "/proc" and name == "thread-self":
            name, parts = str(call.process), ["task", str(call.task), *parts]
        below = call.keep(os.open(name, _LOOK | os.O_NOFOLLOW, dir_fd=here))
        # Only now: what was opened stays with its process, while the number may soon be another's.
        if folder == "/proc" and name.isdigit() and not family.chain(int(name), ancestor):
            fail(errno.ENOENT)
        if not stat.S_ISLNK(os.fstat(below).st_mode) or not (parts or follow or path.endswith("/")):
            here = below
            continue
        links += 1
        if links > _MAX_LINKS:
            fail(errno.ELOOP)
        if folder.startswith("/proc/") and _is_magic(folder, name):
            here = call.keep(os.open(name, _LOOK, dir_fd=here))
            continue
        target = os.readlink(name, dir_fd=here)
        if target.startswith("/"):
            here = call.keep(os.open("/", _LOOK))
        parts = [part for part in target.split("/") if part] + parts
    return Object(here, real_path(here))


def _is_magic(folder: str, name: str) -> bool:
    """A link that leads to an object rather than to its text, such as an open file that has no name."""
    return name in ("cwd", "root", "exe") or folder.endswith(("/fd", "/map_files", "/ns"))


def look_up_folder(call: Call, folder: int, path: str, ancestor: int, *, follow: bool = False) -> tuple[Object, str]:
    """The folder that a path's last name is in, and that name (`.` for the folder itself; a slash behind it stays).

    Args:
        follow: a link in the last place is followed, for making what it names.
    """
    if path == "":
        fail(errno.ENOENT)
    spelled, base = call.spelled(folder, path), None
    quick = look_up_spelled(call, os.path.dirname(spelled)) if spelled else None
    if quick is None and path[0] != "/":
        base = call.base(folder)
    for _ in range(_MAX_LINKS):
        bare = path.rstrip("/") or "/"
        above, _, name = bare.rpartition("/")
        above = above or ("/" if path[0] == "/" else ".")
        found, quick = quick or look_up(call, base, above, ancestor), None
        if not stat.S_ISDIR(found.mode):
            fail(errno.ENOTDIR)
        if follow:
            try:
                path, base = os.readlink(name, dir_fd=found.descriptor), found.descriptor
            except OSError:
                pass
            else:
                continue
        return found, (name + "/" if path.endswith("/") and name else name) or "."
    return fail(errno.ELOOP)
