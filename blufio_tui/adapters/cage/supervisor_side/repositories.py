"""Which folders git takes for repositories, and which files it then reads as configuration."""

import os

from blufio_tui.core.cage.obeyed import is_repository, obeyed_in_cage, part_of_repository
from blufio_tui.core.guards.paths import covers

WHY = "git acts on it, and it can name commands to run"
_PARTS = ("HEAD", "objects", "refs")


def is_configuration(project: str, path: str) -> bool:
    """Whether git reads this file of the project as configuration, where it is now."""
    folder, _, name = path.rpartition("/")
    if part_of_repository(name) != "configuration" or not covers(project, path):
        return False
    return bool(obeyed_in_cage(path[len(project) :])) or is_repository(parts_in(folder))


def parts_in(folder: str) -> list[str]:
    """Which of the parts that make a repository are there, as whatever."""
    return [name for name in _PARTS if os.path.lexists(f"{folder}/{name}")]
