"""Reading and writing the guest's memory: every range checked, nothing wraps or clamps."""

import ctypes
from typing import TYPE_CHECKING

from blufio_tui.adapters.sandbox.wire.protocol import MAX_BLOB_BYTES
from blufio_tui.adapters.sandbox.worker_side.guest_errors import EffectFailed, GuestTrap
from blufio_tui.core.errors import ErrorKind

if TYPE_CHECKING:
    from wasmtime import Memory
    from wasmtime._store import Storelike

U32 = 0xFFFFFFFF


class GuestMemory:
    """The exported memory of one instance. Pointers and lengths may come signed, as the engine hands them over."""

    def __init__(self, memory: "Memory", store: "Storelike") -> None:
        self._memory = memory
        self._store = store
        self._size: int | None = None
        self._base = 0

    @property
    def size(self) -> int:
        """Bytes now; memories never shrink, so at the end of a call this is the peak."""
        if self._size is None:
            self._size = self._memory.data_len(self._store)
            self._base = _address(self._memory.data_ptr(self._store)) if self._size else 0
        return self._size

    def look_again(self) -> None:
        """Forget place and size, which stay as they are only as long as the guest does not run."""
        self._size = None

    def check(self, pointer: int, length: int, what: str = "range") -> int:
        """The unsigned offset of a range that lies inside the memory.

        Raises:
            GuestTrap: it does not; the message says "out of bounds".
        """
        start, count = pointer & U32, length & U32
        size = self.size
        if start + count > size:
            raise GuestTrap(
                ErrorKind.TRAP,
                f"out of bounds: {what} at {start} of {count} bytes does not fit the memory of {size} bytes",
            )
        return start

    def read(self, pointer: int, length: int, what: str = "range") -> bytes:
        """A copy of a range.

        Raises:
            GuestTrap: it does not lie inside the memory, or is more than could go on from here.
        """
        start, count = self.check(pointer, length, what), length & U32
        if count > MAX_BLOB_BYTES:
            raise EffectFailed(f"{what} of {count:,} bytes is over the limit of {MAX_BLOB_BYTES:,}")
        return ctypes.string_at(self._base + start, count) if count else b""

    def read_text(self, pointer: int, length: int, what: str) -> str:
        """UTF-8 text; what is not valid UTF-8 traps."""
        try:
            return self.read(pointer, length, what).decode()
        except UnicodeDecodeError as error:
            raise GuestTrap(ErrorKind.TRAP, f"{what} is not valid UTF-8: {error.reason}") from error

    def write(self, pointer: int, data: bytes, what: str = "range") -> None:
        start = self.check(pointer, len(data), what)
        if data:
            ctypes.memmove(self._base + start, data, len(data))


def _address(pointer: "ctypes._Pointer[ctypes.c_ubyte]") -> int:
    return ctypes.addressof(pointer.contents)
