"""Finds a person's own slash commands: in the configuration, in their home and in the project."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.core.skills.own_commands import MAX_BYTES, OwnCommand, command_of

MAX_COMMANDS = 500
_DEEPEST = 3
_FRESH_SECS = 2.0
"""Completion asks with every key."""


def command_folders(config: Path, project: Path, home: Path) -> tuple[Path, ...]:
    """Where they are looked for; what comes later outranks what comes before."""
    return (home / ".claude" / "commands", config / "commands", project / ".claude" / "commands", project / "commands")


class CommandFiles:
    """Looked at again after a moment, so that a file that was just written works."""

    def __init__(self, config: Path, project: Path, home: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._project = project
        self._folders = command_folders(config, project, home)
        self._now = now
        self._found: dict[str, OwnCommand] = {}
        self._until = -1.0

    def commands(self) -> dict[str, OwnCommand]:
        """By name. A file that cannot be read, leads out of the project, or is no command, is passed
        over."""
        if self._now() >= self._until:
            self._found, self._until = self._look(), self._now() + _FRESH_SECS
        return self._found

    def _look(self) -> dict[str, OwnCommand]:
        found: dict[str, OwnCommand] = {}
        for folder in self._folders:
            within = self._project if folder.is_relative_to(self._project) else None
            if within is not None and not _stays_in(folder, within):
                continue
            for path, name in _markdown_files(folder):
                command = _read(path, name, within)
                if command is not None and len(found) < MAX_COMMANDS:
                    found[command.name] = command
        return found


def _stays_in(folder: Path, project: Path) -> bool:
    """Whether no link leads out of the project: a stranger's could name the whole disk, or one far away."""
    try:
        return folder.resolve().is_relative_to(project.resolve())
    except (OSError, RuntimeError):
        return False


def _markdown_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Files and the names they give; links to folders are not followed."""
    for place, folders, files in os.walk(folder):
        below = Path(place).relative_to(folder).parts
        folders[:] = sorted(folders) if len(below) < _DEEPEST else []
        for file in sorted(files):
            if file.endswith(".md") and file != "README.md":
                yield Path(place, file), ":".join((*below, file.removesuffix(".md")))


def _read(path: Path, name: str, within: Path | None) -> OwnCommand | None:
    try:
        return command_of(name, read_regular(path, MAX_BYTES, within).decode("utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError):
        return None
