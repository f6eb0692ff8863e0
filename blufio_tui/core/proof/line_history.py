"""The origin of a line of a file, traced back through the versions of the file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_PATIENT_CELLS = 50_000_000
"""Pairs of lines up to which every line is compared with every other; beyond, common lines are passed over."""


class Source(StrEnum):
    CALL = "call"
    """An effect in the log wrote it."""
    NOT_BY_US = "not_by_us"
    """The file changed without an effect in the log."""
    BEFORE_US = "before_us"
    """It was there before the first effect that changed the file."""
    UNKNOWN = "unknown"
    """A version that is needed to tell is not kept."""


@dataclass(frozen=True, slots=True)
class Change:
    """An effect that may have changed a file.

    Attributes:
        seq: its row.
        before, after: hex SHA-256 of the file's content, "" for no file; None if that was not recorded.
    """

    seq: int
    call_id: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Origin:
    """
    Attributes:
        change: the effect that wrote it; else the last one before it was changed by others, or the oldest one known.
    """

    source: Source
    change: Change | None = None


Content = Callable[[str], bytes | None]
"""The content with this hash ("": no file, so nothing); None if it is not kept."""


def origin_of_file(now: str, changes: Sequence[Change]) -> Origin:
    """The origin of the whole file.

    Args:
        now: hex SHA-256 of its content, "" if it is gone.
        changes: in the order of the log.
    """
    if not changes:
        return Origin(Source.NOT_BY_US)
    last = changes[-1]
    if last.after is None or last.after == now:
        return Origin(Source.CALL, last)
    return Origin(Source.NOT_BY_US, last)


def origin_of_line(line: int, now: str, changes: Sequence[Change], content: Content) -> Origin:
    """The origin of a line.

    Args:
        line: counted from 1.
        now, changes: as for `origin_of_file`.

    Raises:
        ValueError: the file has no such line.
    """
    data = content(now)
    newer = _lines(data or b"")
    if data is None or not 1 <= line <= len(newer):
        raise ValueError(f"the file has {len(newer)} lines, and no line {line}")
    index, sha256 = line - 1, now
    for change in reversed(changes):
        if change.after is None:  # what it left is what is found next: only its difference to before is known
            after = newer
        else:
            if change.after != sha256:
                older = _kept(content, change.after)
                if older is None:
                    return Origin(Source.UNKNOWN, change)
                found = line_before(older, newer, index)
                if found is None:
                    return Origin(Source.NOT_BY_US, change)
                index = found
                newer = older
            after = newer
        older = _kept(content, change.before)
        if older is None:
            return Origin(Source.UNKNOWN, change)
        found = line_before(older, after, index)
        if found is None:
            return Origin(Source.CALL, change)
        index, newer, sha256 = found, older, change.before or ""
    return Origin(Source.BEFORE_US, changes[0]) if changes else Origin(Source.NOT_BY_US)


def line_before(before: Sequence[bytes], after: Sequence[bytes], index: int) -> int | None:
    """The index in `before` of line `index` of `after`; None if it is new."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    if index < start:
        return index
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    if index >= len(after) - end:
        return index - len(after) + len(before)
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) * len(new) > _PATIENT_CELLS)
    for block in matcher.get_matching_blocks():
        if block.b <= index - start < block.b + block.size:
            return block.a + index - start - block.b + start
    return None


def _kept(content: Content, sha256: str | None) -> Sequence[bytes] | None:
    data = content(sha256) if sha256 is not None else None
    return None if data is None else _lines(data)


def _lines(data: bytes) -> Sequence[bytes]:
    return data.splitlines()
