"""A cheap sign that an installed skill was not touched: sizes and times of its files, without reading them.

Good enough for a list, which looks at a thousand skills; before a call the files themselves are hashed.
"""

import os
from collections.abc import Iterable
from pathlib import Path


def take_stamp(folder: Path, paths: Iterable[str]) -> str:
    """One line a file, and one for each folder on the way (an added file changes its folder)."""
    paths = tuple(paths)
    parents = {path.rpartition("/")[0] for path in paths}
    return "\n".join(f"{path}\t{_mark(f'{folder}/{path}')}" for path in sorted({"", *parents, *paths}))


def stamp_holds(folder: str, stamp: str) -> bool:
    """Whether nothing was touched since the stamp was taken; "" never holds."""
    if not stamp:
        return False
    for line in stamp.split("\n"):
        path, _, mark = line.partition("\t")
        if _mark(f"{folder}/{path}") != mark:
            return False
    return True


def _mark(path: str) -> str:
    try:
        info = os.lstat(path)
    except (OSError, ValueError):  # the latter for a path that is none, of a damaged row
        return "gone"
    return f"{info.st_size}:{info.st_mtime_ns}:{info.st_ino}"
