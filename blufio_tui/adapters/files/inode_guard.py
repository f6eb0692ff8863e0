"""Recognises protected files by inode, not by name: through a hard link, another letter case, another mount."""

import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from blufio_tui.core.errors import NeverRule
from blufio_tui.core.guards.paths import SPECIAL

InodeCheck = Callable[[os.stat_result, str], None]
"""Takes what was opened and its path; raises `NeverRule` when it is closed to everybody."""


class InodeGuard:
    """
    Args:
        own: canonical paths of the program's own files and folders.
    """

    def __init__(self, own: Iterable[str]) -> None:
        self._own = tuple(own)
        self._system_devices = _system_devices()

    def checker(self, *, look_inside: bool = False) -> InodeCheck:
        """A check against the files as they are now; with `look_inside` also against those in the own folders."""
        own = self._identities(look_inside=look_inside)

        def check(found: os.stat_result, canonical: str) -> None:
            if found.st_dev in self._system_devices:
                raise NeverRule(
                    f"{canonical} is a view of the system, not a file; /proc, /sys and /dev are never allowed"
                )
            if (found.st_dev, found.st_ino) in own:
                raise NeverRule(f"{canonical} is one of blufio-tui's own files, which no tool and no skill may touch")

        return check

    def _identities(self, *, look_inside: bool) -> frozenset[tuple[int, int]]:
        found = set()
        for path in self._own:
            with suppress(OSError):
                entry = os.lstat(path)
                found.add((entry.st_dev, entry.st_ino))
                if look_inside and stat.S_ISDIR(entry.st_mode):
                    with os.scandir(path) as inside:
                        found |= {(entry.st_dev, one.inode()) for one in inside}
        return frozenset(found)


def _system_devices() -> frozenset[int]:
    """File systems of /proc, /sys and /dev, to know them when they are mounted somewhere else too."""
    found = set()
    with suppress(OSError):
        root = Path("/").stat().st_dev
        for path in SPECIAL:
            with suppress(OSError):
                found.add(Path(path).stat().st_dev)
        found.discard(root)
    return frozenset(found)
