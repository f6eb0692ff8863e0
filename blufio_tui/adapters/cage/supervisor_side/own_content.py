"""Installed files with a second name elsewhere, as pnpm and uv create them: a write here must not change them there.

Before such a file is opened for writing, the name in the project gets a file of its own with the same content.
"""

import errno
import itertools
import os
import stat
from contextlib import suppress

from blufio_tui.adapters.cage.supervisor_side.journal import copy_content, identity_of
from blufio_tui.adapters.cage.supervisor_side.kernel import (
    AT_FDCWD,
    RESOLVE_NO_MAGICLINKS,
    RESOLVE_NO_SYMLINKS,
    fail,
    open_object,
)
from blufio_tui.adapters.cage.supervisor_side.resolving import Object
from blufio_tui.adapters.cage.supervisor_side.state import Cage

_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_numbers = itertools.count(1)


def give_own_content(cage: Cage, found: Object) -> None:
    """Whatever is at the path afterwards is to be looked up again.

    Raises:
        OSError: the file cannot be copied.
    """
    above, name = os.path.split(found.path)
    folder = open_object(AT_FDCWD, os.fsencode(above), _FOLDER, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
    if folder < 0:
        fail(errno.EAGAIN)
    try:
        if identity_of(os.stat(name, dir_fd=folder, follow_symlinks=False)) == found.identity:
            _replace(cage, found, folder, name)
    finally:
        os.close(folder)


def _replace(cage: Cage, found: Object, folder: int, name: str) -> None:
    change = cage.journal.about_to_remove(found.path, folder, name)
    fresh = f".own-{os.getpid()}-{next(_numbers)}"
    source = os.open(found.again, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        target = os.open(fresh, _NEW, 0o600, dir_fd=folder)
        try:
            copy_content(source, target)
            _copy_attributes(found.stat, source, target)
            os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
            cage.journal.note(change)
            cage.journal.created(found.path, os.fstat(target))
        except OSError:
            with suppress(OSError):
                os.unlink(fresh, dir_fd=folder)
            raise
        finally:
            os.close(target)
    finally:
        os.close(source)


def _copy_attributes(found: os.stat_result, source: int, target: int) -> None:
    with suppress(OSError):
        os.fchown(target, found.st_uid, found.st_gid)
    with suppress(OSError):
        for attribute in os.listxattr(source):
            os.setxattr(target, attribute, os.getxattr(source, attribute))
    os.fchmod(target, stat.S_IMODE(found.st_mode) & 0o777)
    os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))
