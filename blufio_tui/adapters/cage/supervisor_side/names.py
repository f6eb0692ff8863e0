"""Changing names: unlink, rename, link, mkdir and the like, decided and done on the command's behalf.

The kernel's own refusals (EEXIST, ENOENT, ENOTEMPTY) come before any question, or `mkdir` of what is there would ask.
"""

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress

from blufio_tui.adapters.cage.supervisor_side.caller import Call
from blufio_tui.adapters.cage.supervisor_side.git_files import about_to_make, content_of, put_in_place, why_asked
from blufio_tui.adapters.cage.supervisor_side.journal import identity_of
from blufio_tui.adapters.cage.supervisor_side.kernel import (
    AT_EMPTY_PATH,
    AT_FDCWD,
    AT_SYMLINK_FOLLOW,
    NR,
    fail,
    handle_of,
    signed,
    system_call,
)
from blufio_tui.adapters.cage.supervisor_side.questions import MustAsk, Question
from blufio_tui.adapters.cage.supervisor_side.replies import CONTINUE, Reply
from blufio_tui.adapters.cage.supervisor_side.repositories import is_configuration
from blufio_tui.adapters.cage.supervisor_side.resolving import Object, look_up, look_up_folder, real_path
from blufio_tui.adapters.cage.supervisor_side.state import Cage
from blufio_tui.core.cage.git_config import new_programs
from blufio_tui.core.cage.keeper import Change
from blufio_tui.core.cage.obeyed import is_repository
from blufio_tui.core.cage.profile import Ruling, Want, judge
from blufio_tui.core.guards.paths import covers

_AT_REMOVEDIR = 0x200
_RENAME_EXCHANGE, _RENAME_NOREPLACE = 2, 1
_MAX_LOOK = 10_000


class Name:
    """A name in a folder: where it is, and what is there now."""

    __slots__ = ("folder", "name", "path", "stat")

    def __init__(self, folder: Object, name: str) -> None:
        self.folder, self.name = folder, name
        self.path = folder.path if self.bare in ("", ".") else os.path.join(folder.path, self.bare)
        self.stat: os.stat_result | None = None
        with suppress(OSError):
            self.stat = os.stat(self.bare or ".", dir_fd=folder.descriptor, follow_symlinks=False)

    @property
    def bare(self) -> str:
        return self.name.rstrip("/")

    @property
    def raw(self) -> bytes:
        return os.fsencode(self.name)

    def handle(self) -> bytes:
        return handle_of(self.folder.descriptor, os.fsencode(self.bare))

    @property
    def is_link(self) -> bool:
        return self.stat is not None and stat.S_ISLNK(self.stat.st_mode)

    @property
    def is_folder(self) -> bool:
        return self.stat is not None and stat.S_ISDIR(self.stat.st_mode)


def _name(cage: Cage, call: Call, folder: int, path: str) -> Name:
    return Name(*look_up_folder(call, folder, path, cage.pid))


def _decide(cage: Cage, name: Name, want: Want, unkeepable: str = "") -> None:
    if name.bare in (".", "..", ""):
        return  # the kernel refuses these by itself
    if name.is_folder:
        cage.settled.clear()  # a link may come in its place
    inside = cage.in_project(name.path) or covers(cage.profile.tmp, name.path)
    if not inside and not os.access(name.folder.again, os.W_OK):
        fail(errno.EACCES)
    cage.decide(name.path, want, name, unkeepable)


# ── removing ───────────────────────────────────────────────────────────────────────────────────────


def unlink(cage: Cage, call: Call) -> Reply:
    return _remove(cage, call, AT_FDCWD, call.text(call.arguments[0]), 0)


def rmdir(cage: Cage, call: Call) -> Reply:
    return _remove(cage, call, AT_FDCWD, call.text(call.arguments[0]), _AT_REMOVEDIR)


