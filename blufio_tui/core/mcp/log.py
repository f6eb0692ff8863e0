"""What a server printed and what was odd about it, for finding out why it fails."""

from collections import deque

from blufio_tui.core.text.display import visible_line

MAX_LINES = 300
MAX_LINE = 400


class ServerLog:
    """The last lines, each safe to show; bounded."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=MAX_LINES)
        self._rest = b""
        self.total = 0

    def add(self, line: str) -> None:
        self._lines.append(visible_line(line[:MAX_LINE]))
        self.total += 1

    def feed(self, data: bytes) -> None:
        """Take what came from standard error; lines may be cut anywhere."""
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[:MAX_LINE]
        for line in lines[-MAX_LINES:]:
            self.add(line.decode("utf-8", "replace").rstrip("\r"))
        self.total += max(0, len(lines) - MAX_LINES)

    def lines(self) -> tuple[str, ...]:
        return tuple(self._lines)

    def last(self) -> str:
        """The newest line that is not empty, "" if there is none."""
        rest = visible_line(self._rest.decode("utf-8", "replace")).strip()
        return rest or next((line for line in reversed(self._lines) if line.strip()), "")
