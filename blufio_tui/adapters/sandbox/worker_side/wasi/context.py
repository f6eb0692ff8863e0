"""The state of one guest's WASI calls, and how they read their arguments from its memory."""

from collections.abc import Sequence
from itertools import accumulate

from blufio_tui.adapters.sandbox.worker_side.sources import Sources
from blufio_tui.adapters.sandbox.worker_side.wasi import rights as sets
from blufio_tui.adapters.sandbox.worker_side.wasi.descriptors import (
    DescriptorTable,
    Directory,
    InputStream,
    OutputStream,
)
from blufio_tui.adapters.sandbox.worker_side.wasi.host import Memory, WasiHost
from blufio_tui.core.wasi.errno import Errno, WasiError
from blufio_tui.core.wasi.layout import IOVEC, U32, U64, FileType

MAX_VECTORS = 1024
MAX_PATH = 4096
MAX_TRANSFER = 8 * 1024 * 1024
"""Bytes that one read or write moves at most; a longer one is short, which every caller must expect."""


class WasiContext:
    """Everything that one call's WASI functions share."""

    def __init__(self, host: WasiHost, sources: Sources) -> None:
        self.host = host
        self.sources = sources
        self.table = _initial_table(host)
        self._environment: Sequence[bytes] | None = None

    @property
    def memory(self) -> Memory:
        return self.host.memory

    @property
    def environment(self) -> Sequence[bytes]:
        """`NAME=value` of each variable, read at the first question: a guest that never asks leaves no trace."""
        if self._environment is None:
            self._environment = [f"{key}={value}".encode() for key, value in self.host.environment()]
        return self._environment

    def path(self, pointer: int, length: int) -> str:
        """A path from guest memory: never empty, absolute or with a NUL in it."""
        if length > MAX_PATH:
            raise WasiError(Errno.NAMETOOLONG)
        try:
            path = self.memory.read(pointer, length, "path").decode()
        except UnicodeDecodeError:
            raise WasiError(Errno.ILSEQ) from None
        if "\0" in path:
            raise WasiError(Errno.INVAL)
        if not path:
            raise WasiError(Errno.NOENT)
        return path

    def vectors(self, pointer: int, count: int) -> list[tuple[int, int]]:
        """Pointers and lengths of scatter/gather buffers, together at most `MAX_TRANSFER` bytes."""
        if count > MAX_VECTORS:
            raise WasiError(Errno.INVAL)
        data = self.memory.read(pointer, count * IOVEC.size, "iovec")
        found: list[tuple[int, int]] = []
        left = MAX_TRANSFER
        for start, length in IOVEC.iter_unpack(data):
            self.memory.check(start, length, "buffer")
            found.append((start, min(length, left)))
            left -= found[-1][1]
        return found

    def gather(self, pointer: int, count: int) -> bytes:
        return b"".join(self.memory.read(start, length, "buffer") for start, length in self.vectors(pointer, count))

    def scatter(self, vectors: Sequence[tuple[int, int]], data: bytes) -> None:
        position = 0
        for start, length in vectors:
            part = data[position : position + length]
            self.memory.write(start, part, "buffer")
            position += len(part)

    def put_u32(self, pointer: int, value: int) -> None:
        self.memory.write(pointer, U32.pack(value), "result")

    def put_u64(self, pointer: int, value: int) -> None:
        self.memory.write(pointer, U64.pack(value), "result")

    def put_strings(self, strings: Sequence[bytes], array: int, buffer: int) -> None:
        """NUL-terminated strings at `buffer` and pointers to them at `array`."""
        block = b"".join(text + b"\0" for text in strings)
        self.memory.write(buffer, block, "strings")
        ends = accumulate((len(text) + 1 for text in strings), initial=buffer)
        pointers = [U32.pack(start) for start, _ in zip(ends, strings, strict=False)]
        self.memory.write(array, b"".join(pointers), "array")


def _initial_table(host: WasiHost) -> DescriptorTable:
    table = DescriptorTable()
    table.put(0, InputStream(FileType.UNKNOWN, sets.STDIN, data=host.stdin))
    table.put(1, OutputStream(FileType.UNKNOWN, sets.STDOUT, sink=host.write_output))
    table.put(2, OutputStream(FileType.UNKNOWN, sets.STDOUT, sink=host.write_error))
    for name, path in host.preopens:
        table.add(Directory(FileType.DIRECTORY, sets.DIRECTORY, sets.INHERITED, path=path, name=name))
    return table
