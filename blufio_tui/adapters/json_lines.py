"""JSON-RPC messages as lines on two pipes. Anything else is answered with an error and ends nothing.

For programs that another program starts and controls: the pipes of this process then carry only messages.
"""

import asyncio
import json
import logging
import os
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import JsonObject

_PARSE_ERROR, _INVALID_REQUEST = -32700, -32600


class LineTransport:
    """Implements `acp.Transport`, whose own would end the connection at a line that is JSON and no object.

    Args:
        reader: made with a limit of `most` bytes.
        most: the longest line that is taken.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int) -> None:
        self._most = most
        self._reader = reader
        self._writer = writer
        self._closed = False

    async def send(self, message: dict[str, Any]) -> None:
        """
        Raises:
            ConnectionError: nobody reads any more.
        """
        if self._closed or self._writer.is_closing():
            raise ConnectionError("the other end is closed")
        self._writer.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        await self._writer.drain()

    async def receive(self) -> dict[str, Any] | None:
        """The next message; None at the end of the stream."""
        while True:
            line = await self._line()
            if line is None:
                return None
            if not line.strip():
                continue
            message, problem = parsed(line)
            if message is not None:
                return message
            await self._answer(problem)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._writer.close()

    async def _line(self) -> bytes | None:
        """One line; None at the end, where half a line may be left: it is not a message."""
        too_long = False
        while True:
            try:
                line = await self._reader.readuntil(b"\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
            except asyncio.LimitOverrunError as overrun:
                too_long = True
                await self._reader.readexactly(overrun.consumed)
                continue
            if not too_long:
                return line
            too_long = False
            await self._answer(_error(_INVALID_REQUEST, f"a message of more than {self._most:,} bytes was left out"))

    async def _answer(self, error: JsonObject) -> None:
        with suppress(ConnectionError):  # nobody reads it; what was sent before the end is still heard
            await self.send({"jsonrpc": "2.0", "id": None, "error": error})


def parsed(line: bytes) -> tuple[dict[str, Any] | None, JsonObject]:
    """Parse a line: the message, or the error to answer with."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        return None, _error(_PARSE_ERROR, f"this line is not JSON: {error}")
    if not isinstance(message, dict):
        return None, _error(_INVALID_REQUEST, "a message is a JSON object; batches are not supported")
    identity = message.get("id")
    is_identity = isinstance(identity, str | int | None) and not isinstance(identity, bool)
    if not is_identity or not isinstance(message.get("method", ""), str):
        return None, _error(_INVALID_REQUEST, "id must be a number or a string, and method a string")
    if "method" not in message and "error" in message and identity is not None and not _is_refusal(message):
        return {"jsonrpc": "2.0", "id": identity, "error": _error(_INVALID_REQUEST, "the answer is malformed")}, {}
    return message, {}


def _is_refusal(message: dict[str, Any]) -> bool:
    """Whether an answer with an error has a right one and no result. Else it counts as an error all the same: whoever
    asked must not wait for ever, and a yes with an error beside it is no yes."""
    error = message["error"]
    return (
        "result" not in message
        and isinstance(error, dict)
        and type(error.get("code")) is int
        and isinstance(error.get("message"), str)
    )


def _error(code: int, message: str) -> JsonObject:
    return {"code": code, "message": message}


@asynccontextmanager
async def own_pipes(most: int) -> AsyncIterator[LineTransport]:
    """Standard input and output, out of reach of everything else: what is printed goes to standard error, and what
    is started here reads nothing."""
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=most)
    source, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", buffering=0)
    )
    sink, protocol = await loop.connect_write_pipe(
        lambda: asyncio.streams.FlowControlMixin(loop), os.fdopen(writing, "wb", buffering=0)
    )
    try:
        yield LineTransport(reader, asyncio.StreamWriter(sink, protocol, None, loop), most)
    finally:
        source.close()
        sink.close()


def has_pipes() -> bool:
    """Whether a program is at the other end of standard input and output, rather than a terminal or a file."""
    return _is_pipe(0) and _is_pipe(1)


def _is_pipe(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


class _Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        said = f"{record.getMessage()}: {error}" if error is not None else record.getMessage()
        sys.stderr.write(f"blufio-tui: {visible_line(said)[:500]}\n")


def log_in_lines(level: int = logging.WARNING) -> None:
    """What a library complains about is a line on standard error, and never a traceback."""
    logging.getLogger().addHandler(_Lines(level))
