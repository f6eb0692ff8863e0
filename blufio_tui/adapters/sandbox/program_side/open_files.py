"""Open files of one call as the exchange with its worker asks for them."""

import asyncio
import errno
from collections.abc import Callable

from blufio_tui.adapters.files.wasi import HandleTable
from blufio_tui.adapters.sandbox.wire.protocol import Frame, FrameKind, ProtocolError
from blufio_tui.core.effects import EffectResult
from blufio_tui.core.errors import HostError
from blufio_tui.core.text.json_types import Json

_QUICK_BYTES = 64 * 1024
_WRITING = frozenset({"write", "append", "sync"})
_MAX_ARGUMENTS = 4


class Handles:
    """Implements `exchange.HandleService`. What may take long happens on a thread, writing never does:
    a descriptor must not be closed, and its number used again, under a write."""

    def __init__(self) -> None:
        self._table = HandleTable()

    def adopt(self, handle: object) -> int:
        return self._table.add(handle)

    async def answer(self, frame: Frame) -> Frame:
        operation, number = frame.text("op"), frame.integer("handle")
        arguments = [_integer(value) for value in frame.sequence("args")]
        if len(arguments) > _MAX_ARGUMENTS:
            raise ProtocolError(f"{len(arguments)} arguments for an operation on an open file")
        try:
            result = await self._carry_out(number, operation, arguments, frame.blob)
        except HostError as error:
            return Frame(FrameKind.FAILED, {"message": str(error), "code": errno.errorcode.get(error.errno, "")})
        return Frame(FrameKind.RESULT, {"value": result.value}, result.data)

    def close(self) -> None:
        self._table.close()

    async def _carry_out(self, number: int, operation: str, arguments: list[int], blob: bytes) -> EffectResult:
        if operation in _WRITING and arguments and arguments[-1]:
            flush = self._table.flusher(number, arguments[-1])
            result = self._table.call(number, operation, [*arguments[:-1], 0], blob)
            await asyncio.to_thread(flush)
            return result
        act: Callable[[], EffectResult] = lambda: self._table.call(number, operation, arguments, blob)  # noqa: E731
        slow = operation == "list" or (operation == "read" and len(arguments) == 2 and arguments[1] > _QUICK_BYTES)
        return await asyncio.to_thread(act) if slow else act()


def _integer(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ProtocolError("an argument is not a whole number")
    return value
