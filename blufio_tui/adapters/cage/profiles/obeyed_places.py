"""Files of a project that other programs act on because a git configuration, or a link, leads there."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress

from blufio_tui.core.cage.git_config import Entry, Unreadable, files_named
from blufio_tui.core.guards.paths import covers

_GIT = "git acts on it: your configuration leads there"
_LINK = "other programs act on it: a link of that name leads there"
_SYSTEM_CONFIG = ("/etc/gitconfig",)
_PERSONS_CONFIG = (".gitconfig", ".config/git/config")
_NAMES = tuple(
    """
    AGENTS.md CLAUDE.md CLAUDE.local.md GEMINI.md .cursorrules .mcp.json .envrc .exrc .vimrc .nvimrc .nvim.lua
    .vscode .vscode/tasks.json .vscode/settings.json .vscode/launch.json .idea .devcontainer .husky .github
    .github/workflows .github/actions .gitlab-ci.yml .circleci Jenkinsfile .forgejo .gitea .claude .cursor .codex
    .gemini .blufio .git/hooks .git/config .git/info .git/info/attributes
    """.split()  # noqa: SIM905
)
_MAX_CONFIG = 1 << 20
_MAX_FILES = 200


def obeyed_places(project: str, home: str, repositories: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Canonical paths, whether or not something is there yet, each with who obeys it.

    Args:
        repositories: folders called `.git` in the project.
    """
    found: dict[str, str] = {}
    for name in _NAMES:
        path = os.path.join(project, name)
        if os.path.islink(path):
            found.setdefault(os.path.realpath(path), _LINK)
    persons = [*_SYSTEM_CONFIG, *(os.path.join(home, name) for name in _PERSONS_CONFIG)]
    for path in persons:
        for named in (os.path.realpath(path), *_named_by(path, project)):
            found.setdefault(named, _GIT)
    for folder in repositories:
        for config in _configurations(folder):
            for named in _named_by(config, os.path.dirname(folder)):
                found.setdefault(named, _GIT)
    return tuple((path, who) for path, who in found.items() if covers(project, path) and path != project)


def _configurations(folder: str) -> Iterator[str]:
    """Those of a repository, its worktrees and its submodules."""
    yield os.path.join(folder, "config")
    yield os.path.join(folder, "config.worktree")
    for below in ("modules", "worktrees"):
        with suppress(OSError), os.scandir(os.path.join(folder, below)) as entries:
            for entry in entries:
                yield os.path.join(entry.path, "config")
                yield os.path.join(entry.path, "config.worktree")


def _named_by(config: str, worktree: str) -> Iterator[str]:
    """What a configuration names, and what that names in turn."""
    pending, seen = [config], set[str]()
    while pending and len(seen) < _MAX_FILES:
        path = os.path.realpath(pending.pop())
        if path in seen:
            continue
        seen.add(path)
        for entry in _entries(path):
            named = _resolved(entry, path, worktree)
            yield named
            if entry.key.startswith("include"):
                pending.append(named)


def _entries(path: str) -> tuple[Entry, ...]:
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            return files_named(file.read(_MAX_CONFIG))
    except (OSError, Unreadable):  # git refuses it as well
        return ()


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _resolved(entry: Entry, config: str, worktree: str) -> str:
    """A path to include is relative to the file that names it, any other to the work tree."""
    value = os.path.expanduser(entry.value or "")
    base = os.path.dirname(config) if entry.key.startswith("include") else worktree
    return os.path.realpath(os.path.join(base, value))
