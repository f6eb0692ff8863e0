"""Reads a response body with a limit on its decoded size, so that a small response cannot fill the memory."""

import errno
import zlib
from collections.abc import AsyncIterator

from blufio_tui.core.agent.yielding import Politeness
from blufio_tui.core.errors import HostError

ACCEPT_ENCODING = "gzip, deflate"
_SLACK = 64 * 1024
_STEP = 256 * 1024


class Inflater:
    """Decodes gzip or deflate in steps of bounded size.

    `deflate` is tried as zlib first and as a raw stream when that fails, as browsers do.
    """

    def __init__(self, encoding: str) -> None:
        self._raw_fallback = encoding == "deflate"
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16 if encoding == "gzip" else zlib.MAX_WBITS)

    def feed(self, data: bytes, limit: int) -> bytes:
        """Decode; stops producing at `limit` bytes (the caller finds that there is too much)."""
        try:
            out = self._inflate.decompress(data, limit)
        except zlib.error:
            if not self._raw_fallback:
                raise
            self._raw_fallback = False
            self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            out = self._inflate.decompress(data, limit)
        self._raw_fallback = False
        return out

    @property
    def complete(self) -> bool:
        return self._inflate.eof


def encoding_of(header: str) -> str:
    """The one content encoding of a response, "" for none.

    Raises:
        HostError: an encoding that was not offered, or several on top of each other.
    """
    names = [name.strip().lower() for name in header.split(",") if name.strip()]
    names = [name for name in names if name != "identity"]
    if not names:
        return ""
    encoding = names[0].removeprefix("x-")
    if len(names) > 1 or encoding not in ("gzip", "deflate"):
        raise HostError(f"the response is encoded as {header!r}, which was not requested")
    return encoding


async def read_body(chunks: AsyncIterator[bytes], encoding: str, max_bytes: int, advice: str = "") -> bytes:
    """The decoded body; `advice` ends the message about one that is too large.

    Raises:
        HostError: it decodes to more than `max_bytes`, is cut, or is not what its encoding says.
    """
    inflater = Inflater(encoding) if encoding else None
    body = bytearray()
    received, others = 0, Politeness()
    async for chunk in chunks:
        await others.take_turns()
        received += len(chunk)
        for piece in _steps(chunk):
            body += piece if inflater is None else _inflated(inflater, piece, max_bytes + 1 - len(body), encoding)
            if len(body) > max_bytes or received > max_bytes + _SLACK:
                raise HostError(f"the response is larger than the limit of {max_bytes} bytes{advice}", errno.EFBIG)
    if inflater is not None and received and not inflater.complete:
        raise HostError(f"the {encoding} response was cut off")
    return bytes(body)


def _steps(chunk: bytes) -> list[bytes]:
    return [chunk[start : start + _STEP] for start in range(0, len(chunk), _STEP)]


def _inflated(inflater: Inflater, data: bytes, limit: int, encoding: str) -> bytes:
    try:
        return inflater.feed(data, limit)
    except zlib.error as error:
        raise HostError(f"the response is not valid {encoding}") from error
