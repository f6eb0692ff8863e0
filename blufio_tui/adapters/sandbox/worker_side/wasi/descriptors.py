"""What a guest's file descriptors stand for, and the table of them."""

from collections.abc import Callable
from dataclasses import dataclass

from blufio_tui.adapters.sandbox.worker_side.wasi import rights as sets
from blufio_tui.adapters.sandbox.worker_side.wasi.rights import Rights
from blufio_tui.core.wasi.errno import Errno, WasiError
from blufio_tui.core.wasi.layout import FdFlags, FileType

MAX_DESCRIPTORS = 256
_FIRST_FREE = 3


@dataclass(slots=True)
class Descriptor:
    """What every descriptor has."""

    filetype: FileType
    rights: Rights
    inherited: Rights = sets.NONE
    flags: FdFlags = FdFlags(0)

    def require(self, needed: Rights) -> None:
        """Raises:
        WasiError: a right is missing.
        """
        if needed & ~self.rights:
            raise WasiError(Errno.NOTCAPABLE)


@dataclass(slots=True)
class InputStream(Descriptor):
    data: bytes = b""
    offset: int = 0

    def take(self, length: int) -> bytes:
        chunk = self.data[self.offset : self.offset + length]
        self.offset += len(chunk)
        return chunk


@dataclass(slots=True)
class OutputStream(Descriptor):
    sink: Callable[[bytes], None] = lambda _data: None


@dataclass(slots=True)
class OpenFile(Descriptor):
    """A regular file that the UI process has open.

    Attributes:
        handle: its number there.
        path: canonical, for what can only be asked about a path.
        writable: the policy allowed writing when it was opened.
    """

    handle: int = 0
    path: str = ""
    offset: int = 0
    writable: bool = False


@dataclass(slots=True)
class Directory(Descriptor):
    """A folder; paths below it are asked about one by one.

    Attributes:
        path: where it is on the host.
        name: what the guest knows a preopened folder by; None for one that it opened itself.
        handle: of the open folder in the UI process; 0 for a preopened folder that was not listed yet.
    """

    path: str = ""
    name: str | None = None
    handle: int = 0


class DescriptorTable:
    """Numbers to descriptors. New ones get the lowest free number from 3 on, so stdio is never taken over by chance."""

    def __init__(self) -> None:
        self._table: dict[int, Descriptor] = {}

    def put(self, number: int, descriptor: Descriptor) -> None:
        self._table[number] = descriptor

    def add(self, descriptor: Descriptor) -> int:
        self.check_room()
        number = next(n for n in range(_FIRST_FREE, MAX_DESCRIPTORS + _FIRST_FREE) if n not in self._table)
        self._table[number] = descriptor
        return number

    def check_room(self) -> None:
        if len(self._table) >= MAX_DESCRIPTORS:
            raise WasiError(Errno.MFILE)

    def get(self, number: int) -> Descriptor:
        try:
            return self._table[number]
        except KeyError:
            raise WasiError(Errno.BADF) from None

    def file(self, number: int, needed: Rights) -> OpenFile:
        """An open file; `BADF` for a folder, `SPIPE` for a stream, `NOTCAPABLE` without the right."""
        descriptor = self.get(number)
        if isinstance(descriptor, InputStream | OutputStream):
            raise WasiError(Errno.SPIPE)
        if not isinstance(descriptor, OpenFile):
            raise WasiError(Errno.BADF)
        descriptor.require(needed)
        return descriptor

    def directory(self, number: int, needed: Rights) -> Directory:
        """A folder; `NOTDIR` for anything else."""
        descriptor = self.get(number)
        if not isinstance(descriptor, Directory):
            raise WasiError(Errno.NOTDIR)
        descriptor.require(needed)
        return descriptor

    def remove(self, number: int) -> Descriptor:
        descriptor = self.get(number)
        del self._table[number]
        return descriptor

    def moved(self, old: str, new: str) -> None:
        """A folder was renamed: descriptors at and below it follow, as they would if they were inodes."""
        for descriptor in self._table.values():
            if isinstance(descriptor, Directory | OpenFile):
                descriptor.path = _moved(descriptor.path, old, new)


def _moved(path: str, old: str, new: str) -> str:
    if path == old or path.startswith(f"{old}/"):
        return new + path[len(old) :]
    return path