def unlinkat(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _remove(cage, call, signed(a[0]), call.text(a[1]), a[2] & 0xFFFFFFFF)


def _remove(cage: Cage, call: Call, folder: int, path: str, flags: int) -> Reply:
    name = _name(cage, call, folder, path)
    if name.stat is None and name.bare not in (".", "..", ""):
        fail(errno.ENOENT)
    if flags & _AT_REMOVEDIR and name.is_folder and _has_entries(name):
        fail(errno.ENOTEMPTY)  # git tries this to see whether a folder is empty
    if _may_continue(cage, name):
        return CONTINUE
    unkeepable = cage.journal.problem_removing(name.stat) if name.stat and cage.in_project(name.path) else ""
    _decide(cage, name, Want.REMOVE, unkeepable)
    change = None
    if cage.in_project(name.path):
        change = cage.journal.about_to_remove(name.path, name.folder.descriptor, name.bare or ".")
    system_call(NR["unlinkat"], name.folder.descriptor, name.raw, flags)
    if name.stat is not None and name.stat.st_nlink == 1:
        cage.made_elsewhere.pop(identity_of(name.stat), None)
    cage.journal.note(change)
    return 0


def _has_entries(name: Name) -> bool:
    try:
        opened = os.open(
            name.bare, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=name.folder.descriptor
        )
    except OSError:
        return False
    try:
        with os.scandir(opened) as entries:
            return next(entries, None) is not None
    finally:
        os.close(opened)


def _may_continue(cage: Cage, *names: Name) -> bool:
    """The fence lets all of this happen in the private folder, and nowhere else."""
    tmp = cage.profile.tmp
    return not cage.strict and all(covers(tmp, name.path) and name.path != tmp for name in names)


# ── renaming ───────────────────────────────────────────────────────────────────────────────────────


def rename(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _rename(cage, call, AT_FDCWD, call.text(a[0]), AT_FDCWD, call.text(a[1]), 0)


def renameat(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _rename(cage, call, signed(a[0]), call.text(a[1]), signed(a[2]), call.text(a[3]), 0)


def renameat2(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _rename(cage, call, signed(a[0]), call.text(a[1]), signed(a[2]), call.text(a[3]), a[4] & 0xFFFFFFFF)


def _rename(cage: Cage, call: Call, old_at: int, old: str, new_at: int, new: str, flags: int) -> Reply:
    source, target = _name(cage, call, old_at, old), _name(cage, call, new_at, new)
    if source.stat is None:
        fail(errno.ENOENT)
    if flags & _RENAME_NOREPLACE and target.stat is not None:
        fail(errno.EEXIST)
    if flags & ~(_RENAME_EXCHANGE | _RENAME_NOREPLACE):
        fail(errno.EINVAL)  # RENAME_WHITEOUT makes a device
    if _may_continue(cage, source, target) and not flags:
        return CONTINUE
    if flags & _RENAME_EXCHANGE and cage.in_project(source.path) is not cage.in_project(target.path):
        fail(errno.EINVAL)  # as file systems do that cannot; programs then rename one after the other
    if is_configuration(cage.profile.project, target.path) and not flags & _RENAME_EXCHANGE:
        return _replace_git_config(cage, source, target)
    leaving = ""
    if cage.in_project(source.path) and not cage.in_project(target.path):
        inside = f"{source.folder.again.decode()}/{source.bare}"
        journal = cage.journal
        leaving = journal.problem_leaving(inside) if source.is_folder else journal.problem_removing(source.stat)
    _decide(cage, source, Want.RENAME, leaving)
    replaced = target.stat is not None and not _same(source.stat, target.stat)
    keeps = target.stat if replaced and cage.in_project(target.path) and not flags & _RENAME_EXCHANGE else None
    problem = cage.journal.problem_removing(keeps) if keeps else ""
    _decide(cage, target, Want.RENAME if target.stat else Want.CREATE, problem)
    exchanged = (target, source) if flags & _RENAME_EXCHANGE else (target, target)
    for moved, elsewhere in ((source, target), exchanged):
        if moved.is_link:
            _decide(cage, elsewhere, Want.SYMLINK)
        if moved.is_folder:
            _refuse_carrying(cage, moved, elsewhere, where=moved)
        about_to_make(cage, elsewhere.folder, elsewhere.bare)
    change = _kept_before_rename(cage, source, target, flags, replaced)
    _move(source, target, flags)
    if source.is_folder and cage.in_project(target.path) and covers(cage.profile.tmp, source.path):
        _look_again(cage, source, target)
    _note_rename(cage, source, target, flags, change)
    return 0


def _move(source: Name, target: Name, flags: int = 0) -> None:
    system_call(NR["renameat2"], source.folder.descriptor, source.raw, target.folder.descriptor, target.raw, flags)


def _look_again(cage: Cage, source: Name, target: Name) -> None:
    """In the temporary folder calls go on by themselves: a thread may have filled this one while it was looked at. In
    the project none does, so what is seen now is all.

    Raises:
        MustAsk, OSError: as `Cage.ask`; the folder is back where it was.
    """
    try:
        _refuse_carrying(cage, source, target, where=target)
    except (MustAsk, OSError):
        _move(target, source, _RENAME_NOREPLACE)
        if target.stat is not None:  # an empty folder had the name
            os.mkdir(target.bare, stat.S_IMODE(target.stat.st_mode), dir_fd=target.folder.descriptor)
        raise


def _kept_before_rename(cage: Cage, source: Name, target: Name, flags: int, replaced: bool) -> list[Change | None]:
    journal, changes = cage.journal, []
    if replaced and not flags & _RENAME_EXCHANGE and cage.in_project(target.path):
        changes.append(journal.about_to_remove(target.path, target.folder.descriptor, target.bare))
    if cage.in_project(source.path) and not cage.in_project(target.path):
        changes.append(journal.about_to_remove(source.path, source.folder.descriptor, source.bare, lives_on=True))
    return changes


def _note_rename(cage: Cage, source: Name, target: Name, flags: int, changes: list[Change | None]) -> None:
    for change in changes:
        cage.journal.note(change)
    from_project, to_project = cage.in_project(source.path), cage.in_project(target.path)
    if from_project and not to_project:
        cage.journal.forget_made(None if source.is_folder or source.stat is None else identity_of(source.stat))
    if source.stat is None:
        return
    if from_project and to_project and flags & _RENAME_EXCHANGE:
        cage.journal.exchanged(source.path, target.path, source.stat)
    elif from_project and to_project:
        if not _same(source.stat, target.stat):
            cage.journal.renamed(source.path, target.path, source.stat)
    elif to_project:
        _note_arrival(cage, target, source.stat)


def _note_arrival(cage: Cage, target: Name, found: os.stat_result) -> None:
    """What comes from outside, such as from the temporary folder, is new here, and so is all that is in it."""
    cage.journal.created(target.path, found)
    if not stat.S_ISDIR(found.st_mode):
        return
    root = f"{target.folder.again.decode()}/{target.bare}"
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            with suppress(OSError):
                cage.journal.created(f"{target.path}{folder[len(root) :]}/{name}", os.lstat(f"{folder}/{name}"))


def _same(one: os.stat_result | None, other: os.stat_result | None) -> bool:
    return one is not None and other is not None and (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def _refuse_carrying(cage: Cage, moved: Name, elsewhere: Name, *, where: Name) -> None:
    """A folder that moves takes what is in it along: nothing in it may become, or stop being, what is asked about.

    Args:
        where: where the folder is now.
    """
    look = 0
    root = f"/proc/self/fd/{where.folder.descriptor}/{where.bare}"
    arrives = cage.in_project(elsewhere.path) and not cage.in_project(moved.path)
    hidden: list[OSError] = []
    for folder, folders, files in os.walk(root, onerror=hidden.append):
        inside = folder[len(root) :]
        look += len(files) + len(folders)
        if look > _MAX_LOOK:
            _ask_to_carry(cage, elsewhere, "it holds too many files to check")
            return
        if arrives and is_repository((*folders, *files)):
            _ask_to_carry(cage, elsewhere, f"it holds a git repository: {_shown(inside, '')}")
        for name in (*files, *folders):
            path = f"{inside}/{name}"
            if _carries(cage, moved.path + path, elsewhere.path + path, os.path.islink(f"{folder}/{name}")):
                _ask_to_carry(cage, elsewhere, f"it holds {_shown(inside, name)}")
    if hidden:
        _ask_to_carry(cage, elsewhere, "it holds folders that cannot be read")


def _ask_to_carry(cage: Cage, elsewhere: Name, why: str) -> None:
    cage.ask(Question("fs.write", elsewhere.path, "rename", why))


def _shown(inside: str, name: str) -> str:
    return os.path.join(inside.lstrip("/"), name) or "."


def _carries(cage: Cage, before: str, after: str, is_link: bool) -> bool:
    """Whether a path is asked about only after the move, or only before it, or is nobody's or a rule's."""
    now, then = judge(cage.profile, before, Want.RENAME), judge(cage.profile, after, Want.CREATE)
    if Ruling.NEVER in (now.ruling, then.ruling) or "rule" in now.why:
        return True
    if is_link and then.ruling is Ruling.FREE:
        then = judge(cage.profile, after, Want.SYMLINK)
    if then.ruling is not Ruling.FREE and now.ruling is Ruling.FREE:
        return True
    return _is_secret(cage, before) and not _is_secret(cage, after)


def _is_secret(cage: Cage, path: str) -> bool:
    return judge(cage.profile, path, Want.READ).ruling is not Ruling.FREE


# ── .git/config ────────────────────────────────────────────────────────────────────────────────────


def _replace_git_config(cage: Cage, source: Name, target: Name) -> Reply:
    """git writes `config.lock` and renames it. What was read and decided on is what is put in place."""
    if source.stat is None or not stat.S_ISREG(source.stat.st_mode):
        fail(errno.EPERM)
    _decide(cage, source, Want.RENAME)
    before = content_of(target.folder, target.bare) if target.stat else b""
    new = content_of(source.folder, source.bare)
    keys = new_programs(before, new)
    if keys:
        cage.ask(Question("fs.write", target.path, "rename", why_asked(keys)))
    if not cage.profile.writes:
        cage.decide(target.path, Want.RENAME, target)
    put_in_place(cage, target.folder, target.bare, new, stat.S_IMODE(source.stat.st_mode) & 0o777)
    gone = None
    if cage.in_project(source.path):
        gone = cage.journal.about_to_remove(source.path, source.folder.descriptor, source.bare)
    os.unlink(source.bare, dir_fd=source.folder.descriptor)
    cage.journal.note(gone)
    return 0


# ── making ─────────────────────────────────────────────────────────────────────────────────────────


def _make(cage: Cage, call: Call, folder: int, path: str, make: Callable[[int, bytes], object], want: Want) -> Reply:
    name = _name(cage, call, folder, path)
    if name.stat is not None:
        fail(errno.EEXIST)
    if _may_continue(cage, name):
        return CONTINUE
    _decide(cage, name, want)
    about_to_make(cage, name.folder, name.bare)
    make(name.folder.descriptor, name.raw)
    cage.note_made(name.path, os.stat(name.bare, dir_fd=name.folder.descriptor, follow_symlinks=False))
    return 0


def mkdir(cage: Cage, call: Call) -> Reply:
    return _make_folder(cage, call, AT_FDCWD, call.text(call.arguments[0]), call.arguments[1])


def mkdirat(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _make_folder(cage, call, signed(a[0]), call.text(a[1]), a[2])


def _make_folder(cage: Cage, call: Call, folder: int, path: str, mode: int) -> Reply:
    def make(at: int, name: bytes) -> None:
        system_call(NR["mkdirat"], at, name, mode & 0o1777 & ~call.umask())

    return _make(cage, call, folder, path, make, Want.FOLDER)


def mknod(cage: Cage, call: Call) -> Reply:
    return _make_node(cage, call, AT_FDCWD, call.text(call.arguments[0]), call.arguments[1])


def mknodat(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _make_node(cage, call, signed(a[0]), call.text(a[1]), a[2])


def _make_node(cage: Cage, call: Call, folder: int, path: str, mode: int) -> Reply:
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFIFO, stat.S_IFSOCK):
        fail(errno.EPERM)

    def make(at: int, name: bytes) -> None:
        system_call(NR["mknodat"], at, name, mode & 0o171777 & ~call.umask(), 0)

    return _make(cage, call, folder, path, make, Want.CREATE)


def symlink(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _make_symlink(cage, call, call.text(a[0]), AT_FDCWD, call.text(a[1]))


def symlinkat(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _make_symlink(cage, call, call.text(a[0]), signed(a[1]), call.text(a[2]))


def _make_symlink(cage: Cage, call: Call, leads_to: str, folder: int, path: str) -> Reply:
    def make(at: int, name: bytes) -> None:
        system_call(NR["symlinkat"], os.fsencode(leads_to), at, name)

    return _make(cage, call, folder, path, make, Want.SYMLINK)


def link(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _link(cage, call, AT_FDCWD, call.text(a[0]), AT_FDCWD, call.text(a[1]), 0)


def linkat(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    return _link(cage, call, signed(a[0]), call.text(a[1]), signed(a[2]), call.text(a[3]), a[4])


def _keep_before_it_is_shared(cage: Cage, source: Object) -> None:
    """By its name outside the project it can be changed unseen: that counts as done."""
    if problem := cage.journal.problem(source.stat):
        cage.decide(source.path, Want.WRITE, source, problem)
    cage.journal.changes_content(source.path, source.descriptor)
    cage.journal.changes_attributes(source.path, source.stat)


def _link(cage: Cage, call: Call, old_at: int, old: str, new_at: int, new: str, flags: int) -> Reply:
    """A link is a second name to write through: the source counts as changed, outside the project too."""
    if flags & AT_EMPTY_PATH and old == "":
        base = call.descriptor(old_at)
        source = Object(base, real_path(base))
    else:
        base_at = None if old[:1] == "/" else call.base(old_at)
        source = look_up(call, base_at, old, cage.pid, follow=bool(flags & AT_SYMLINK_FOLLOW))
    if stat.S_ISDIR(source.mode):
        fail(errno.EPERM)
    # What has no name can only be a file that the command has opened without one: the kernel links no other.
    unnamed = source.stat.st_nlink == 0
    made = unnamed or cage.journal.is_new(source) or cage.is_made_elsewhere(source)
    if not made:
        cage.decide(source.path, Want.LINK, source)
    target = _name(cage, call, new_at, new)
    if stat.S_ISREG(source.mode) and not unnamed and cage.in_project(source.path) and not cage.in_project(target.path):
        _keep_before_it_is_shared(cage, source)
    if covers(cage.profile.tmp, source.path) and _may_continue(cage, target):
        return CONTINUE
    if stat.S_ISLNK(source.mode):
        where = _name(cage, call, old_at, old)

        def make_second(at: int, name: bytes) -> None:
            system_call(NR["linkat"], where.folder.descriptor, where.raw, at, name, 0)

        return _make(cage, call, new_at, new, make_second, Want.SYMLINK)

    def make(at: int, name: bytes) -> None:
        system_call(NR["linkat"], AT_FDCWD, source.again, at, name, AT_SYMLINK_FOLLOW)

    return _make(cage, call, new_at, new, make, Want.CREATE)
