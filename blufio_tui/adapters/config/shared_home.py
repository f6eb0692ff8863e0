"""Refuses a home that other users of the machine can write to: whoever can write there decides what tools may do."""

import os

from blufio_tui.adapters.config.paths import Paths
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.guards.shared_files import changeable_by


def refuse_shared(paths: Paths) -> None:
    """
    Raises:
        ConfigError: others can change a folder or a file that decides; the message says what to do.
    """
    for path in dict.fromkeys((paths.config, paths.data, *paths.deciding_files)):
        try:
            found = path.stat()
            if os.statvfs(path).f_flag & os.ST_RDONLY:
                continue  # nobody can, whatever the permissions are
        except OSError:  # not there, or unreadable: whoever reads it says so
            continue
        if who := changeable_by(found.st_mode, found.st_uid, os.geteuid()):
            advice = f"chown it, and run: chmod go-w '{path}'" if "belongs" in who else f"run: chmod go-w '{path}'"
            raise ConfigError(f"{path} decides what tools may do, and {who}; look at what is there, then {advice}")
