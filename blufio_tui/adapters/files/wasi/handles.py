"""Files and folders that a guest has open: their descriptors stay in the UI process until the call ends."""

import errno
import os
from collections.abc import Callable, Sequence

from blufio_tui.adapters.files.wasi.handle_actions import ACTIONS
from blufio_tui.adapters.files.wasi.handle_actions import flush as flush_file
from blufio_tui.adapters.files.wasi.open_handle import OpenHandle, WriteBudget
from blufio_tui.core.effects import EffectResult
from blufio_tui.core.errors import HostError

MAX_HANDLES = 256
_MAX_ARGUMENT = (1 << 63) - 1


class HandleTable:
    """The handles of one call. Its arguments come from the worker and are not trusted."""

    def __init__(self) -> None:
        self._handles: dict[int, OpenHandle] = {}
        self._last = 0
        self._budget = WriteBudget()

    def add(self, handle: object) -> int:
        """Takes over an open file or folder; its number.

        Raises:
            HostError: too many are open; the handle is closed.
        """
        if not isinstance(handle, OpenHandle):
            raise TypeError(f"not an open file: {handle!r}")
        if len(self._handles) >= MAX_HANDLES:
            handle.close()
            raise HostError(f"more than {MAX_HANDLES} files are open", errno.EMFILE)
        self._last += 1
        self._handles[self._last] = handle
        return self._last

    def call(self, number: int, operation: str, arguments: Sequence[int] = (), data: bytes = b"") -> EffectResult:
        """Do one thing with an open file.

        Raises:
            HostError: it failed, or makes no sense.
        """
        handle, (count, act) = self._handle(number), ACTIONS.get(operation, (-1, None))
        if act is None or not _sane(arguments, count):
            raise HostError(f"malformed {operation[:40]!r} on an open file", errno.EINVAL)
        try:
            return act(handle, self._budget, arguments, data) or EffectResult(0)
        except OSError as error:
            raise HostError(f"{handle.path}: {error.strerror or error}", error.errno or errno.EIO) from error
        finally:
            if operation == "close":
                del self._handles[number]

    def flusher(self, number: int, mode: int) -> Callable[[], None]:
        """What waits until the file is on disk, on a descriptor of its own, so that it may run on a thread."""
        handle = self._handle(number)
        twin = os.dup(handle.fd)

        def flush() -> None:
            try:
                flush_file(twin, mode)
            except OSError as error:
                raise HostError(f"{handle.path}: {error.strerror or error}", error.errno or errno.EIO) from error
            finally:
                os.close(twin)

        return flush

    def close(self) -> None:
        for handle in self._handles.values():
            handle.close()
        self._handles.clear()

    def _handle(self, number: int) -> OpenHandle:
        handle = self._handles.get(number)
        if handle is None:
            raise HostError(f"no file is open as number {number}", errno.EBADF)
        return handle


def _sane(arguments: Sequence[int], count: int) -> bool:
    return len(arguments) == count and all(type(value) is int and 0 <= value <= _MAX_ARGUMENT for value in arguments)
