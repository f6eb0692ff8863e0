"""JSON-RPC messages as lines on two pipes. Whatever is no such message is answered, and ends nothing."""

import asyncio
import json
from typing import Any

from blufio_tui.core.text.json_types import JsonObject

MAX_LINE = 64 * 1024 * 1024
"""Bytes of one message. Images come in base64."""

_PARSE_ERROR, _INVALID_REQUEST = -32700, -32600


class LineTransport:
    """Implements the SDK's `Transport`, which would end the connection at a line that is JSON and no object.

    Args:
        reader: made with a limit of `MAX_LINE`.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._closed = False

    async def send(self, message: dict[str, Any]) -> None:
        """
        Raises:
            ConnectionError: nobody reads any more.
        """
        if self._closed or self._writer.is_closing():
            raise ConnectionError("the editor has closed its end")
        self._writer.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        await self._writer.drain()

    async def receive(self) -> dict[str, Any] | None:
        """The next message; None at the end."""
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
        """One line; None at the end, where half a line may be left: it is no message."""
        too_long = False
        while True:
            try:
                line = await self._reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return None
            except asyncio.LimitOverrunError as overrun:
                too_long = True
                await self._reader.readexactly(overrun.consumed)
                continue
            if not too_long:
                return line
            too_long = False
            await self._answer(_error(_INVALID_REQUEST, f"a message of more than {MAX_LINE // 2**20} MB was left out"))

    async def _answer(self, error: JsonObject) -> None:
        await self.send({"jsonrpc": "2.0", "id": None, "error": error})


def parsed(line: bytes) -> tuple[dict[str, Any] | None, JsonObject]:
    """The message that a line is, else the error that it is answered with."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        return None, _error(_PARSE_ERROR, f"this line is not JSON: {error}")
    if not isinstance(message, dict):
        return None, _error(_INVALID_REQUEST, "a message is a JSON object; batches are not understood")
    if not isinstance(message.get("id"), str | int | None) or not isinstance(message.get("method", ""), str):
        return None, _error(_INVALID_REQUEST, "id must be a number or a text, and method a text")
    return message, {}


def _error(code: int, message: str) -> JsonObject:
    return {"code": code, "message": message}
