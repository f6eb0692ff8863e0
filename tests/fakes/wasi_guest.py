"""A guest without a module: its memory, and the WASI functions called as a module would call them."""

import asyncio
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from blufio_tui.adapters.files.wasi import HandleTable
from blufio_tui.adapters.sandbox.worker_side.guest_errors import GuestExit, GuestTrap
from blufio_tui.adapters.sandbox.worker_side.wasi.context import WasiContext
from blufio_tui.adapters.sandbox.worker_side.wasi.host import Reply
from blufio_tui.adapters.sandbox.worker_side.wasi.imports import FUNCTIONS, bind
from blufio_tui.core.effects import FileOperation
from blufio_tui.core.errors import CapabilityDenied, ErrorKind, HostError
from blufio_tui.core.wasi.errno import Errno, WasiError, from_os
from blufio_tui.core.wasi.layout import DIRENT, FDSTAT, FILESTAT
from tests.fakes.file_policy import FilePolicy

ROOT = 3
_SCRATCH = 1024


class Bytes:
    """Guest memory with the checks that the worker's has."""

    def __init__(self, size: int = 1 << 20) -> None:
        self.data = bytearray(size)

    def check(self, pointer: int, length: int, what: str = "range") -> int:
        if pointer + length > len(self.data):
            raise GuestTrap(ErrorKind.TRAP, f"out of bounds: {what}")
        return pointer

    def read(self, pointer: int, length: int, what: str = "range") -> bytes:
        return bytes(self.data[self.check(pointer, length, what) : pointer + length])

    def write(self, pointer: int, data: bytes, what: str = "range") -> None:
        self.data[self.check(pointer, len(data), what) : pointer + len(data)] = data


