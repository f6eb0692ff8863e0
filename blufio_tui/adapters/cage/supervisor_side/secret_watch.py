"""Hears of secrets that come into the project while the command runs, whoever makes them (inotify).

Where nothing in the project must be asked about, the kernel may go on with an open by itself, and reads the path once
more. From the moment that there is such a file, it must not. What cannot be watched counts as a secret.
"""

import ctypes
import os
import struct
from collections.abc import Sequence
from contextlib import suppress

from blufio_tui.adapters.cage.supervisor_side.kernel import LIBC
from blufio_tui.core.cage.private_names import in_library, is_private

MAX_FOLDERS = 2000
_CREATE, _MOVED_TO, _ONLY_FOLDERS, _NO_LINK = 0x100, 0x80, 0x01000000, 0x02000000
_IS_FOLDER, _OVERFLOW = 0x40000000, 0x4000
_EVENT = struct.Struct("iIII")
_BUFFER = 1 << 16
_GIT = ".git"


class SecretWatch:
    """
    Args:
        project: canonical.
        folders: of the project, from its own path on, that were looked through for secrets.
        looked_at: when that began, in nanoseconds since the epoch; what was changed later is looked through again.

    Attributes:
        descriptor: readable when something has come; −1 where nothing is watched.
        has_secret: something may be there that must be asked about.
    """

    def __init__(self, project: str, folders: Sequence[str], looked_at: int) -> None:
        self._project = project
        self._paths: dict[int, str] = {}
        self.has_secret = not 0 < len(folders) <= MAX_FOLDERS
        self.descriptor = -1 if self.has_secret else LIBC.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.descriptor < 0:
            self.has_secret = True
            return
        known = frozenset(folders)
        for inside in folders:
            path = project + inside
            self._add(path)
            with suppress(OSError):
                if os.stat(path).st_mtime_ns >= looked_at:
                    self._look_through([path], known)
        if self.has_secret:
            self.close()

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor = -1

    def read(self) -> None:
        """Take what has come since."""
        try:
            data = os.read(self.descriptor, _BUFFER)
        except BlockingIOError:
            return
        at = 0
        while at < len(data):
            watch, mask, _, size = _EVENT.unpack_from(data, at)
            name = os.fsdecode(data[at + _EVENT.size : at + _EVENT.size + size].rstrip(b"\0"))
            at += _EVENT.size + size
            if mask & _OVERFLOW:
                self.has_secret = True
            elif watch in self._paths and name:
                path = f"{self._paths[watch]}/{name}"
                if self._is_to_watch(path, is_folder=bool(mask & _IS_FOLDER)):
                    self._add(path)
                    self._look_through([path])

    def _is_to_watch(self, path: str, *, is_folder: bool) -> bool:
        inside = path[len(self._project) :]
        self.has_secret = self.has_secret or is_private(inside)
        return is_folder and not in_library(f"{inside}/") and not inside.endswith(f"/{_GIT}")

    def _add(self, path: str) -> None:
        if len(self._paths) >= MAX_FOLDERS:
            self.has_secret = True
            return
        mask = _CREATE | _MOVED_TO | _ONLY_FOLDERS | _NO_LINK
        watch = LIBC.inotify_add_watch(self.descriptor, ctypes.c_char_p(os.fsencode(path)), mask)
        if watch >= 0:
            self._paths[watch] = path
        elif os.path.isdir(path) and not os.path.islink(path):  # no more watches, or it may not be read
            self.has_secret = True

    def _look_through(self, folders: list[str], known: frozenset[str] = frozenset()) -> None:
        """What is in them already, which has come before the watch."""
        while folders and not self.has_secret:
            with suppress(OSError), os.scandir(folders.pop()) as entries:
                for entry in entries:
                    is_folder = entry.is_dir(follow_symlinks=False)
                    if (
                        self._is_to_watch(entry.path, is_folder=is_folder)
                        and entry.path[len(self._project) :] not in known
                    ):
                        self._add(entry.path)
                        folders.append(entry.path)
