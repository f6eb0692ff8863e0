"""What the WASI functions need from the process around them; `bridge` implements it, tests have their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

from blufio_tui.core.effects import FileOperation


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer of the process that holds the files; what `value` and `data` mean is the operation's business."""

    value: int = 0
    data: bytes = b""


class Memory(Protocol):
    """The guest's memory. A range outside it ends the call ("out of bounds"), as in the other host functions."""

    def check(self, pointer: int, length: int, what: str = ...) -> int: ...

    def read(self, pointer: int, length: int, what: str = ...) -> bytes: ...

    def write(self, pointer: int, data: bytes, what: str = ...) -> None: ...


class WasiHost(Protocol):
    """One call's surroundings.

    `perform` and `on_handle` raise `WasiError`: `NOTCAPABLE` for what the policy denies, else what failed.
    """

    @property
    def memory(self) -> Memory: ...

    @property
    def arguments(self) -> Sequence[str]: ...

    @property
    def stdin(self) -> bytes: ...

    @property
    def preopens(self) -> Sequence[tuple[str, str]]:
        """Guest path and host path of each folder that is open from the start."""
        ...

    def perform(self, operation: FileOperation) -> Reply: ...

    def on_handle(self, handle: int, operation: str, arguments: Sequence[int] = (), data: bytes = b"") -> Reply: ...

    def environment(self) -> Sequence[tuple[str, str]]:
        """Names and values, each read through the policy."""
        ...

    def write_output(self, data: bytes) -> None: ...

    def write_error(self, data: bytes) -> None: ...

    def flush(self) -> None:
        """The guest is done: what it wrote and did not end with a line end counts too."""
        ...

    def sleep(self, seconds: float) -> None:
        """Sleep in the guest's own time; ends the call when its deadline comes first."""
        ...

    def exit(self, code: int) -> NoReturn: ...

    def trap(self, message: str) -> NoReturn: ...
