"""One suspended system call, and looking at the process that made it."""

import errno
import fcntl
import os
import re

from blufio_tui.adapters.cage.supervisor_side import family
from blufio_tui.adapters.cage.supervisor_side.kernel import (
    AT_FDCWD,
    fail,
    pidfd,
    read_memory,
    read_text,
    system_call,
)

_PIDFD_GETFD = 438
_PATH_MAX = 4096
_MOST_PATHS = 256
"""Bytes read at first; most paths are shorter. Never across the end of a page: the next may not be there."""


_UNLIKE_FILES = ("/proc", "/dev")
"""Where a name means something else to us than to the caller."""

_DOTS = re.compile(r"/\.\.?(/|$)")


class Call:
    """
    Attributes:
        ident: the kernel's number of this notification.
        task: thread id of the caller.
        number, arguments: the call, from registers.
        tries: how often it was begun; a call that must ask is begun again with the answer.
    """

    __slots__ = ("_opened", "_process", "arguments", "ident", "number", "task", "tries")

    def __init__(self, ident: int, task: int, number: int, arguments: tuple[int, ...]) -> None:
        self.ident, self.task, self.number, self.arguments = ident, task, number, arguments
        self.tries = 0
        self._opened: list[int] = []
        self._process = 0

    def keep(self, descriptor: int) -> int:
        """Close it when the call is answered."""
        self._opened.append(descriptor)
        return descriptor

    def close(self) -> None:
        for descriptor in self._opened:
            try:  # `suppress` takes as long as the closing
                os.close(descriptor)
            except OSError:
                continue
        self._opened.clear()

    @property
    def process(self) -> int:
        if not self._process:
            self._process = family.group_of(self.task)
        return self._process

    def memory(self, address: int, size: int) -> bytes:
        return read_memory(self.task, address, size)

    def text(self, address: int) -> str:
        """A path or name. What is copied here is what is decided on; the caller may change its own copy."""
        found, size = b"", min(_MOST_PATHS, 4096 - (address & 4095))
        while len(found) < _PATH_MAX:
            piece = read_text(self.task, address, size)
            if len(piece) < size:
                return (found + piece).decode("utf-8", "surrogateescape")
            found, address = found + piece, address + size
            size = 4096 - (address & 4095)
        return fail(errno.ENAMETOOLONG)

    def umask(self) -> int:
        return int(family.status_of(self.task)["Umask"], 8)

    def descriptor(self, number: int) -> int:
        """A copy of one of the caller's descriptors: the same open file, flags and all."""
        try:
            process = pidfd(self.task, thread=True)
        except OSError:  # before Linux 6.9
            process = pidfd(self.process)
        try:
            return self.keep(system_call(_PIDFD_GETFD, process, number, 0))
        finally:
            os.close(process)

    def spelled(self, folder: int, path: str) -> str:
        """The path from the root, "" where its spelling does not say it (`..`, a folder that is gone, `/proc`)."""
        if path[:1] != "/":
            try:
                above = os.readlink(
                    f"/proc/{self.task}/cwd" if folder == AT_FDCWD else f"/proc/{self.task}/fd/{folder}"
                )
            except OSError:
                return ""
            if above.endswith(" (deleted)"):
                return ""
            path = f"{above if above != '/' else ''}/{path.removeprefix('./')}"
        if path[:1] != "/" or path[-1] == "/" or path.startswith(_UNLIKE_FILES) or "//" in path:
            return ""
        return "" if "/." in path and _DOTS.search(path) else path

    def base(self, folder: int) -> int:
        """What a path is relative to, as an O_PATH descriptor."""
        name = "cwd" if folder == AT_FDCWD else f"fd/{folder}"
        try:
            return self.keep(os.open(f"/proc/{self.task}/{name}", os.O_PATH | os.O_CLOEXEC))
        except FileNotFoundError:
            return fail(errno.EBADF)

    def nonblocking(self, descriptor: int) -> bool:
        return bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_NONBLOCK)
