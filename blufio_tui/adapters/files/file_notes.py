"""Notes about a file for the approval card: its other names, and what a write would change."""

import difflib
import hashlib
import os
import re
import stat
from contextlib import suppress
from posixpath import basename, dirname

from blufio_tui.adapters.files.guard import FileGuard
from blufio_tui.core.errors import NeverRule
from blufio_tui.core.guards.paths import lookalikes
from blufio_tui.core.text.difference import NEW_CONTENT, NEW_FILE
from blufio_tui.core.text.display import visible_line

_MAX_DIFF_BYTES = 4 * 1024 * 1024
_MAX_DIFF_LINES = 5000
_CONTEXT = 3
_HUNK = re.compile(r"(?m)^@@ -(\d+)((?:,\d+)?) \+(\d+)((?:,\d+)?) @@$")
_MAX_SIBLINGS = 5000


def file_notes(guard: FileGuard, canonical: str, requested: str) -> list[str]:
    """Lines about a path: where it really leads, hard links, names that look the same."""
    notes = []
    if guard.absolute(requested) != canonical:
        notes.append(f"asked for as {visible_line(requested)}")
    with suppress(OSError):
        found = os.lstat(canonical)
        if found.st_nlink > 1 and not stat.S_ISDIR(found.st_mode):
            notes.append(f"has {found.st_nlink} hard links: the same content is used under other names, too")
    notes.extend(f"not to be confused with {other!r} beside it" for other in _lookalikes(canonical))
    return notes


def _lookalikes(canonical: str) -> tuple[str, ...]:
    siblings = []
    with suppress(OSError), os.scandir(dirname(canonical)) as entries:
        for entry in entries:
            siblings.append(entry.name)
            if len(siblings) >= _MAX_SIBLINGS:
                break
    return lookalikes(basename(canonical), siblings)


def describe_write(guard: FileGuard, canonical: str, content: bytes) -> str:
    """A unified diff against what is there, or the whole new text, or size and hash of what is not text."""
    is_new = not os.path.lexists(canonical)
    old = b"" if is_new else _current(guard, canonical)
    new_text = _as_text(content)
    if new_text is None:
        return f"{len(content):,} bytes that are not text, SHA-256 {hashlib.sha256(content).hexdigest()}"
    old_text = None if old is None else _as_text(old)
    difference = None if old_text is None else _diff(_lines(old_text), _lines(new_text))
    if difference is None:
        return f"{NEW_CONTENT}{len(content):,} bytes:\n{new_text}"
    if is_new:
        return "\n".join((NEW_FILE, *difference.split("\n")[1:])) if difference else f"{NEW_FILE}\nan empty file"
    return difference or "no change"


def difference(now: bytes, after: bytes) -> str:
    """A unified diff of two contents, or a sentence if none can be made."""
    texts = _as_text(now), _as_text(after)
    if texts[0] is None or texts[1] is None:
        return f"not text: {len(now):,} bytes now, {len(after):,} bytes after"
    found = _diff(_lines(texts[0]), _lines(texts[1]))
    return f"much changes: {len(now):,} bytes now, {len(after):,} bytes after" if found is None else found


def _current(guard: FileGuard, canonical: str) -> bytes | None:
    try:
        opened = guard.open_file(canonical, os.O_RDONLY)
    except (OSError, NeverRule):
        return None
    with os.fdopen(opened, "rb") as file:
        return file.read(_MAX_DIFF_BYTES + 1)


def _as_text(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _diff(old: list[str], new: list[str]) -> str | None:
    """A unified diff; None if more than a few thousand lines lie between the first difference and the last.

    What is the same at both ends is left out before comparing, so that a long file with a small change costs little.
    """
    head = _same_at_start(old, new)
    tail = _same_at_start(old[head:][::-1], new[head:][::-1])
    if max(len(old), len(new)) - head - tail > _MAX_DIFF_LINES:
        return None
    skipped, kept = max(0, head - _CONTEXT), max(0, tail - _CONTEXT)
    before, after = old[skipped : len(old) - kept], new[skipped : len(new) - kept]
    lines = difflib.unified_diff(before, after, "now", "after", lineterm="", n=_CONTEXT)
    return "\n".join(_HUNK.sub(lambda found: _moved(found, skipped), line) for line in lines)


def _moved(hunk: re.Match[str], lines: int) -> str:
    return f"@@ -{int(hunk[1]) + lines}{hunk[2]} +{int(hunk[3]) + lines}{hunk[4]} @@"


def _same_at_start(old: list[str], new: list[str]) -> int:
    for index, (before, after) in enumerate(zip(old, new, strict=False)):
        if before != after:
            return index
    return min(len(old), len(new))


def _lines(text: str) -> list[str]:
    """A newline alone ends a line, as in most programs; a carriage return is shown, and so is a missing end."""
    lines = [line.replace("\r", "\\r") for line in text.split("\n")]
    last = lines.pop()
    return [*lines, f"{last} (no newline at the end)"] if last else lines
