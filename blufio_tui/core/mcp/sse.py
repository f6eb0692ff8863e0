"""Server-sent events, as WHATWG HTML has them: the data of each event, and nothing else of it."""

from collections.abc import Iterator


class TooLong(Exception):
    """One event is larger than may be."""


class EventReader:
    """Takes pieces as they come; gives the data of each whole event.

    Args:
        most: bytes of one event.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._type = b""

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
            else:
                self._take(bytes(line))

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._type = value
        elif name == b"data":
            self._size += len(value) + 1
            if self._size > self._most:
                raise TooLong
            self._data.append(value)

    def _finish(self) -> Iterator[bytes]:
        data, kind = b"\n".join(self._data), self._type
        self._data, self._size, self._type = [], 0, b""
        if data and kind in (b"", b"message"):
            yield data
