"""Shows a folder in the desktop's file manager, where there is a desktop."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from blufio_tui.adapters.commands.own_programs import find_program, own_environment

_WINDOW_SYSTEMS = ("DISPLAY", "WAYLAND_DISPLAY")


def open_folder(folder: Path, environ: Mapping[str, str] = os.environ) -> str:
    """Ask for the folder to be shown; why that cannot be, "" if it was asked for. Does not wait for the window."""
    program = _program(environ)
    if not program:
        return "there is no desktop here to open a folder on"
    try:
        subprocess.Popen(
            [program, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=own_environment(),
            start_new_session=True,
        )
    except OSError as error:
        return f"{program} cannot be started: {error.strerror}"
    return ""


def _program(environ: Mapping[str, str]) -> str:
    if sys.platform == "darwin":
        return find_program("open", environ=environ)
    if not any(environ.get(name) for name in _WINDOW_SYSTEMS):
        return ""
    return find_program("xdg-open", environ=environ)
