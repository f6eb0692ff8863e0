"""The log lines of one call, capped; what does not fit is counted."""

MAX_LINES = 1_000
MAX_BYTES = 256 * 1024
LEVELS = ("trace", "debug", "info", "warn", "error")


class CallLog:
    """At most 1,000 lines and 256 KiB are kept, the first ones."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.dropped = 0
        self._bytes = 0

    def full_for(self, size: int) -> bool:
        return len(self.lines) >= MAX_LINES or self._bytes + size > MAX_BYTES

    def add(self, level: str, message: bytes) -> None:
        if self.full_for(len(message)):
            self.dropped += 1
            return
        self._bytes += len(message)
        self.lines.append((level, message.decode(errors="replace")))

    def add_lines(self, level: str, data: bytes) -> bytes:
        """Add each whole line; what comes after the last line end is given back.

        Of one write only as many lines are looked at as a log can hold, or line ends alone would take seconds.
        """
        start = 0
        for _ in range(MAX_LINES):
            end = data.find(b"\n", start)
            if end < 0:
                return data[start:]
            self.add(level, data[start:end])
            start = end + 1
        self.dropped += data.count(b"\n", start)
        return data[data.rfind(b"\n") + 1 :]

    def render(self) -> str:
        """The lines as the output of a call that gave none."""
        return "\n".join(f"[{level.upper()}] {message}" for level, message in self.lines)
