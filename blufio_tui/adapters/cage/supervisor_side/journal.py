"""What a command changed in the project, in order, with the old content kept in time.

Files are known by inode, since names move. Old content is a second name of the file (for a removal), a reflink where
the file system can, else a copy; at most `MAX_FILE` bytes a file and `MAX_ALL` in all. A second name is given content
of its own before the file can be written to again, by a descriptor or a name that the command has kept.

Each change is written to the store as it happens, so that it can be undone when everything here was killed. Before
old content is destroyed, its copy and the note about it are put on the disk, for a loss of power: until that has taken
`MAX_SYNC_SECS` in a command.
"""

import fcntl
import hashlib
import json
import os
import stat
import time
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Protocol

from blufio_tui.adapters.cage.supervisor_side.family import group_of
from blufio_tui.adapters.cage.supervisor_side.kernel import AT_FDCWD, handle_of
from blufio_tui.core.cage.keeper import CALL_FILE, CHANGES_FILE, Change

MAX_FILE = 64 * 1024 * 1024
MAX_ALL = 512 * 1024 * 1024
MAX_CHANGES = 200_000
MAX_SYNC_SECS = 2.0
_FICLONE = 0x40049409
_CHUNK = 1 << 20
_MADE = "made"
_NOT_KEPT = "its old content was not kept: it was too large, or too much had to be kept"

Identity = tuple[int, int]


def identity_of(found: os.stat_result) -> Identity:
    return (found.st_dev, found.st_ino)


class Found(Protocol):
    """What a path led to, or a name in a folder."""

    @property
    def stat(self) -> os.stat_result | None: ...

    def handle(self) -> bytes:
        """As `kernel.handle_of`."""
        ...


