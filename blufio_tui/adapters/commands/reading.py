"""What a reading command would actually open: follows links, searches folders, checks git's configuration."""

import errno
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from blufio_tui.adapters.commands.own_programs import find_program, own_environment
from blufio_tui.core.capability import ExecTarget
from blufio_tui.core.guards.credential_files import usually_holds_credentials
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.shell.literal import Words
from blufio_tui.core.shell.reading import what_is_read

_MAX_ENTRIES = 20_000
_MAX_CONFIG = 64 * 1024
_MAX_CHANGED = 1_000
_GIT_SECS = 0.5
"""A question is better than a screen that stands still."""
_MAX_INDEX = 32 * 1024 * 1024
_RUNS_PROGRAMS = re.compile(
    rb"fsmonitor|external|textconv|showsignature|program|include|filter|command|worktree|pager|hookspath|alias|helper"
    rb"|promisor|partialclone|uploadpack",
    re.IGNORECASE,
)
_MORE_THAN_A_REPOSITORY = ("hooks/post-index-change", "commondir", "objects/info/alternates")
"""A hook that runs when `git status` writes down what it saw; a configuration, and objects, that lie elsewhere."""
_NO_LINKS = ("config", "HEAD", "index", "info", "logs", "objects", "objects/pack", "packed-refs", "refs")
"""Where one of these is a link, git shows what is in another repository."""


def paths_read(target: ExecTarget, home: str) -> tuple[str, ...] | None:
    """Canonical paths of all that a line reads; None unless it is certain that it only reads.

    For a folder that is read as a whole: the folder, and files in it that usually hold credentials.
    """
    found = what_is_read(target)
    if found is None or not all(map(_runs_nothing, found.git_folders)):
        return None
    paths: list[str] = [os.path.realpath(folder) for folder in found.git_folders]
    for folder, what in found.git_shows:
        shown = _shown_by_git(folder, what)
        if shown is None:
            return None
        paths += shown
    for path in found.files:
        canonical = os.path.realpath(path)
        if not _is_plain(canonical):
            return None
        paths.append(canonical)
    for tree in found.trees:
        canonical = os.path.realpath(tree)
        below = _secrets_below(canonical, home)
        if below is None:
            return None
        paths += [canonical, *below]
    return tuple(dict.fromkeys(paths))


def _shown_by_git(folder: str, what: Words) -> tuple[str, ...] | None:
    """The files that a change touches, under each of their names; None if git does not say so in time.

    A revision that is no commit is refused: of a blob `show` prints the content, whatever file it was.
    """
    top = next((place for place in (Path(folder), *Path(folder).parents) if (place / ".git").is_dir()), None)
    git = find_program("git", project=top)
    if top is None or not git:
        return None
    kind, *words = what
    for word in words:
        for end in word.split("..") if not word.startswith("-") else ():
            if end and _git_says(git, top, "rev-parse", "--verify", "--quiet", f"{end}^{{commit}}") is None:
                return None
    names = ("--name-only", "-z", "--no-renames")
    if kind == "show":
        said = _git_says(git, top, "diff-tree", "--no-commit-id", "-r", "-m", "--root", *names, *words)
    else:
        said = _git_says(git, top, "diff", "--no-ext-diff", "--ignore-submodules", *names, *words, "--")
    if said is None:
        return None
    paths = [str(top / os.fsdecode(name)) for name in dict.fromkeys(said.split(b"\0")) if name]
    return tuple(paths) if len(paths) <= _MAX_CHANGED and all(map(_is_plain, paths)) else None


def _git_says(git: str, top: Path, *words: str) -> bytes | None:
    command = (git, "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", *words)
    environment = {**own_environment(top), "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}
    try:
        done = subprocess.run(command, cwd=top, env=environment, capture_output=True, timeout=_GIT_SECS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _is_plain(path: str) -> bool:
    """A file with one name, a folder or nothing.

    A device or a pipe may do something, or wait forever, when it is read; another name may be that of a secret.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return (stat.S_ISREG(found.st_mode) and found.st_nlink == 1) or stat.S_ISDIR(found.st_mode)


def _secrets_below(root: str, home: str) -> tuple[str, ...] | None:
    """What below a folder usually holds credentials, under any name; None if it is too large to look through."""
    inside = Places(home, root)
    found: list[str] = []
    try:
        if not Path(root).is_dir():
            return () if _is_plain(root) else None
        for left, entry in zip(range(_MAX_ENTRIES, -1, -1), _entries(root), strict=False):
            if not left:
                return None
            several = not entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_nlink > 1
            if usually_holds_credentials(entry.path, inside):
                found.append(entry.path)
            elif several:
                return None  # another name of who knows what
    except OSError:
        return None
    return tuple(found)


def _entries(root: str) -> Iterator["os.DirEntry[str]"]:
    pending = [root]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)


def _content(path: Path, most: int) -> bytes:
    """The beginning of a regular file; a pipe in its place would make the program wait forever.

    Raises:
        OSError: it is something else, or cannot be read.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
        return file.read(most)


def _holds_repositories(git: Path) -> bool:
    """Whether another repository may be registered inside: `git status` looks into each, with that one's configuration.

    Such an entry of the index has the mode 160000 (octal). The four bytes may stand there by chance too, which costs
    one question; an index that is split or too large to look at counts as one that has it.
    """
    try:
        if (git / "modules").exists() or any(git.glob("sharedindex.*")):
            return True
        index = _content(git / "index", _MAX_INDEX + 1)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return len(index) > _MAX_INDEX or b"\x00\x00\xe0\x00" in index


def _runs_nothing(folder: str) -> bool:
    """Whether the repository names no program that git would start by itself, in its configuration or as a hook.

    The person's own configuration is trusted. A repository elsewhere (`.git` is a file) is not looked at.
    """
    for place in (Path(folder).resolve(), *Path(folder).resolve().parents):
        git = place / ".git"
        if git.is_symlink() or git.is_file():
            return False
        if git.is_dir():
            try:
                config = _content(git / "config", _MAX_CONFIG + 1)
            except OSError:
                return False
            plain = len(config) <= _MAX_CONFIG and not _RUNS_PROGRAMS.search(config)
            more = any(os.path.lexists(git / name) for name in _MORE_THAN_A_REPOSITORY)
            more = more or any((git / name).is_symlink() for name in _NO_LINKS)
            return plain and not more and not _holds_repositories(git)
        if (place / "HEAD").exists():
            return False  # a bare repository: its configuration lies in the open
    return True
