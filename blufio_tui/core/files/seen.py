"""The content of files that the model has seen, so that it does not change a file that differs from what it read."""

import difflib
from collections import OrderedDict

_MAX_BYTES = 16 * 1024 * 1024
_MAX_SHOWN = 60
_MAX_NAMES = 10_000


class SeenFiles:
    """The content of files as each session last read or wrote them; the oldest are forgotten first.

    Args:
        max_bytes: of content kept in all.
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._contents: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._total = 0
        self._names: OrderedDict[tuple[str, str], str] = OrderedDict()

    def note(self, session_id: str, path: str, content: bytes, written: str = "") -> None:
        """`path` is canonical; `written` is how the model named it."""
        key = (session_id, path)
        if written and written != path:
            self._names[session_id, written] = path
            while len(self._names) > _MAX_NAMES:
                self._names.popitem(last=False)
        self._total -= len(self._contents.pop(key, b""))
        self._contents[key] = content
        self._total += len(content)
        while self._total > self._max_bytes:
            _, forgotten = self._contents.popitem(last=False)
            self._total -= len(forgotten)

    def content(self, session_id: str, written: str) -> bytes:
        """The content that the session last saw under that name; b"" if none, or forgotten."""
        path = self._names.get((session_id, written), written)
        return self._contents.get((session_id, path), b"")

    def changed(self, session_id: str, path: str, now: bytes) -> str:
        """How a file differs from what the session saw, as a diff; "" if it does not, or was never seen."""
        before = self._contents.get((session_id, path))
        return "" if before is None or before == now else _difference(before, now)


def _difference(before: bytes, now: bytes) -> str:
    old, new = (data.decode("utf-8", "replace").splitlines() for data in (before, now))
    lines = list(difflib.unified_diff(old, new, "as you read it", "as it is now", lineterm="", n=1))
    if not lines:
        return "(only ends of lines differ)"
    more = [f"[… {len(lines) - _MAX_SHOWN} more lines of difference]"] if len(lines) > _MAX_SHOWN else []
    return "\n".join([*lines[:_MAX_SHOWN], *more])
