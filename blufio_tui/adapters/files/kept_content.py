"""Removes old content that killed commands left behind."""

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

KEPT_SECS = 7 * 24 * 3600
"""Old content that a killed program could not hand on to the undo store stays so long."""


def sweep_kept(folder: Path) -> None:
    """Delete old content that no command that still runs can need. Blocking."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.stat(follow_symlinks=False).st_mtime < time.time() - KEPT_SECS:
                shutil.rmtree(entry.path, ignore_errors=True)
