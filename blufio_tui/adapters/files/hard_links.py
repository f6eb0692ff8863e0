"""A file with several names is judged by each that can be found: a link to `.env` is `.env`."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from posixpath import dirname, join

from blufio_tui.core.guards.credential_files import usually_holds_credentials
from blufio_tui.core.guards.paths import Places, covers

_MAX_ENTRIES = 20_000
"""So many names are looked at: the kernel knows how many names a file has, not which."""
_HOME_FOLDERS = (".ssh", ".aws", ".gnupg", ".kube", ".docker", ".config/gcloud", ".config/gh")
_PASSED_OVER = frozenset({"node_modules", ".git", "__pycache__", "site-packages"})


def secret_name(path: str, places: Places) -> str:
    """Another name of the file that usually holds credentials; "" if there is none within reach.

    Looked for in its folder, in the project, and where the home folder keeps keys. A file with one name costs one
    `lstat`.
    """
    try:
        found = os.lstat(path)
    except OSError:
        return ""
    if found.st_nlink < 2 or not stat.S_ISREG(found.st_mode):
        return ""
    for name in _candidates(path, places):
        with suppress(OSError):
            other = os.lstat(name)
            if (other.st_dev, other.st_ino) == (found.st_dev, found.st_ino):
                return name
    return ""


def _candidates(path: str, places: Places) -> Iterator[str]:
    """Names that usually hold credentials, by name alone."""
    left = _MAX_ENTRIES
    pending = [places.project, *(join(places.home, name) for name in _HOME_FOLDERS)]
    if not covers(places.project, path):
        pending.append(dirname(path))
    flat = {places.home}
    pending.append(places.home)
    while pending and left > 0:
        folder = pending.pop()
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                left -= 1
                if entry.is_dir(follow_symlinks=False):
                    if folder not in flat and entry.name not in _PASSED_OVER:
                        pending.append(entry.path)
                elif usually_holds_credentials(entry.path, places):
                    yield entry.path
                if left <= 0:
                    break
