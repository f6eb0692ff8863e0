"""Length-prefixed JSON over a socket pair. Both sides are ours: a malformed frame ends the cage.

Program → supervisor: `start`, `answer`, `stop`. Supervisor → program: `ready`, `started`, `ask`, `done`, `program`,
`rows`, `problem`, `end`.
"""

import json
import struct
from collections.abc import Iterator
from typing import Any

MAX_FRAME = 64 * 1024 * 1024
"""Bytes; the longest is the list of effects at the end."""

_LENGTH = struct.Struct("<I")
Message = dict[str, Any]


class FrameError(Exception):
    """The other side sent what it cannot have meant."""


def encode(message: Message) -> bytes:
    data = json.dumps(message, separators=(",", ":")).encode()  # ASCII: undecodable names travel as surrogates
    if len(data) > MAX_FRAME:
        raise FrameError(f"a frame of {len(data)} bytes is too long")
    return _LENGTH.pack(len(data)) + data


class Decoder:
    """Takes bytes as they come, gives whole messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """
        Raises:
            FrameError: too long, or not a JSON object with a `type`.
        """
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._buffer)
            if size > MAX_FRAME:
                raise FrameError(f"a frame of {size} bytes is too long")
            if len(self._buffer) < _LENGTH.size + size:
                return
            body = bytes(self._buffer[_LENGTH.size : _LENGTH.size + size])
            del self._buffer[: _LENGTH.size + size]
            yield _message(body)


def _message(body: bytes) -> Message:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FrameError("a frame is not JSON") from error
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise FrameError("a frame is not an object with a type")
    return value
