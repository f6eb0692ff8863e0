"""`WasiHost` on top of a call in the worker: policy questions and open files go to the UI process."""

import errno as os_errno
from collections.abc import Sequence
from typing import NoReturn

from blufio_tui.adapters.sandbox.call_state import CallState
from blufio_tui.adapters.sandbox.guest_errors import EffectDenied, EffectFailed, GuestExit, GuestTrap
from blufio_tui.adapters.sandbox.wasi.errno import Errno, WasiError, from_os
from blufio_tui.adapters.sandbox.wasi.host import Memory, Reply
from blufio_tui.core.effects import FileOperation, GetEnv
from blufio_tui.core.errors import ErrorKind

_MAX_LINE = 16 * 1024
_STDERR_LEVEL = "info"
ARGUMENTS = "arguments"
"""Name of the extension slot in which another extension leaves the guest's arguments."""


class Bridge:
    """One call's surroundings, as the WASI functions see them."""

    def __init__(self, state: CallState) -> None:
        self._state = state
        self._line = bytearray()

    @property
    def memory(self) -> Memory:
        return self._state.memory

    @property
    def arguments(self) -> Sequence[str]:
        given = self._state.extensions.get(ARGUMENTS)
        return given if isinstance(given, tuple) else (self._state.spec.skill,)

    @property
    def stdin(self) -> bytes:
        return self._state.spec.input

    @property
    def preopens(self) -> Sequence[tuple[str, str]]:
        return self._state.spec.preopens

    def perform(self, operation: FileOperation) -> Reply:
        try:
            result = self._state.rpc(operation)
        except EffectDenied:
            raise WasiError(Errno.NOTCAPABLE) from None
        except EffectFailed as failed:
            raise WasiError(_errno(failed.code)) from failed
        return Reply(result.handle if isinstance(result.handle, int) else result.value, result.data)

    def on_handle(self, handle: int, operation: str, arguments: Sequence[int] = (), data: bytes = b"") -> Reply:
        try:
            frame = self._state.on_handle(operation, handle, {"args": list(arguments)}, data)
        except EffectFailed as failed:
            raise WasiError(_errno(failed.code)) from failed
        return Reply(frame.integer("value"), frame.blob)

    def environment(self) -> Sequence[tuple[str, str]]:
        found = [(key, self._variable(key)) for key in self._state.spec.env_keys]
        return [(key, value) for key, value in found if value is not None]

    def write_output(self, data: bytes) -> None:
        self._state.write_stdout(data)

    def write_error(self, data: bytes) -> None:
        """Each line becomes a line of the log."""
        self._line += data
        *lines, rest = self._line.split(b"\n")
        for line in lines:
            self._state.log.add(_STDERR_LEVEL, bytes(line))
        self._line = rest
        if len(self._line) > _MAX_LINE:
            self.flush()

    def flush(self) -> None:
        """A last line without its end is a line too."""
        if self._line:
            self._state.log.add(_STDERR_LEVEL, bytes(self._line))
            self._line = bytearray()

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
