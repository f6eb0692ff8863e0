"""`WasiHost` on top of a call in the worker: policy questions and open files go to the UI process."""

import errno as os_errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from blufio_tui.adapters.sandbox.worker_side.call_state import CallState
from blufio_tui.adapters.sandbox.worker_side.guest_errors import EffectDenied, EffectFailed, GuestExit, GuestTrap
from blufio_tui.adapters.sandbox.worker_side.wasi.host import Memory, Reply
from blufio_tui.adapters.sandbox.worker_side.wasi.virtual_files import ROOT, VirtualFiles
from blufio_tui.core.effects import FileOperation, GetEnv
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.wasi.errno import Errno, WasiError, from_os

_MAX_LINE = 16 * 1024
_STDERR_LEVEL = "info"
SURROUNDINGS = "wasi surroundings"
"""Name of the extension slot in which another extension leaves a guest's `Surroundings`."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What another extension sets up for the guest that it runs.

    Attributes:
        environment: in place of the manifest's keys.
        files: becomes the folder `/`, before the others.
        write_error: takes what the guest writes to its standard error.
    """

    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    files: VirtualFiles
    write_error: Callable[[bytes], None]


class Bridge:
    """One call's surroundings, as the WASI functions see them."""

    def __init__(self, state: CallState) -> None:
        self._state = state
        self._line = b""

    @property
    def _given(self) -> Surroundings | None:
        given = self._state.extensions.get(SURROUNDINGS)
        return given if isinstance(given, Surroundings) else None

    @property
    def memory(self) -> Memory:
        return self._state.memory

    @property
    def arguments(self) -> Sequence[str]:
        spec = self._state.spec
        return self._given.arguments if self._given else (spec.skill, *spec.arguments)

    @property
    def stdin(self) -> bytes:
        spec = self._state.spec
        return spec.input if spec.stdin is None else spec.stdin

    @property
    def preopens(self) -> Sequence[tuple[str, str]]:
        if self._given is None:
            return self._state.spec.preopens
        others = [(name, path) for name, path in self._state.spec.preopens if name.strip("./")]
        return (("/", ROOT), *others)

    def perform(self, operation: FileOperation) -> Reply:
        if self._given and self._given.files.owns_root(operation.root):
            return self._given.files.perform(operation)
        if operation.other_root.startswith(ROOT):
            raise WasiError(Errno.ROFS)
        try:
            result = self._state.rpc(operation)
        except EffectDenied:
            raise WasiError(Errno.NOTCAPABLE) from None
        except EffectFailed as failed:
            if not failed.code:
                raise  # a limit, or a request that cannot be recorded: no error number says so, and going on is no use
            raise WasiError(_errno(failed.code)) from failed
        return Reply(result.handle if isinstance(result.handle, int) else result.value, result.data)

    def on_handle(self, handle: int, operation: str, arguments: Sequence[int] = (), data: bytes = b"") -> Reply:
        if self._given and self._given.files.owns_handle(handle):
            return self._given.files.on_handle(handle, operation, arguments)
        try:
            frame = self._state.on_handle(operation, handle, {"args": list(arguments)}, data)
        except EffectFailed as failed:
            raise WasiError(_errno(failed.code)) from failed
        return Reply(frame.integer("value"), frame.blob)

    def environment(self) -> Sequence[tuple[str, str]]:
        if self._given:
            return self._given.environment
        found = [(key, self._variable(key)) for key in self._state.spec.env_keys]
        return [(key, value) for key, value in found if value is not None]

    def write_output(self, data: bytes) -> None:
        self._state.write_stdout(data)

    def write_error(self, data: bytes) -> None:
        """Each line becomes a line of the log."""
        if self._given:
            self._given.write_error(data)
            return
        self._line = self._state.log.add_lines(_STDERR_LEVEL, self._line + data)
        if len(self._line) > _MAX_LINE:
            self.flush()

    def flush(self) -> None:
        """A last line without its end is a line too."""
        if self._line:
            self._state.log.add(_STDERR_LEVEL, self._line)
            self._line = b""

    def sleep(self, seconds: float) -> None:
        self._state.sleep(seconds)

    def exit(self, code: int) -> NoReturn:
        raise GuestExit(code)

    def trap(self, message: str) -> NoReturn:
        raise GuestTrap(ErrorKind.TRAP, message)

    def _variable(self, key: str) -> str | None:
        """A variable that is denied looks as if it were not set: WASI has no other way to say it."""
        try:
            result = self._state.rpc(GetEnv(key))
        except (EffectDenied, EffectFailed):
            return None
        text = result.data.decode(errors="replace")
        return None if result.value < 0 or "\0" in text else text


def _errno(name: str) -> Errno:
    number = getattr(os_errno, name, None) if name.startswith("E") else None
    return from_os(number) if isinstance(number, int) else Errno.IO
