"""Server-sent events out of the chunks of a reply: all that a chunk completes is found at once.

The SDK's own reader passes each line through three generators; when thousands of fragments a second come, reading them
takes more time than drawing them.
"""

from collections.abc import Iterator

ServerEvent = tuple[bytes, bytes]
"""Name and data, each empty where the event has none."""


class ServerEvents:
    """Takes chunks in order, cut anywhere. An event that never ends is dropped, as WHATWG HTML wants it."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._after_return = False

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """The events that are complete now, but for those that hold only comments."""
        searched = max(len(self._rest) - 1, 0)
        self._rest += self._with_newlines(chunk)
        end = self._rest.rfind(b"\n\n", searched)
        if end < 0:
            return
        whole = bytes(self._rest[:end])
        del self._rest[: end + 2]
        for lines in whole.split(b"\n\n"):
            if (event := _event(lines)) is not None:
                yield event

    def _with_newlines(self, chunk: bytes) -> bytes:
        """Every end of a line as a newline, also where its two characters came in two chunks."""
        if self._after_return and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_return = False
        if b"\r" not in chunk:
            return chunk
        self._after_return = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _event(lines: bytes) -> ServerEvent | None:
    """None if nothing in it is for the reader."""
    name, data, is_known = b"", [], False
    for line in lines.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
        elif field not in (b"id", b"retry"):
            continue
        is_known = True
    return (name, b"\n".join(data)) if is_known else None
