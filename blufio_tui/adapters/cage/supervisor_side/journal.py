"""What a command changed in the project, in order, with the old content kept in time.

Files are known by inode, since names move. Old content is a hard link (for a removal), a reflink where the file
system can, else a copy; at most `MAX_FILE` bytes a file and `MAX_ALL` in all.
"""

import fcntl
import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from blufio_tui.core.cage.keeper import Change

MAX_FILE = 64 * 1024 * 1024
MAX_ALL = 512 * 1024 * 1024
MAX_CHANGES = 200_000
_FICLONE = 0x40049409
_CHUNK = 1 << 20

Identity = tuple[int, int]


class Unkeepable(Exception):
    """The old content cannot be kept; the text says why."""


class Journal:
    """
    Args:
        store: folder for the old content, 0700; "" keeps nothing.
    """

    def __init__(self, store: str) -> None:
        self._store = store
        self._kept: dict[Identity, str] = {}
        self._made: set[Identity] = set()
        self._bytes = 0
        self._number = 0
        self.changes: list[Change] = []
        self.before: dict[str, str] = {}
        self.touched: dict[str, None] = {}

    def is_new(self, identity: Identity) -> bool:
        """Made by this command."""
        return identity in self._made

    def problem(self, found: os.stat_result) -> str:
        """Why the old content of a file could not be kept, "" when it can."""
        if not self._store or (found.st_dev, found.st_ino) in self._made | self._kept.keys():
            return ""
        if stat.S_ISREG(found.st_mode):
            if found.st_size > MAX_FILE:
                return f"it is larger than {MAX_FILE >> 20} MB, and its change could not be taken back"
            if self._bytes + found.st_size > MAX_ALL:
                return f"more than {MAX_ALL >> 20} MB would have to be kept, and its change could not be taken back"
        return ""

    def created(self, path: str, found: os.stat_result) -> None:
        self._made.add((found.st_dev, found.st_ino))
        self._note(Change(path, "created", kind=_kind(found.st_mode)), before="")

    def adopted(self, found: os.stat_result) -> None:
        """Made by this command outside the project."""
        self._made.add((found.st_dev, found.st_ino))

    def changes_content(self, path: str, descriptor: int) -> None:
        """Before a file is opened for writing or cut."""
        found = os.fstat(descriptor)
        identity = (found.st_dev, found.st_ino)
        if identity in self._made or identity in self._kept or not stat.S_ISREG(found.st_mode):
            return
        copy, digest = self._copy(descriptor, found.st_size)
        self._kept[identity] = copy
        self._note(Change(path, "changed", before=copy, mode=stat.S_IMODE(found.st_mode)), before=digest)

    def changes_attributes(self, path: str, found: os.stat_result) -> None:
        if (found.st_dev, found.st_ino) not in self._made:
            self._note(Change(path, "changed", mode=stat.S_IMODE(found.st_mode), kind=_kind(found.st_mode)))

    def about_to_remove(self, path: str, folder: int, name: str) -> Change | None:
        """Keep what is there; the change to note once it is gone."""
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            return None
        identity, mode, kept = (found.st_dev, found.st_ino), stat.S_IMODE(found.st_mode), ""
        if identity in self._made:
            if found.st_nlink == 1:
                self._made.discard(identity)
            return Change(path, "removed", kind="made")
        if stat.S_ISREG(found.st_mode):
            kept = self._kept.get(identity) or self._link(folder, name, found)
        link = os.readlink(name, dir_fd=folder) if stat.S_ISLNK(found.st_mode) else ""
        return Change(path, "removed", before=kept, mode=mode, link=link, kind=_kind(found.st_mode))

    def note(self, change: Change | None) -> None:
        if change is not None and change.kind != "made":
            self._note(change, before=self._digest_of(change.before) if change.before else "")
        elif change is not None:
            self.touched.pop(change.path, None)
            self.changes.append(change)

    def renamed(self, origin: str, path: str, *, exchanged: bool = False) -> None:
        self._note(Change(path, "exchanged" if exchanged else "renamed", origin=origin))
        self.touched.setdefault(origin)

    def _note(self, change: Change, before: str | None = None) -> None:
        if len(self.changes) < MAX_CHANGES:
            self.changes.append(change)
        self.touched.setdefault(change.path)
        if before is not None:
            self.before.setdefault(change.path, before)

    def _new_name(self) -> str:
        self._number += 1
        return f"{self._store}/{self._number}"

    def _link(self, folder: int, name: str, found: os.stat_result) -> str:
        if not self._store:
            return ""
        if found.st_nlink == 1:
            kept = self._new_name()
            with suppress(OSError):
                os.link(name, kept, src_dir_fd=folder, follow_symlinks=False)
                self._kept[(found.st_dev, found.st_ino)] = kept
                return kept
        opened = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            kept, _ = self._copy(opened, found.st_size)
        finally:
            os.close(opened)
        self._kept[(found.st_dev, found.st_ino)] = kept
        return kept

    def _copy(self, descriptor: int, size: int) -> tuple[str, str]:
        """The copy's path ("" when none is kept) and the hash of what was there."""
        source = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            if not self._store or size > MAX_FILE or self._bytes + size > MAX_ALL:
                return "", _digest(source) if size <= MAX_FILE else ""
            kept = self._new_name()
            target = os.open(kept, os.O_CREAT | os.O_WRONLY | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                _copy_content(source, target)
            finally:
                os.close(target)
            self._bytes += size
            os.lseek(source, 0, os.SEEK_SET)
            return kept, _digest(source)
        finally:
            os.close(source)

    def _digest_of(self, path: str) -> str:
        try:
            # The command may have put a pipe there, for which opening would wait for ever.
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
            }
            for path in self.touched
            if path in self.before or os.path.lexists(path)
        ]


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def _copy_content(source: int, target: int) -> None:
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
