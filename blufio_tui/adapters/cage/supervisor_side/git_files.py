"""Configurations of git: `.git/config`, and `config` in any folder that git takes for a repository by what lies in it.

Whatever the order in which its parts are made: a `config` that was there before counts from the moment on in which the
folder becomes a repository, and is then put in place again, since the command may still hold the old file open.
"""

import errno
import os
import stat
from contextlib import suppress

from blufio_tui.adapters.cage.supervisor_side.kernel import fail
from blufio_tui.adapters.cage.supervisor_side.questions import Question
from blufio_tui.adapters.cage.supervisor_side.repositories import parts_in
from blufio_tui.adapters.cage.supervisor_side.resolving import Object
from blufio_tui.adapters.cage.supervisor_side.state import Cage
from blufio_tui.core.cage.git_config import new_programs
from blufio_tui.core.cage.obeyed import is_repository, obeyed_in_cage, part_of_repository

MAX_CONFIG = 1 << 20
_SHOWN = 20
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CONFIGURATIONS = ("config", "config.worktree")


def about_to_make(cage: Cage, folder: Object, name: str) -> None:
    """Before `name` comes into being in `folder`: where that makes a repository of it, its configuration is looked at.

    Raises:
        MustAsk, OSError: as `Cage.ask`.
    """
    if part_of_repository(name) != "part" or not cage.in_project(folder.path):
        return
    before = parts_in(folder.path)
    if is_repository(before) or not is_repository([*before, name]):
        return
    for one in _CONFIGURATIONS:
        path = os.path.join(folder.path, one)
        if not os.path.lexists(path) or obeyed_in_cage(path[len(cage.profile.project) :]):
            continue
        content = _plain_content(folder, one)
        keys = ("unreadable",) if content is None else new_programs(b"", content)
        if keys:
            cage.ask(_question(path, keys))
        if content is not None:
            put_in_place(cage, folder, one, content, 0o644)


def _question(path: str, keys: tuple[str, ...]) -> Question:
    return Question("fs.write", path, "rename", why_asked(keys))


def why_asked(keys: tuple[str, ...]) -> str:
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return f"git would act on settings that can run programs or lead elsewhere: {', '.join(keys[:_SHOWN])}{more}"


def _plain_content(folder: Object, name: str) -> bytes | None:
    """What a regular file holds; None for anything else."""
    with suppress(OSError):
        if stat.S_ISREG(os.stat(name, dir_fd=folder.descriptor, follow_symlinks=False).st_mode):
            return content_of(folder, name)
    return None


def content_of(folder: Object, name: str) -> bytes:
    """
    Raises:
        OSError: EFBIG and whatever opening fails with.
    """
    opened = os.open(name, _READ, dir_fd=folder.descriptor)
    with os.fdopen(opened, "rb") as file:
        data = file.read(MAX_CONFIG + 1)
    if len(data) > MAX_CONFIG:
        fail(errno.EFBIG)
    return data


def put_in_place(cage: Cage, folder: Object, name: str, content: bytes, mode: int) -> None:
    """Write what was decided on as a new file: nobody holds it open for writing."""
    there = os.path.lexists(os.path.join(folder.path, name))
    path = os.path.join(folder.path, name)
    change = cage.journal.about_to_remove(path, folder.descriptor, name) if there else None
    fresh = f".{name}.{os.getpid()}.new"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    opened = os.open(fresh, flags, 0o600, dir_fd=folder.descriptor)
    try:
        with os.fdopen(opened, "wb", closefd=False) as file:
            file.write(content)
        os.fchmod(opened, mode)
        os.rename(fresh, name, src_dir_fd=folder.descriptor, dst_dir_fd=folder.descriptor)
        cage.journal.note(change)
        cage.journal.created(path, os.fstat(opened))
    finally:
        os.close(opened)
