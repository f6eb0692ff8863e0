"""How many lines a change adds and removes, and the first line of a result that says so."""

import difflib
from dataclasses import dataclass

from blufio_tui.core.text.display import visible_line

_MAX_COMPARED = 4_000


@dataclass(frozen=True, slots=True)
class LineChange:
    """
    Attributes:
        created: the file was not there before.
        added, removed: lines; of a created file `added` counts all.
    """

    created: bool
    added: int
    removed: int


def line_change(old: bytes | None, new: bytes) -> LineChange:
    """
    Args:
        old: None if there was no file.
    """
    after = _lines(new)
    if old is None:
        return LineChange(True, len(after), 0)
    before = _lines(old)
    head = _same_at_start(before, after)
    tail = _same_at_start(before[head:][::-1], after[head:][::-1])
    before, after = before[head : len(before) - tail], after[head : len(after) - tail]
    if max(len(before), len(after)) > _MAX_COMPARED:
        return LineChange(False, len(after), len(before))
    same = sum(
        block.size for block in difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    )
    return LineChange(False, len(after) - same, len(before) - same)


def change_words(path: str, change: LineChange) -> str:
    """`created x.py, 14 lines` or `changed x.py (+7 −3)`."""
    name = visible_line(path)
    if change.created:
        return f"created {name}, {change.added} line{'' if change.added == 1 else 's'}"
    if not change.added and not change.removed:
        return f"{name} is as it was: its new content is the old one"
    return f"changed {name} (+{change.added} −{change.removed})"


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def _same_at_start(left: list[bytes], right: list[bytes]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
