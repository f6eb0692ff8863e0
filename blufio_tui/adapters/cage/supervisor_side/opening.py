"""Opening files on a command's behalf: the object first, the decision on what it is, then the descriptor.

`CONTINUE` only where the fence alone is good enough, whatever the caller's string becomes in the meantime.
"""

import errno
import fcntl
import os
import stat
import struct

from blufio_tui.adapters.cage.supervisor_side.caller import Call
from blufio_tui.adapters.cage.supervisor_side.git_files import about_to_make
from blufio_tui.adapters.cage.supervisor_side.kernel import AT_FDCWD, CLOSED, O_TMPFILE, fail, signed
from blufio_tui.adapters.cage.supervisor_side.own_content import give_own_content
from blufio_tui.adapters.cage.supervisor_side.questions import Question
from blufio_tui.adapters.cage.supervisor_side.replies import CONTINUE, Inject, Later, Reply
from blufio_tui.adapters.cage.supervisor_side.resolving import (
    Object,
    look_up,
    look_up_folder,
    look_up_spelled,
)
from blufio_tui.adapters.cage.supervisor_side.state import Cage, wanted_of
from blufio_tui.core.cage.logins import MAX_LOOKED_AT, why_private
from blufio_tui.core.cage.profile import Right, Ruling, Want
from blufio_tui.core.guards.paths import covers

_SYSTEM = ("/usr/", "/lib/", "/lib64/", "/bin/", "/sys/", "/opt/")
_ALWAYS = ("/dev/null", "/dev/urandom", "/dev/zero")
_ATTEMPTS = 20
_READ, _LIST = int(Right.READ), int(Right.LIST)
_TIOCGPTN = 0x80045430


