"""Carries out the steps of an undo through descriptors of the folders, so that no link is followed."""

import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.files.file_effects import replace_file
from blufio_tui.adapters.files.guard import FileGuard, explain
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.files.replay import Found
from blufio_tui.core.files.undo import Step

_MAKES = ("write", "make folder", "make link")
_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


@dataclass(frozen=True, slots=True)
class Before:
    """What a step has replaced or removed.

    Attributes:
        content: None if there was no file.
    """

    content: bytes | None = None
    mode: int = 0
    link: str = ""


class Restorer:
    """
    Args:
        content: old content by its SHA-256; raises `StorageError`.
    """

    def __init__(self, guard: FileGuard, content: Callable[[str], bytes]) -> None:
        self._guard = guard
        self._content = content

    def look(self, path: str) -> Found:
        """The current state of a path, for comparison with the plan."""
        try:
            with self._parent(path) as (folder, name):
                return _found(folder, name)
        except (FileNotFoundError, NotADirectoryError):
            return Found()
        except (OSError, HostError, NeverRule):
            return Found("unreadable")

    def current(self, step: Step) -> Before:
        """The state that the step is about to replace or remove.

        Raises:
            HostError: it is not as the plan has it.
        """
        with self._told(step), self._parent(step.path) as (folder, name):
            try:
                found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                _refuse_unless(step.action in _MAKES and not step.now, "it was removed since")
                return Before()
            mode = stat.S_IMODE(found.st_mode)
            if stat.S_ISLNK(found.st_mode):
                return Before(mode=mode, link=os.readlink(name, dir_fd=folder))
            if stat.S_ISREG(found.st_mode) and step.action in ("write", "remove"):
                content = _read(folder, name)
                _refuse_unless(hashlib.sha256(content).hexdigest() == step.now, "it changed since")
                return Before(content, mode)
            return Before(mode=mode)

    def do(self, step: Step) -> None:
        """
        Raises:
            HostError, StorageError: it was not done.
        """
        with self._told(step), self._parent(step.path) as (folder, name):
            match step.action:
                case "write":
                    _refuse_unless(bool(step.now) or not _is_there(folder, name), "something else is there now")
                    replace_file(folder, name, self._content(step.restore), step.mode)
                    _set_mode(folder, name, step.mode)
                case "remove":
                    os.unlink(name, dir_fd=folder)
                case "remove folder":
                    os.rmdir(name, dir_fd=folder)
                case "make folder":
                    os.mkdir(name, 0o700, dir_fd=folder)
                    _set_mode(folder, name, step.mode)
                case "make link":
                    os.symlink(step.other, name, dir_fd=folder)
                case "mode":
                    _set_mode(folder, name, step.mode)
                case "rename" | "exchange":
                    with self._parent(step.other) as (other_folder, other_name):
                        _move(folder, name, other_folder, other_name, exchange=step.action == "exchange")
                case other:
                    raise HostError(f"blufio-tui does not know how to {other or 'do this'}")
            os.fsync(folder)

    @contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        self._guard.check(path, operation="write")
        folder, name = self._guard.open_parent(path)
        try:
            yield folder, name
        finally:
            os.close(folder)

    @contextmanager
    def _told(self, step: Step) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise explain(error, step.path) from error
        except NeverRule as error:
            raise HostError(str(error)) from error


def _found(folder: int, name: str) -> Found:
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISREG(found.st_mode):
        opened = os.open(name, _LOOK, dir_fd=folder)
        with os.fdopen(opened, "rb") as file:
            return Found("file", hashlib.file_digest(file, "sha256").hexdigest())
    if stat.S_ISLNK(found.st_mode):
        return Found("link", link=os.readlink(name, dir_fd=folder))
    return Found("folder" if stat.S_ISDIR(found.st_mode) else "other")


def _read(folder: int, name: str) -> bytes:
    with os.fdopen(os.open(name, _LOOK, dir_fd=folder), "rb") as file:
        return file.read()


def _is_there(folder: int, name: str) -> bool:
    with suppress(FileNotFoundError):
        os.stat(name, dir_fd=folder, follow_symlinks=False)
        return True
    return False


def _refuse_unless(condition: bool, why: str) -> None:
    if not condition:
        raise HostError(why)


def _set_mode(folder: int, name: str, mode: int) -> None:
    """By what it is now, also where it may not be read; never with set-user-id bits."""
    opened = os.open(name, getattr(os, "O_PATH", os.O_RDONLY) | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        if stat.S_ISLNK(os.fstat(opened).st_mode):
            raise HostError("it is a link now")
        Path(f"/proc/self/fd/{opened}").chmod(mode & 0o1777)
    finally:
        os.close(opened)


def _move(folder: int, name: str, other_folder: int, other: str, *, exchange: bool) -> None:
    if not exchange:
        _refuse_unless(not _is_there(other_folder, other), "something else is where it was")
        os.rename(name, other, src_dir_fd=folder, dst_dir_fd=other_folder)
        return
    aside = f".{secrets.token_hex(8)}.blufio-tmp"
    os.rename(name, aside, src_dir_fd=folder, dst_dir_fd=folder)
    os.rename(other, name, src_dir_fd=other_folder, dst_dir_fd=folder)
    os.rename(aside, other, src_dir_fd=folder, dst_dir_fd=other_folder)
