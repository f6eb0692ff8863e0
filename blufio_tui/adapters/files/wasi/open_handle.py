"""A file or folder that a guest has open, and what its call may still write."""

import errno
import os
import weakref

from blufio_tui.adapters.files.wasi.listing import Entry

MAX_WRITTEN_BYTES = 256 * 1024 * 1024
"""Bytes that one call may write in all."""


class OpenHandle:
    """An open file or folder. Closed by `close`, or at the latest when nothing refers to it any more.

    Attributes:
        readable, writable: what the policy allowed; the descriptor alone may be able to do more.
    """

    def __init__(self, fd: int, path: str, *, readable: bool, writable: bool) -> None:
        self.fd = fd
        self.path = path
        self.readable = readable
        self.writable = writable
        self.entries: tuple[Entry, ...] | None = None
        self._close = weakref.finalize(self, os.close, fd)

    def close(self) -> None:
        self._close()


class WriteBudget:
    """What one call may still write to files."""

    def __init__(self) -> None:
        self._written = 0

    def spend(self, length: int) -> None:
        """Count bytes that are about to be written.

        Raises:
            OSError: the call has written all it may.
        """
        if self._written + length > MAX_WRITTEN_BYTES:
            raise OSError(errno.ENOSPC, f"a call may write {MAX_WRITTEN_BYTES} bytes to files")
        self._written += length
