"""The files of the project by name, for completing `@path`: what git would list, else a bounded walk."""

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui.adapters.commands.own_programs import find_program, own_environment
from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.core.tasks import aside, begin
from blufio_tui.core.text.fuzzy import best

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MAX_FILES = 50_000
_MAX_WALKED = 20_000
_GIT_TIMEOUT_SECS = 5.0
_WALK_SECS = 2.0
_FRESH_SECS = 5.0
_REST = 10
"""How many times as long as a listing took the next one waits."""
_MAX_IGNORE_FILE = 1024 * 1024

# A repository may have been prepared by someone else: its configuration must not start programs of its own.
_GIT = ("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false")

Rules = tuple[tuple[str, "GitIgnoreSpec"], ...]


class ProjectFiles:
    """Names relative to the project folder; folders end in a slash. Reads names only, never content."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names: list[str] = []
        self._fresh_until = float("-inf")
        self._listing: asyncio.Task[None] | None = None

    async def complete(self, query: str, limit: int = 20) -> list[str]:
        """The names that fit what is typed, best first; with nothing typed, what is at the top of the project. Behind a
        folder that stands there whole, what is in it."""
        names = await self.names()
        if not query:
            return [name for name in names if "/" not in name.rstrip("/")][:limit]
        if query.endswith("/") and query in names:
            inside = [name for name in names if name.startswith(query) and "/" not in name[len(query) :].rstrip("/")]
            return inside[:limit]
        return await asyncio.to_thread(best, query, names, str, limit)

    async def names(self) -> list[str]:
        """One listing serves all callers meanwhile and continues if they are cancelled: each key that is
        typed asks again. A project that takes long to list is listed again the later.
        """
        if time.monotonic() > self._fresh_until and (self._listing is None or self._listing.done()):
            self._listing = begin(self._list())
        if self._listing is not None and not self._listing.done():
            await asyncio.wait({self._listing})  # being cancelled does not cancel the listing
            self._listing.result()
        return self._names

    async def _list(self) -> None:
        begun = time.monotonic()
        self._names = await aside(lambda: list_names(self._root))
        now = time.monotonic()
        self._fresh_until = now + max(_FRESH_SECS, _REST * (now - begun))


def list_names(root: Path) -> list[str]:
    files = _from_git(root)
    if files is None:
        files = sorted(_walk(root))
    folders = {name[: at + 1] for name in files for at in _slashes(name)}
    return sorted(folders.union(files), key=lambda name: (name.count("/") - name.endswith("/"), name))


def _slashes(name: str) -> Iterator[int]:
    at = name.find("/")
    while at >= 0:
        yield at
        at = name.find("/", at + 1)


def _from_git(root: Path) -> list[str] | None:
    """Tracked files and new ones that are not ignored; None if git is not there or this is not a repository."""
    git = find_program("git", project=root)
    if not git:
        return None
    command = [git, *_GIT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    environment = {**own_environment(root), "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, timeout=_GIT_TIMEOUT_SECS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    names = done.stdout.split(b"\0")[:MAX_FILES]
    return [name.decode("utf-8", "replace") for name in names if name]


def _walk(root: Path) -> Iterator[str]:
    """Files below the folder, breadth first, .gitignore files respected, links to folders not followed; stops after
    `_MAX_WALKED` entries or `_WALK_SECS`."""
    deadline, seen = time.monotonic() + _WALK_SECS, 0
    waiting: list[tuple[str, Rules]] = [("", ())]
    for folder, inherited in waiting:
        rules = inherited + rules_of(root, folder)
        for entry in entries_of(root / folder):
            seen += 1
            if seen > _MAX_WALKED or time.monotonic() > deadline:
                return
            is_folder = entry.is_dir(follow_symlinks=False)
            name = f"{folder}{entry.name}" + ("/" if is_folder else "")
            if entry.name == ".git" or is_ignored(name, rules):
                continue
            if is_folder:
                waiting.append((name, rules))
            elif entry.is_file():
                yield name


def entries_of(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []  # a folder that may not be listed has nothing to offer


def rules_of(root: Path, folder: str) -> Rules:
    from pathspec import GitIgnoreSpec

    try:
        lines = read_regular(root / folder / ".gitignore", _MAX_IGNORE_FILE).decode("utf-8", "replace").splitlines()
        return ((folder, GitIgnoreSpec.from_lines(lines)),)
    except (OSError, ValueError):
        return ()


def is_ignored(name: str, rules: Rules) -> bool:
    """The innermost .gitignore that has anything to say about the name decides."""
    for folder, spec in reversed(rules):
        if (verdict := spec.check_file(name[len(folder) :]).include) is not None:
            return verdict
    return False