def open_(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _open(cage, call, AT_FDCWD, call.text(a[0]), a[1], a[2])


def creat(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _open(cage, call, AT_FDCWD, call.text(a[0]), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, a[1])


def openat(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _open(cage, call, signed(a[0]), call.text(a[1]), a[2], a[3])


def openat2(cage: Cage, call: Call) -> Reply:
    """Its flags lie in memory, so it is never continued; O_PATH, which cannot be injected, is as if it were missing."""
    a, size = call.arguments, call.arguments[3]
    if size < 24:
        fail(errno.EINVAL)
    flags, mode, resolve = struct.unpack("QQQ", call.memory(a[2], 24))
    if size > 24 and any(call.memory(a[2] + 24, min(size - 24, 4096))):
        fail(errno.E2BIG)
    if flags & os.O_PATH or resolve & ~0x3F:
        fail(errno.ENOSYS)
    return _open(cage, call, signed(a[0]), call.text(a[1]), flags, mode, resolve, may_continue=False)


def _open(
    cage: Cage,
    call: Call,
    folder: int,
    path: str,
    flags: int,
    mode: int,
    resolve: int = 0,
    *,
    may_continue: bool = True,
) -> Reply:
    flags &= 0xFFFFFFFF
    may_continue = may_continue and not cage.strict
    creates, exclusive = bool(flags & os.O_CREAT), flags & os.O_CREAT and flags & os.O_EXCL
    unnamed = flags & O_TMPFILE == O_TMPFILE
    writes = bool(flags & 3 or flags & os.O_TRUNC or unnamed)
    if may_continue and not writes and not creates and path.startswith(_SYSTEM) and ".." not in path:
        return CONTINUE
    if may_continue and path in _ALWAYS:
        return CONTINUE
    if path == "/dev/tty":
        fail(errno.ENXIO)
    spelled = call.spelled(folder, path) if not resolve else ""
    if may_continue and spelled and not writes and not creates and _is_settled(cage, spelled):
        return CONTINUE
    follow = not (flags & os.O_NOFOLLOW or exclusive)
    for _ in range(_ATTEMPTS):
        try:
            found = look_up_spelled(call, spelled, follow=follow) if spelled else None
            if found is None:
                base = None if path[:1] == "/" else call.base(folder)
                found = look_up(call, base, path, cage.pid, follow=follow, resolve=resolve)
        except FileNotFoundError:
            if not creates or path.endswith("/"):
                raise
            made = _create(cage, call, folder, path, flags, mode, follow, may_continue)
            if made is not None:
                return made
            continue  # somebody else made it in the meantime
        if exclusive:
            fail(errno.EEXIST)
        if creates and (path.endswith("/") or stat.S_ISDIR(found.mode)):
            fail(errno.EISDIR)
        if may_continue and spelled == found.path:
            _settle(cage, os.path.dirname(spelled))
        reply = _existing(cage, call, found, flags, mode, writes, unnamed, may_continue)
        if reply is not None:
            return reply
        spelled = found.path
    return fail(errno.EAGAIN)


def _settle(cage: Cage, folder: str) -> None:
    """Remember a folder that was found where it is spelled, if the fence lets everything in it be read."""
    if (
        folder not in cage.settled
        and cage.profile.fence_rights(folder) & (_READ | _LIST) == _READ | _LIST
        and not covers(cage.profile.tmp, folder)
    ):
        cage.settled.add(folder)


def _is_settled(cage: Cage, spelled: str) -> bool:
    """Whether it is free to read and the fence lets it be read, so that only the last name is to be looked at."""
    if spelled.rpartition("/")[0] not in cage.settled:
        return False
    try:
        mode = os.lstat(spelled).st_mode
    except OSError:
        return False
    if stat.S_ISLNK(mode):
        return False
    want = Want.LIST if stat.S_ISDIR(mode) else Want.READ
    if cage.judge(spelled, want).ruling is not Ruling.FREE:
        return False
    cage.reads += want is Want.READ
    return True


def _existing(
    cage: Cage, call: Call, found: Object, flags: int, mode: int, writes: bool, unnamed: bool, may_continue: bool
) -> Reply | None:
    """Open what is there; None when there is another file by that name now."""
    if stat.S_ISLNK(found.mode):
        fail(errno.ELOOP)
    path, journal = found.path, cage.journal
    regular_in_project = stat.S_ISREG(found.mode) and cage.in_project(path)
    outside = path[:1] == "/" and not regular_in_project and not path.startswith("/proc/")
    if outside and not _allowed_by_mode(found, flags, writes):
        fail(errno.EACCES)  # the kernel's own refusal comes before any question
    changes = writes and not unnamed and regular_in_project
    want = Want.CREATE if unnamed else wanted_of(found, writing=writes)
    cage.decide(path, want, found, cage.problem_changing(found) if changes else "")
    if path in cage.profile.files and not writes and not cage.profile.fence_rights(path) & _READ:
        _ask_about_login(cage, found)
    if may_continue and covers(cage.profile.tmp, path):
        return CONTINUE
    if may_continue and not writes and not flags & os.O_CREAT:
        needed = _LIST if stat.S_ISDIR(found.mode) else _READ
        if cage.profile.fence_rights(path) & needed:
            return CONTINUE
    if changes and cage.is_shared_installation(found):
        give_own_content(cage, found)
        return None
    if changes:
        journal.changes_content(path, found.descriptor)
    kept = flags & ~(os.O_NOFOLLOW if unnamed else os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW) | CLOSED
    inherited = not flags & os.O_CLOEXEC

    def reopen() -> Inject:
        permissions = mode & 0o777 & ~call.umask() if unnamed else 0
        opened = call.keep(os.open(found.again, kept, permissions))
        _note_terminal(cage, path, opened)
        return Inject(opened, inherited)

    if stat.S_ISFIFO(found.mode) and path.startswith("/") and not flags & os.O_NONBLOCK:
        return Later(reopen)
    return reopen()


def _ask_about_login(cage: Cage, found: Object) -> None:
    """Settings that programs read when they start are free only as long as they hold no password and no token.

    Raises:
        MustAsk, OSError: as `Cage.ask`.
    """
    if not stat.S_ISREG(found.mode):
        return
    with os.fdopen(os.open(found.again, os.O_RDONLY | os.O_CLOEXEC), "rb") as file:
        why = why_private(file.read(MAX_LOOKED_AT + 1))
    if why:
        cage.ask(Question("fs.read", found.path, str(Want.READ), why))


def _create(
    cage: Cage, call: Call, folder: int, path: str, flags: int, mode: int, follow: bool, may_continue: bool
) -> Reply | None:
    """Make a file; None if there is one after all."""
    above, name = look_up_folder(call, folder, path, cage.pid, follow=follow)
    if name.endswith("/"):
        fail(errno.EISDIR)
    real = os.path.join(above.path, name)
    if above.path.startswith("/proc"):
        fail(errno.ENOENT)
    cage.decide(real, Want.CREATE)
    about_to_make(cage, above, name)
    if may_continue and covers(cage.profile.tmp, real):
        return CONTINUE
    permissions = mode & 0o1777 & ~call.umask()
    exclusive = flags | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | CLOSED
    try:
        opened = call.keep(os.open(name, exclusive, permissions, dir_fd=above.descriptor))
    except FileExistsError:
        return None
    cage.note_made(real, os.fstat(opened))
    return Inject(opened, not flags & os.O_CLOEXEC)


def _allowed_by_mode(found: Object, flags: int, writes: bool) -> bool:
    needed = (os.W_OK if writes else 0) | (os.R_OK if flags & 3 != os.O_WRONLY else 0)
    return os.access(found.again, needed)


def _note_terminal(cage: Cage, path: str, opened: int) -> None:
    """The other end of a pseudo terminal that the family made is its own."""
    if path in ("/dev/ptmx", "/dev/pts/ptmx"):
        number = fcntl.ioctl(opened, _TIOCGPTN, bytes(4))
        cage.terminals.add(struct.unpack("I", number)[0])
