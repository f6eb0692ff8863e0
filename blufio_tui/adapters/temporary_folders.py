"""Private temporary folders of commands, named after the process that made them, and the sweep for a killed one's."""

import os
import re
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_NAME = re.compile(r"blufio-(?:cage|shell)-(?:(\d+)-)?[a-z0-9_]{8}")
_NAMELESS_SECS = 24 * 3600
KEPT_SECS = 7 * 24 * 3600
"""Old content that a killed program could not hand on to the undo store stays so long."""


def make_temporary(kind: str) -> str:
    """A new folder that is nobody else's, canonical. `kind` is `cage` or `shell`."""
    return os.path.realpath(tempfile.mkdtemp(prefix=f"blufio-{kind}-{os.getpid()}-"))


def sweep_temporary(folder: Path | None = None) -> int:
    """Delete what killed programs of this user have left; how many folders. Blocking."""
    swept = 0
    with suppress(OSError), os.scandir(folder or tempfile.gettempdir()) as entries:
        for entry in entries:
            if (match := _NAME.fullmatch(entry.name)) and _is_left(entry, match[1]):
                shutil.rmtree(entry.path, ignore_errors=True)
                swept += not os.path.lexists(entry.path)
    return swept


def _is_left(entry: "os.DirEntry[str]", pid: str | None) -> bool:
    """Ours, a real folder, and its process is gone; where the name has no process, it is a day old."""
    with suppress(OSError):
        found = entry.stat(follow_symlinks=False)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            return False
        if pid is None:
            return found.st_mtime < time.time() - _NAMELESS_SECS
        return not _runs(int(pid))
    return False


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def sweep_kept(folder: Path) -> None:
    """Delete old content that no command that still runs can need. Blocking."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.stat(follow_symlinks=False).st_mtime < time.time() - KEPT_SECS:
                shutil.rmtree(entry.path, ignore_errors=True)
