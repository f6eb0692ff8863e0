"""Frames between the UI process and a sandbox worker: pure encoding and decoding, every size capped.

A frame is `!IBI`: bytes after the first four, kind, bytes of the header; then the header (a JSON object)
and a blob of raw bytes. Nothing here trusts the other side: what does not parse is a `ProtocolError`.
"""

import json
import os
import struct
import time
from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple, TypeVar

from blufio_tui.core.text.json_types import Json, JsonObject

MAX_HEADER_BYTES = 4 * 1024 * 1024
MAX_FRAME_BYTES = 256 * 1024 * 1024
MAX_BLOB_BYTES = MAX_FRAME_BYTES - MAX_HEADER_BYTES - 64
_PREFIX = struct.Struct("!IBI")
_FIXED = _PREFIX.size - 4
_T = TypeVar("_T")
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_PARSE = json.JSONDecoder().raw_decode


class ProtocolError(Exception):
    """The other side sent what is not a frame, or not one that fits here."""


class FrameKind(IntEnum):
    """LOAD to FAILED go to the worker, READY to DONE come from it."""

    LOAD = 1
    CALL = 2
    RESULT = 3
    DENIED = 4
    FAILED = 5
    READY = 16
    EFFECT = 17
    DONE = 18


class Frame(NamedTuple):
    kind: FrameKind
    header: Mapping[str, Json]
    blob: bytes = b""

    def text(self, key: str) -> str:
        return checked_text(_typed(self.header, key, str))

    def integer(self, key: str) -> int:
        """A whole number; `true` is not one."""
        value = self.header.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ProtocolError(f"field {key!r} is not a whole number")
        return value

    def sequence(self, key: str) -> list[Json]:
        return _typed(self.header, key, list)

    def mapping(self, key: str) -> JsonObject:
        return _typed(self.header, key, dict)


def _typed(header: Mapping[str, Json], key: str, wanted: type[_T]) -> _T:
    value = header.get(key)
    if not isinstance(value, wanted):
        raise ProtocolError(f"field {key!r} is not a {wanted.__name__}")
    return value


def checked_text(text: str) -> str:
    """`text` itself; JSON can carry lone surrogates, which no one downstream could encode."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ProtocolError("a text holds a lone surrogate") from error
    return text


def encode(frame: Frame) -> bytes:
    """Bytes of a frame.

    Raises:
        ProtocolError: the frame is over a cap; sending it would end the connection anyway.
    """
    return encode_parts(frame.kind, _ENCODER.encode(frame.header).encode(), frame.blob)


def encode_parts(kind: FrameKind, header: bytes, blob: bytes) -> bytes:
    """As `encode`, with a header that is JSON already."""
    length = _FIXED + len(header) + len(blob)
    if len(header) > MAX_HEADER_BYTES or length > MAX_FRAME_BYTES:
        raise ProtocolError(f"a frame of {length} bytes is over the cap of {MAX_FRAME_BYTES}")
    return _PREFIX.pack(length, kind, len(header)) + header + blob


class FrameDecoder:
    """Takes bytes as they come and gives one frame at a time.

    Attributes:
        max_frame_bytes: a longer frame is refused as soon as its length is known, before it is buffered.
    """

    def __init__(self, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self.max_frame_bytes = max_frame_bytes
        self._buffer: bytes | bytearray = b""

    @property
    def pending(self) -> int:
        """Bytes that are buffered and belong to no frame yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Most frames come whole and alone, and are then not copied."""
        if not self._buffer:
            self._buffer = data
            return
        if isinstance(self._buffer, bytes):
            self._buffer = bytearray(self._buffer)
        self._buffer += data

    def next(self) -> Frame | None:
        """The next whole frame, or None if more bytes are needed.

        Raises:
            ProtocolError: what is buffered cannot become a valid frame.
        """
        buffer = self._buffer
        if len(buffer) < _PREFIX.size:
            return None
        length, kind, header_length = _PREFIX.unpack_from(buffer)
        self._check(length, kind, header_length)
        end, body = 4 + length, _PREFIX.size + header_length
        if len(buffer) < end:
            return None
        self._buffer = buffer[end:]
        return Frame(_KINDS[kind], _parse_header(buffer[_PREFIX.size : body]), bytes(buffer[body:end]))

    def _check(self, length: int, kind: int, header_length: int) -> None:
        if length > self.max_frame_bytes:
            raise ProtocolError(f"a frame of {length} bytes is over the cap of {self.max_frame_bytes}")
        if kind not in _KINDS:
            raise ProtocolError(f"unknown frame kind {kind}")
        if length < _FIXED + header_length or header_length > MAX_HEADER_BYTES:
            raise ProtocolError(f"a header of {header_length} bytes does not fit its frame")


_KINDS = {int(kind): kind for kind in FrameKind}


def _parse_header(data: bytes | bytearray) -> JsonObject:
    try:
        text = data.decode()
        header, end = _PARSE(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a frame's header is not JSON") from error
    if not isinstance(header, dict) or end != len(text):
        raise ProtocolError("a frame's header is not a JSON object")
    return header


let_others_run = getattr(os, "sched_yield", lambda: time.sleep(0))
"""Gives the processor away for a moment, while the other side is about to answer."""
