"""Changing what is there without opening it: mode, owner, times, extended attributes, length. And reading it so:
extended attributes, which may hold anything, and news of who else uses a file or folder.

Landlock knows nothing of these, so none is ever continued. Each is done on the object that was decided on.
"""

import errno
import os
import stat
import struct

from blufio_tui.adapters.cage.supervisor_side.caller import Call
from blufio_tui.adapters.cage.supervisor_side.kernel import (
    AT_EMPTY_PATH,
    AT_FDCWD,
    AT_SYMLINK_NOFOLLOW,
    NR,
    fail,
    signed,
    system_call,
    write_memory,
)
from blufio_tui.adapters.cage.supervisor_side.own_content import give_own_content
from blufio_tui.adapters.cage.supervisor_side.replies import Reply
from blufio_tui.adapters.cage.supervisor_side.resolving import Object, look_up, real_path
from blufio_tui.adapters.cage.supervisor_side.state import Cage, wanted_of
from blufio_tui.core.cage.profile import Want

_MAX_ATTRIBUTE = 65536
_IN_DONT_FOLLOW = 0x02000000
_KNOWN_ATTRIBUTES = (b"user.", b"system.posix_acl_")


def _object(
    cage: Cage, call: Call, folder: int, path: str | None, follow: bool, want: Want = Want.ATTRIBUTES
) -> Object:
    """What is to be changed, decided on and journalled. A path of None or "" means the descriptor itself."""
    if not path:
        opened = call.base(folder) if folder == AT_FDCWD else call.descriptor(folder)
        found = Object(opened, real_path(opened))
    else:
        base = None if path[0] == "/" else call.base(folder)
        found = look_up(call, base, path, cage.pid, follow=follow)
    inside = cage.in_project(found.path)
    is_shared = inside and want is Want.WRITE and stat.S_ISREG(found.mode) and cage.is_shared_installation(found)
    problem = ""
    if inside:
        problem = cage.problem_changing(found) if want is Want.WRITE else cage.problem_elsewhere(found)
    cage.decide(found.path, want, found, problem)
    if is_shared:
        give_own_content(cage, found)
        found = look_up(call, None, found.path, cage.pid, follow=False)
        if cage.is_shared_installation(found):
            fail(errno.EAGAIN)
    if inside and want is Want.WRITE:
        cage.journal.changes_content(found.path, found.descriptor)
    elif inside:
        cage.journal.changes_attributes(found.path, found.stat)
    return found


def _needed(path: str) -> str:
    return path or fail(errno.ENOENT)


