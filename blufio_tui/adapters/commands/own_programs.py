"""Finds the programs that this one starts for itself, never one from the project.

A search path may name folders of the project (`./node_modules/.bin`, an activated environment). What a person types
there is their choice, but the app must not run the project's `git` because somebody typed `@`.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from blufio_tui.adapters.commands.own_environment import for_own_programs

_SYSTEM = frozenset(
    {"/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin"}
)
"""Kept even where the project is `/`: there is nowhere else to look then."""

_distrusted: set[str] = set()


def distrust(folder: Path) -> None:
    """Mark a folder as the project's, for the rest of the process."""
    _distrusted.add(os.path.realpath(folder))


def search_path(path: str, projects: Iterable[str]) -> str:
    """The absolute entries of a search path that, with links resolved, lie outside the projects."""
    inside = tuple(projects)
    return os.pathsep.join(entry for entry in path.split(os.pathsep) if _is_outside(entry, inside))


def _is_outside(entry: str, projects: tuple[str, ...]) -> bool:
    if not entry.startswith("/"):
        return False
    real = os.path.realpath(entry)
    if real in _SYSTEM:
        return True
    places = {os.path.normpath(entry), real}
    return not any(place == one or place.startswith(one.rstrip("/") + "/") for place in places for one in projects)


def find_program(name: str, *, project: Path | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """The absolute path of a program, "" if there is none outside the project.

    Args:
        name: a bare name is looked up; an absolute path is taken as it is; anything else is never found.
    """
    if name.startswith("/"):
        return name
    if os.sep in name or not name:
        return ""
    return shutil.which(name, path=own_path(project, environ)) or ""


def replaced_programs(names: Iterable[str], path: str, project: str) -> tuple[str, ...]:
    """Those of the programs that a search path finds in the project although there is one outside, too.

    A program that only the project has (`pytest` of its environment) is not included.
    """
    inside = {os.path.realpath(project)} | _distrusted
    outside = search_path(path, inside)
    return tuple(
        name
        for name in dict.fromkeys(names)
        if os.sep not in name and (found := shutil.which(name, path=outside)) and shutil.which(name, path=path) != found
    )


def as_seen_from(folder: str, path: str) -> str:
    """A search path as a program that runs in a folder takes it: entries that are not absolute begin there."""
    return os.pathsep.join(str(Path(folder, entry)) for entry in path.split(os.pathsep))


def are_the_usual(names: Iterable[str], path: str, usual: str) -> bool:
    """Whether a search path finds the same programs as the usual one; an earlier command may have exported a different
    one."""
    if path == usual:
        return True
    return all(shutil.which(name, path=path) == shutil.which(name, path=usual) for name in set(names))


def own_path(project: Path | None = None, environ: Mapping[str, str] = os.environ) -> str:
    projects = _distrusted | ({os.path.realpath(project)} if project is not None else set())
    # `which` takes an empty path for the default one, in which there is nothing of the project.
    return search_path(environ.get("PATH", os.defpath), projects) or "/nonexistent"


def own_environment(project: Path | None = None) -> dict[str, str]:
    """The environment for such a program: no credentials, and the same restricted search path."""
    return {**for_own_programs(), "PATH": own_path(project)}