class Sources:
    """Time that stands still unless the guest sleeps, and chance that repeats."""

    def __init__(self) -> None:
        self.now = 5_000_000_000

    def realtime_ns(self) -> int:
        return 1_700_000_000_000_000_000 + self.now

    def monotonic_ns(self) -> int:
        return self.now

    def random_bytes(self, count: int) -> bytes:
        return (b"\x07chance" * (count // 7 + 1))[:count]


class DirectHost:
    """`WasiHost` with the files' side in the same process."""

    def __init__(self, policy: FilePolicy, preopens: Sequence[tuple[str, str]], stdin: bytes) -> None:
        self.policy = policy
        self.preopens = preopens
        self.stdin = stdin
        self.memory = Bytes()
        self.arguments: Sequence[str] = ("probe", "zwei", "drü")
        self.variables: Sequence[tuple[str, str]] = (("A", "1"), ("LONG", "x" * 40))
        self.sources = Sources()
        self.handles = HandleTable()
        self.output = b""
        self.errors = b""
        self.slept: list[float] = []

    def perform(self, operation: FileOperation) -> Reply:
        try:
            result = asyncio.run(self.policy(operation))
            number = self.handles.add(result.handle) if result.handle is not None else result.value
        except CapabilityDenied:
            raise WasiError(Errno.NOTCAPABLE) from None
        except HostError as error:
            raise WasiError(from_os(error.errno)) from error
        return Reply(number, result.data)

    def on_handle(self, handle: int, operation: str, arguments: Sequence[int] = (), data: bytes = b"") -> Reply:
        try:
            result = self.handles.call(handle, operation, arguments, data)
        except HostError as error:
            raise WasiError(from_os(error.errno)) from error
        return Reply(result.value, result.data)

    def environment(self) -> Sequence[tuple[str, str]]:
        return self.variables

    def write_output(self, data: bytes) -> None:
        self.output += data

    def write_error(self, data: bytes) -> None:
        self.errors += data

    def flush(self) -> None:
        pass

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.sources.now += round(seconds * 1e9)

    def exit(self, code: int) -> NoReturn:
        raise GuestExit(code)

    def trap(self, message: str) -> NoReturn:
        raise GuestTrap(ErrorKind.TRAP, message)


class Guest:
    """Calls WASI functions with Python values. Methods raise `WasiError` for an errno."""

    def __init__(self, folder: Path, policy: FilePolicy | None = None, stdin: bytes = b'{"a": 1}') -> None:
        self.host = DirectHost(policy or FilePolicy((folder,), (folder,)), (("/data", str(folder)),), stdin)
        self.context = WasiContext(self.host, self.host.sources)
        self.memory = self.host.memory

    def raw(self, name: str, *arguments: int) -> int | None:
        return bind(name)(self.context, *arguments)

    def call(self, name: str, *arguments: int) -> None:
        if errno := self.raw(name, *arguments):
            raise WasiError(Errno(errno))

    def text(self, text: str | bytes, at: int = _SCRATCH) -> tuple[int, int]:
        data = text.encode() if isinstance(text, str) else text
        self.memory.write(at, data)
        return at, len(data)

    def u32(self, at: int = 0) -> int:
        return int(struct.unpack("<I", self.memory.read(at, 4))[0])

    def u64(self, at: int = 0) -> int:
        return int(struct.unpack("<Q", self.memory.read(at, 8))[0])

    # ── files ────────────────────────────────────────────────────────────────────────────────────────

    def open(
        self,
        path: str,
        *,
        flags: int = 0,
        rights: int | None = None,
        inherited: int | None = None,
        fdflags: int = 0,
        follow: bool = False,
        at: int = ROOT,
    ) -> int:
        """Without rights: a folder gets all that its parent hands on, a file none."""
        passed_on = self.fdstat(at)[3] if inherited is None else inherited
        if rights is None and flags & self.DIRECTORY:
            rights = passed_on & ~self.WRITE
        self.call("path_open", at, int(follow), *self.text(path), flags, rights or 0, passed_on, fdflags, 0)
        return self.u32()

    READ, WRITE, SEEK, TELL = 1 << 1, 1 << 6, 1 << 2, 1 << 5
    FILE = 0x1FF | 7 << 21 | 1 << 27
    CREATE, DIRECTORY, EXCLUSIVE, TRUNCATE = 1, 2, 4, 8

    def file(self, path: str, *, flags: int = CREATE, fdflags: int = 0, at: int = ROOT) -> int:
        """Open for reading and writing."""
        return self.open(path, flags=flags, rights=self.FILE, inherited=0, fdflags=fdflags, at=at)

    def put(self, path: str, content: bytes = b"", at: int = ROOT) -> None:
        fd = self.file(path, flags=self.CREATE | self.TRUNCATE, at=at)
        self.write(fd, content)
        self.call("fd_close", fd)

    def write(self, fd: int, data: bytes, offset: int | None = None) -> int:
        self.memory.write(4096, data)
        self.memory.write(8, struct.pack("<II", 4096, len(data)))
        if offset is None:
            self.call("fd_write", fd, 8, 1, 0)
        else:
            self.call("fd_pwrite", fd, 8, 1, offset, 0)
        return self.u32()

    def read(self, fd: int, length: int = 1000, offset: int | None = None) -> bytes:
        self.memory.write(8, struct.pack("<II", 4096, length))
        if offset is None:
            self.call("fd_read", fd, 8, 1, 0)
        else:
            self.call("fd_pread", fd, 8, 1, offset, 0)
        return self.memory.read(4096, self.u32())

    def seek(self, fd: int, offset: int, whence: int = 0) -> int:
        self.call("fd_seek", fd, offset, whence, 0)
        return self.u64()

    def tell(self, fd: int) -> int:
        self.call("fd_tell", fd, 0)
        return self.u64()

    def fdstat(self, fd: int) -> tuple[int, int, int, int]:
        """Type, flags, rights, inherited rights."""
        self.call("fd_fdstat_get", fd, 0)
        found = FDSTAT.unpack(self.memory.read(0, 24))
        return int(found[0]), int(found[1]), int(found[2]), int(found[3])

    def filestat(self, fd: int) -> tuple[int, ...]:
        self.call("fd_filestat_get", fd, 0)
        return FILESTAT.unpack(self.memory.read(0, 64))

    def stat(self, path: str, *, follow: bool = False, at: int = ROOT) -> tuple[int, ...]:
        """Device, inode, type, links, size, atim, mtim, ctim."""
        self.call("path_filestat_get", at, int(follow), *self.text(path), 0)
        return FILESTAT.unpack(self.memory.read(0, 64))

    def on_path(self, name: str, path: str, at: int = ROOT) -> None:
        self.call(name, at, *self.text(path))

    def mkdir(self, path: str, at: int = ROOT) -> None:
        self.on_path("path_create_directory", path, at)

    def rmdir(self, path: str, at: int = ROOT) -> None:
        self.on_path("path_remove_directory", path, at)

    def unlink(self, path: str, at: int = ROOT) -> None:
        self.on_path("path_unlink_file", path, at)

    def rename(self, old: str, new: str, at: int = ROOT, new_at: int = ROOT) -> None:
        self.call("path_rename", at, *self.text(old), new_at, *self.text(new, 2048))

    def link(self, old: str, new: str, *, follow: bool = False, new_at: int = ROOT) -> None:
        self.call("path_link", ROOT, int(follow), *self.text(old), new_at, *self.text(new, 2048))

    def symlink(self, text: str, path: str, at: int = ROOT) -> None:
        self.call("path_symlink", *self.text(text, 2048), at, *self.text(path))

    def readlink(self, path: str, size: int = 100) -> bytes:
        self.call("path_readlink", ROOT, *self.text(path), 4096, size, 0)
        return self.memory.read(4096, self.u32())

    def listing(self, fd: int = ROOT, cookie: int = 0, size: int = 4096) -> tuple[list[tuple[int, str, int]], bool]:
        """(next cookie, name, type) of each whole entry, and whether the end was reached."""
        self.call("fd_readdir", fd, 8192, size, cookie, 0)
        used = self.u32()
        data, found = self.memory.read(8192, used), []
        while len(data) >= DIRENT.size:
            following, _, length, filetype = DIRENT.unpack(data[: DIRENT.size])
            if len(data) < DIRENT.size + length:
                break
            found.append((following, data[DIRENT.size : DIRENT.size + length].decode(), filetype))
            data = data[DIRENT.size + length :]
        return found, used < size


def errno_of(action: Callable[[], object]) -> Errno:
    """The errno that a call ends with."""
    try:
        action()
    except WasiError as error:
        return error.errno
    return Errno.SUCCESS


ALL_FUNCTIONS = sorted(FUNCTIONS)