def chmod(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _chmod(cage, call, AT_FDCWD, _needed(call.text(a[0])), a[1])


def fchmod(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _chmod(cage, call, signed(a[0]), None, a[1])


def fchmodat(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _chmod(cage, call, signed(a[0]), _needed(call.text(a[1])), a[2])


def fchmodat2(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _chmod(cage, call, signed(a[0]), call.text(a[1]), a[2], follow=not a[3] & AT_SYMLINK_NOFOLLOW)


def _chmod(cage: Cage, call: Call, folder: int, path: str | None, mode: int, *, follow: bool = True) -> Reply:
    found = _object(cage, call, folder, path, follow)
    if stat.S_ISLNK(found.mode):
        fail(errno.EOPNOTSUPP)
    if not stat.S_ISDIR(found.mode):
        mode &= ~0o6000  # no set-uid program comes out of a cage
    system_call(NR["chmod"], found.again, mode & 0o7777)
    return 0


def chown(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _chown(cage, call, AT_FDCWD, _needed(call.text(a[0])), a[1], a[2])


def lchown(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _chown(cage, call, AT_FDCWD, _needed(call.text(a[0])), a[1], a[2], follow=False)


def fchown(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _chown(cage, call, signed(a[0]), None, a[1], a[2])


def fchownat(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _chown(cage, call, signed(a[0]), call.text(a[1]), a[2], a[3], follow=not a[4] & AT_SYMLINK_NOFOLLOW)


def _chown(
    cage: Cage, call: Call, folder: int, path: str | None, user: int, group: int, *, follow: bool = True
) -> Reply:
    found = _object(cage, call, folder, path, follow)
    system_call(NR["fchownat"], found.descriptor, b"", signed(user), signed(group), AT_EMPTY_PATH)
    return 0


def utime(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    times = None
    if a[1]:
        accessed, modified = struct.unpack("2q", call.memory(a[1], 16))
        times = struct.pack("4q", accessed, 0, modified, 0)
    return _set_times(cage, call, AT_FDCWD, _needed(call.text(a[0])), times)


def utimes(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _set_times(cage, call, AT_FDCWD, _needed(call.text(a[0])), _microseconds(call, a[1]))


def futimesat(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _set_times(cage, call, signed(a[0]), call.text(a[1]) if a[1] else None, _microseconds(call, a[2]))


def utimensat(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    times = call.memory(a[2], 32) if a[2] else None
    path = call.text(a[1]) if a[1] else None
    return _set_times(cage, call, signed(a[0]), path, times, follow=not a[3] & AT_SYMLINK_NOFOLLOW)


def _microseconds(call: Call, address: int) -> bytes | None:
    if not address:
        return None
    seconds, micro, seconds2, micro2 = struct.unpack("4q", call.memory(address, 32))
    return struct.pack("4q", seconds, micro * 1000, seconds2, micro2 * 1000)


def _set_times(
    cage: Cage, call: Call, folder: int, path: str | None, times: bytes | None, *, follow: bool = True
) -> Reply:
    found = _object(cage, call, folder, path, follow)
    system_call(NR["utimensat"], found.descriptor, b"", times or 0, AT_EMPTY_PATH)
    return 0


def truncate(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    found = _object(cage, call, AT_FDCWD, _needed(call.text(a[0])), True, Want.WRITE)
    system_call(NR["truncate"], found.again, a[1])
    return 0


def setxattr(cage: Cage, call: Call) -> Reply:
    return _xattr(cage, call, AT_FDCWD, _needed(call.text(call.arguments[0])))


def lsetxattr(cage: Cage, call: Call) -> Reply:
    return _xattr(cage, call, AT_FDCWD, _needed(call.text(call.arguments[0])), follow=False)


def fsetxattr(cage: Cage, call: Call) -> Reply:
    return _xattr(cage, call, signed(call.arguments[0]), None)


def removexattr(cage: Cage, call: Call) -> Reply:
    return _xattr(cage, call, AT_FDCWD, _needed(call.text(call.arguments[0])), removes=True)


def lremovexattr(cage: Cage, call: Call) -> Reply:
    return _xattr(cage, call, AT_FDCWD, _needed(call.text(call.arguments[0])), follow=False, removes=True)


def fremovexattr(cage: Cage, call: Call) -> Reply:
    return _xattr(cage, call, signed(call.arguments[0]), None, removes=True)


def _xattr(
    cage: Cage, call: Call, folder: int, path: str | None, *, follow: bool = True, removes: bool = False
) -> Reply:
    a = call.arguments
    name = os.fsencode(call.text(a[1]))
    if not name.startswith(_KNOWN_ATTRIBUTES):
        fail(errno.EOPNOTSUPP)  # cp and tar go on after this, not after EPERM
    found = _object(cage, call, folder, path, follow)
    if stat.S_ISLNK(found.mode):
        fail(errno.EPERM)
    if removes:
        system_call(NR["removexattr"], found.again, name)
        return 0
    if a[3] > _MAX_ATTRIBUTE:
        fail(errno.E2BIG)
    value = call.memory(a[2], a[3]) if a[3] else b""
    system_call(NR["setxattr"], found.again, name, value, len(value), signed(a[4]))
    return 0


# ── reading ────────────────────────────────────────────────────────────────────────────────────────


def getxattr(cage: Cage, call: Call) -> Reply:
    return _read_attribute(cage, call, follow=True)


def lgetxattr(cage: Cage, call: Call) -> Reply:
    return _read_attribute(cage, call, follow=False)


def _read_attribute(cage: Cage, call: Call, *, follow: bool) -> Reply:
    """Rights and labels are no more than `stat` tells; what programs have noted counts as content."""
    path_at, name_at, value_at, size = call.arguments[:4]
    found, name = _found(cage, call, path_at, follow=follow), os.fsencode(call.text(name_at))
    if name.startswith(b"user."):
        cage.decide(found.path, wanted_of(found, writing=False), found)
    value = os.getxattr(found.again, name)
    if not size:
        return len(value)
    if len(value) > size:
        fail(errno.ERANGE)
    if value:
        write_memory(call.task, value_at, value)
    return len(value)


def inotify_add_watch(cage: Cage, call: Call) -> Reply:
    """Watching tells names, and when somebody uses them: as much as reading a folder again and again."""
    watching, path_at, mask = call.arguments[:3]
    descriptor = call.descriptor(signed(watching))
    found = _found(cage, call, path_at, follow=not mask & _IN_DONT_FOLLOW)
    cage.decide(found.path, wanted_of(found, writing=False), found)
    return system_call(NR["inotify_add_watch"], descriptor, found.again, mask & 0xFFFFFFFF & ~_IN_DONT_FOLLOW)


def _found(cage: Cage, call: Call, path_at: int, *, follow: bool) -> Object:
    path = _needed(call.text(path_at))
    return look_up(call, None if path[0] == "/" else call.base(AT_FDCWD), path, cage.pid, follow=follow)