class Journal:
    """
    Args:
        store: folder for the old content, 0700; "" keeps nothing.

    Attributes:
        task: whose call is being answered.
        touched: paths, and the process that came to each first.
    """

    def __init__(self, store: str) -> None:
        self._store = store
        self._log = -1
        if store:
            # The lock says that the command still runs; it ends with this process, however that ends.
            self._folder = os.open(store, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            with suppress(OSError):
                fcntl.flock(self._folder, fcntl.LOCK_SH | fcntl.LOCK_NB)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._log = os.open(f"{store}/{CHANGES_FILE}", flags, 0o600)
        self._sync_secs, self._has_begun = 0.0, False
        self._kept: dict[Identity, str] = {}
        self._second_names: dict[Identity, str] = {}
        self._made: dict[Identity, bytes] = {}
        self._modes: set[Identity] = set()
        self._objects: dict[Identity, int] = {}
        self._last_object = 0
        self._bytes = 0
        self._number = 0
        self.changes: list[Change] = []
        self.before: dict[str, str] = {}
        self.touched: dict[str, int] = {}
        self.task = 0
        self._process = (0, 0)

    def is_new(self, found: Found) -> bool:
        """Made by this command. Not so what has only got the inode of a file that the command has removed."""
        made = self._made.get(identity_of(found.stat)) if found.stat else None
        return bool(made) and made == found.handle()

    def problem(self, found: os.stat_result) -> str:
        """Why the old content of a file could not be kept, "" if it can."""
        identity = (found.st_dev, found.st_ino)
        if not self._store or identity in self._made or identity in self._kept:
            return ""
        if len(self.changes) >= MAX_CHANGES:
            return f"the command has changed more than {MAX_CHANGES:,} things, and this could not be undone"
        if stat.S_ISREG(found.st_mode):
            if found.st_size > MAX_FILE:
                return f"it is larger than {MAX_FILE >> 20} MB, and the change could not be undone"
            if self._bytes + found.st_size > MAX_ALL:
                return f"more than {MAX_ALL >> 20} MB would have to be kept, and the change could not be undone"
        return ""

    def problem_removing(self, found: os.stat_result) -> str:
        """As `problem`, for what is to be removed or replaced: only files, folders and links can be made again."""
        if problem := self.problem(found):
            return problem
        if self._store and _kind(found.st_mode) == "other" and identity_of(found) not in self._made:
            return "it is not a regular file, and its removal could not be undone"
        return ""

    def problem_leaving(self, root: str) -> str:
        """Why a folder cannot leave the project: what is in it is not kept."""
        if not self._store:
            return ""
        for folder, folders, files in os.walk(root):
            for name in (*folders, *files):
                with suppress(OSError):
                    if identity_of(os.lstat(f"{folder}/{name}")) not in self._made:
                        return "what is in it would not be kept, and this could not be undone"
        return ""

    def created(self, path: str, found: os.stat_result) -> None:
        identity, kind = identity_of(found), _kind(found.st_mode)
        if kind == "file" and found.st_nlink > 1 and identity not in self._made:
            self._note(Change(path, "linked", self._object(identity), kind=kind), before="")
            return
        if identity not in self._made:
            self._objects.pop(identity, None)  # the number of one that is gone
        self._made[identity] = handle_of(AT_FDCWD, os.fsencode(path))
        self._note(Change(path, "created", self._object(identity), kind=kind), before="")

    def _object(self, identity: Identity) -> int:
        if identity not in self._objects:
            self._last_object += 1
            self._objects[identity] = self._last_object
        return self._objects[identity]

    def forget_made(self, identity: Identity | None) -> None:
        """What has left the project may be removed unseen, and its number given to a file of somebody else's.

        Args:
            identity: of a file; None for a folder, whatever is in it.
        """
        if identity is None:
            self._made.clear()
        self._made.pop(identity or (0, 0), None)

    def changes_content(self, path: str, descriptor: int) -> None:
        """Before a file is opened for writing, cut, or given a name outside the project."""
        identity = identity_of(os.fstat(descriptor))
        self._part(identity)
        found = os.fstat(descriptor)
        if not found.st_nlink or not stat.S_ISREG(found.st_mode):
            return  # without a name nobody sees what becomes of it
        made = self._made.get(identity)
        if identity in self._kept or (made and made == handle_of(descriptor)):
            return
        copy, digest = self._copy(descriptor, found.st_size)
        self._kept[identity] = copy
        mode, lost = stat.S_IMODE(found.st_mode), "" if copy else _NOT_KEPT
        self._note(Change(path, "changed", self._object(identity), "", copy, mode, lost=lost), before=digest)
        if copy:
            self._sync()

    def changes_attributes(self, path: str, found: os.stat_result) -> None:
        identity = identity_of(found)
        if found.st_nlink and identity not in self._made and identity not in self._modes:
            self._modes.add(identity)
            mode, kind = stat.S_IMODE(found.st_mode), _kind(found.st_mode)
            self._note(Change(path, "mode", self._object(identity), mode=mode, kind=kind))

    def about_to_remove(self, path: str, folder: int, name: str, *, lives_on: bool = False) -> Change | None:
        """Keep what is there; the change to note once it is gone.

        Args:
            lives_on: it goes to where the command can change it unseen, so it needs a copy.
        """
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            return None
        identity, mode, kept = (found.st_dev, found.st_ino), stat.S_IMODE(found.st_mode), ""
        if lives_on:
            self._part(identity)
        made = self._made.get(identity)
        if made and made == handle_of(folder, os.fsencode(name)):
            gone = Change(path, "removed", self._object(identity), kind=_MADE)
            if found.st_nlink == 1 or stat.S_ISDIR(found.st_mode):
                self._made.pop(identity)
                self._objects.pop(identity, None)
            return gone
        lost = ""
        if stat.S_ISREG(found.st_mode):
            kept = self._kept.get(identity) or self._link(folder, name, found, copies=lives_on)
            lost = "" if kept else _NOT_KEPT
        link = os.readlink(name, dir_fd=folder) if stat.S_ISLNK(found.st_mode) else ""
        kind = _kind(found.st_mode)
        change = Change(path, "removed", self._object(identity), "", kept, mode, link, kind, lost)
        if found.st_nlink == 1 or kind == "folder":
            self._objects.pop(identity, None)
            self._kept.pop(identity, None)
            self._modes.discard(identity)
        if (kept or link) and self._may_sync():
            self._write({"about": asdict(change)})
            self._sync()
        return change

    def note(self, change: Change | None) -> None:
        """Note a removal that has happened."""
        if change is not None and change.kind != _MADE:
            self._note(change, before=self._digest_of(change.before) if change.before else "")
        elif change is not None:
            self.touched.pop(change.path, None)
            self._note(change)
            self.touched.pop(change.path, None)

    def renamed(self, origin: str, path: str, found: os.stat_result) -> None:
        self._note(Change(path, "renamed", self._object(identity_of(found)), origin, kind=_kind(found.st_mode)))
        self._touch(origin)

    def exchanged(self, origin: str, path: str, found: os.stat_result) -> None:
        self._note(Change(path, "exchanged", self._object(identity_of(found)), origin, kind="folder"))
        self._touch(origin)

    def _note(self, change: Change, before: str | None = None) -> None:
        if len(self.changes) < MAX_CHANGES:
            self.changes.append(change)
            self._write(asdict(change))
        self._touch(change.path)
        if before is not None:
            self.before.setdefault(change.path, before)

    def _write(self, row: dict[str, Any]) -> None:
        if self._log >= 0:
            with suppress(OSError):  # the disk is full: what the program is told at the end stands by itself
                os.write(self._log, json.dumps(row).encode() + b"\n")

    def _may_sync(self) -> bool:
        return self._log >= 0 and self._sync_secs < MAX_SYNC_SECS

    def _sync(self) -> None:
        """Wait until what the store holds so far is on the disk, but for the content of copies: see `_copy`."""
        if not self._may_sync():
            return
        begun = time.monotonic()
        with suppress(OSError):
            if not self._has_begun:
                self._has_begun = True
                self._sync_beginning()
            os.fsync(self._folder)
            os.fdatasync(self._log)
        self._sync_secs += time.monotonic() - begun

    def _sync_copy(self, descriptor: int) -> None:
        if self._may_sync():
            begun = time.monotonic()
            with suppress(OSError):
                os.fdatasync(descriptor)
            self._sync_secs += time.monotonic() - begun

    def _sync_beginning(self) -> None:
        """The note that says whose store it is, and the store's own name."""
        for path in (f"{self._store}/{CALL_FILE}", os.path.dirname(self._store)):
            with suppress(OSError):
                opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    os.fsync(opened)
                finally:
                    os.close(opened)

    def end_alone(self) -> None:
        """Nobody takes the changes: note what everything is like now."""
        if not self._store:
            return
        from blufio_tui.adapters.files.looking import look_at
        from blufio_tui.core.files.replay import CommandChange, Left, last_paths

        for number, path in last_paths(CommandChange(**row) for row in self.to_json()).items():
            self._write({"left": asdict(Left(number, path, look_at(path)))})
        for row in self.written():
            self._write({"written": row})

    def _touch(self, path: str) -> None:
        """Remember the path, and the process that came to it first."""
        if path not in self.touched:
            if self.task != self._process[0]:
                self._process = (self.task, self.task)
                with suppress(OSError, KeyError, ValueError):
                    self._process = (self.task, group_of(self.task))
            self.touched[path] = self._process[1]

    def _new_name(self) -> str:
        self._number += 1
        return f"{self._store}/{self._number}"

    def _part(self, identity: Identity) -> None:
        """Give what is kept as a second name of a file content of its own."""
        kept = self._second_names.pop(identity, "")
        if not kept:
            return
        source = os.open(kept, os.O_RDONLY | os.O_CLOEXEC)
        try:
            target = os.open(f"{kept}.copy", os.O_CREAT | os.O_WRONLY | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                copy_content(source, target)
                self._sync_copy(target)
            finally:
                os.close(target)
        finally:
            os.close(source)
        os.rename(f"{kept}.copy", kept)
        self._sync()
        self._bytes += os.stat(kept).st_size

    def _link(self, folder: int, name: str, found: os.stat_result, *, copies: bool) -> str:
        if not self._store:
            return ""
        if found.st_nlink == 1 and not copies:
            kept = self._new_name()
            with suppress(OSError):
                os.link(name, kept, src_dir_fd=folder, follow_symlinks=False)
                self._kept[(found.st_dev, found.st_ino)] = kept
                self._second_names[(found.st_dev, found.st_ino)] = kept
                return kept
        opened = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            kept, _ = self._copy(opened, found.st_size)
        finally:
            os.close(opened)
        self._kept[(found.st_dev, found.st_ino)] = kept
        return kept

    def _copy(self, descriptor: int, size: int) -> tuple[str, str]:
        """The copy's path ("" if none is kept) and the hash of what was there."""
        source = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            if not self._store or size > MAX_FILE or self._bytes + size > MAX_ALL:
                return "", _digest(source) if size <= MAX_FILE else ""
            kept = self._new_name()
            target = os.open(kept, os.O_CREAT | os.O_WRONLY | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                copy_content(source, target)
                self._sync_copy(target)
            finally:
                os.close(target)
            self._bytes += size
            os.lseek(source, 0, os.SEEK_SET)
            return kept, _digest(source)
        finally:
            os.close(source)

    def _digest_of(self, path: str) -> str:
        try:
            # The command may have put a pipe there, for which opening would wait forever.
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                found = os.fstat(file.fileno())
                is_kept = stat.S_ISREG(found.st_mode) and found.st_size <= MAX_FILE
                return hashlib.file_digest(file, "sha256").hexdigest() if is_kept else ""
        except OSError:
            return ""

    def to_json(self) -> list[dict[str, Any]]:
        return [asdict(change) for change in self.changes]

    def written(self) -> list[dict[str, Any]]:
        """Each path touched, with the hash before and now: "" for a hash means no file, or none was taken."""
        return [
            {
                "path": path,
                "before": self.before.get(path, ""),
                "after": self._digest_of(path) if _is_file(path) else "",
                "pid": pid,
            }
            for path, pid in self.touched.items()
            if path in self.before or os.path.lexists(path)
        ]


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def copy_content(source: int, target: int) -> None:
    """From one open file to another: a reflink where the file system can."""
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        while True:
            data = os.read(source, _CHUNK)
            if not data:
                return
            while data:
                data = data[os.write(target, data) :]


def _digest(descriptor: int) -> str:
    digest = hashlib.sha256()
    while data := os.read(descriptor, _CHUNK):
        digest.update(data)
    return digest.hexdigest()


def _kind(mode: int) -> str:
    return (
        "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "link" if stat.S_ISLNK(mode) else "other"
    )
