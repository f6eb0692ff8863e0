"""Server-sent events, as WHATWG HTML has them: the data of each event, and where to resume after a stream breaks."""

from collections.abc import Iterator


class TooLong(Exception):
    """One event is larger than may be."""


MAX_ID = 1_000
DEFAULT_RETRY_SECS = 1.0
LEAST_RETRY_SECS, MOST_RETRY_SECS = 0.1, 60.0


class EventReader:
    """Takes chunks and returns the data of each complete event.

    Args:
        most: bytes of one event.

    Attributes:
        last_id: of the last whole event, to be sent as Last-Event-ID; "" if there is none that fits a header.
        retry_secs: how long the server wants us to wait before we ask it to continue.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._type = b""
        self._id = b""
        self.last_id = ""
        self.retry_secs = DEFAULT_RETRY_SECS

    def begin_again(self) -> None:
        """Start reading a resumed stream; an incomplete event is dropped."""
        self._rest.clear()
        self._data, self._size, self._type = [], 0, b""
        self._id = self.last_id.encode()

    def feed(self, part: bytes) -> Iterator[bytes]:
        """
        Raises:
            TooLong: an event, or one line of it, is larger than allowed.
        """
        self._rest += part
        if b"\n" not in part:
            if len(self._rest) > self._most:
                raise TooLong
            return
        *lines, rest = self._rest.replace(b"\r\n", b"\n").split(b"\n")
        self._rest = bytearray(rest)
        if len(rest) > self._most:
            raise TooLong
        for line in lines:
            if not line:
                yield from self._finish()
            elif not line.startswith(b":"):  # a comment
                self._take(bytes(line))

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._type = value
        elif name == b"id":
            self._id = value if len(value) <= MAX_ID else b""
        elif name == b"retry" and value.isdigit():
            self.retry_secs = min(max(int(value[:9]) / 1000, LEAST_RETRY_SECS), MOST_RETRY_SECS)
        elif name == b"data":
            self._size += len(value) + 1
            if self._size > self._most:
                raise TooLong
            self._data.append(value)

    def _finish(self) -> Iterator[bytes]:
        data, kind = b"\n".join(self._data), self._type
        self._data, self._size, self._type = [], 0, b""
        text = self._id.decode("latin-1")
        self.last_id = text if text.isascii() and text.isprintable() else ""
        if data and kind in (b"", b"message"):
            yield data
