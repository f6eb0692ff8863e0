"""Records what this process wrote to the policy's files, to distinguish its changes from those of others.

What was written once is not this process's own for good: another program may put it back after it was changed again.
So the changes are known in their order, and the last one is what the file should hold.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_own_writes: dict[str, list[tuple[bytes, bytes]]] = {}
"""By file: the digest before and the content after each change that this process made, in their order."""


def note_own_write(path: Path, before: bytes, after: bytes) -> None:
    """Say that this program turns the content `before` into `after`."""
    _own_writes.setdefault(_place(path), []).append((_digest(before), after))


@contextmanager
def own_write(path: Path, before: bytes, after: bytes) -> Iterator[None]:
    """For the time in which it does so; what fails was not written.

    Args:
        before: what the new content was made of, as it was read.
    """
    note_own_write(path, before, after)
    try:
        yield
    except BaseException:
        _own_writes[_place(path)].remove((_digest(before), after))
        raise


def count_own_writes(path: Path) -> int:
    """How many changes this process has made to the file so far."""
    return len(_own_writes.get(_place(path), ()))


def after_own_writes(path: Path, content: bytes, since: int) -> bytes:
    """What this process's own changes, after the first `since`, made of a content; up to the first one that was made of
    something else, because another program had changed the file in between."""
    for before, after in _own_writes.get(_place(path), [])[since:]:
        if before != _digest(content):
            break
        content = after
    return content


def _place(path: Path) -> str:
    """What a link leads to is the file; one that leads to itself is none."""
    return os.path.realpath(path)


def _digest(content: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(content).digest()
