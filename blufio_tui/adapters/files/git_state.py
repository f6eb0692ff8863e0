"""The branch and how many files differ from the last commit.

The repository may be hostile: its configuration can name programs (filters, monitors, transports) that git would start.
So git never sees it. The branch is read from the files; the changes are counted by a git whose
own folder holds nothing but the commit, with the index, the objects and the files of the project.
"""

import asyncio
import os
import platform
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from blufio_tui.adapters.commands.own_programs import find_program, own_environment
from blufio_tui.adapters.scratch import scratch
from blufio_tui.core.agent.situation import GitState

SECONDS = 0.3
"""A prompt waits no longer for this; the number of changes is then not known."""

_MAX_OUTPUT = 4 * 1024 * 1024
_MAX_FILE = 4 * 1024 * 1024
_COMMIT = re.compile(r"[0-9a-f]{40}")
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@dataclass(frozen=True, slots=True)
class Repository:
    """
    Attributes:
        top: where the files are.
        folder: of this work tree, with HEAD and index.
        common: what all work trees share, with refs and objects.
        commit: "" before the first one.
    """

    top: Path
    folder: Path
    common: Path
    branch: str
    commit: str


async def git_state(project: Path) -> GitState | None:
    """None if there is no repository."""
    repository = await asyncio.to_thread(repository_of, project)
    if repository is None:
        return None
    changed = None
    git = find_program("git", project=project)
    if git:
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(SECONDS):
                changed = await _count(git, project, repository)
    return GitState(repository.branch, changed)


def repository_of(project: Path) -> Repository | None:
    """The repository that contains a folder, read from its files. Blocking."""
    for top in (project, *project.parents):
        folder = top / ".git"
        if (pointer := _text(folder)).startswith("gitdir:"):
            folder = top / pointer.removeprefix("gitdir:").strip()
        head = _text(folder / "HEAD").strip()
        if not head:
            continue
        common = folder / (_text(folder / "commondir").strip() or ".")
        if not head.startswith("ref:"):
            return Repository(top, folder, common, "", head if _COMMIT.fullmatch(head) else "")
        ref = head.removeprefix("ref:").strip()
        return Repository(top, folder, common, ref.removeprefix("refs/heads/"), _commit_of(common, ref))
    return None


def _commit_of(common: Path, ref: str) -> str:
    if ".." in ref or ref.startswith("/"):
        return ""
    loose = _text(common / ref).strip()
    if _COMMIT.fullmatch(loose):
        return loose
    lines = (line.split(" ") for line in _text(common / "packed-refs").splitlines())
    return next((line[0] for line in lines if line[1:] == [ref] and _COMMIT.fullmatch(line[0])), "")


def _text(path: Path) -> str:
    """The content of an ordinary file, "" for anything else: opening a pipe would never end."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):
        return ""
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            return ""
        with os.fdopen(number, "rb", closefd=False) as file:
            return file.read(_MAX_FILE).decode("utf-8", "replace")
    finally:
        os.close(number)


async def _count(git: str, project: Path, repository: Repository) -> int:
    """
    Raises:
        OSError: git cannot be started, fails, or names too many files.
    """
    with own_git_folder(project, repository) as environment:
        environment |= {
            "GIT_WORK_TREE": str(repository.top),
            "GIT_INDEX_FILE": str(repository.folder / "index"),
            "GIT_OPTIONAL_LOCKS": "0",
        }
        output = partial(git_output, git, project, environment, most=_MAX_OUTPUT, too_much="too many files to count")
        excluded = repository.common / "info" / "exclude"
        exclude = [f"--exclude-from={excluded}"] if _text(excluded) else []
        parts = await asyncio.gather(
            output("diff-files", "--relative", "--name-only", "-z", "--ignore-submodules"),
            output(
                "diff-index", "--cached", "--relative", "--name-only", "-z", "--no-renames", "--ignore-submodules",
                repository.commit or _EMPTY_TREE,
            ),
            output("ls-files", "--others", *exclude, "--exclude-standard", "-z"),
        )  # fmt: skip
    return len({name for part in parts for name in part.split(b"\0") if name})


@contextmanager
def own_git_folder(project: Path, repository: Repository) -> Iterator[dict[str, str]]:
    """The environment of a git whose own folder names the commit, has the objects, and no configuration."""
    with scratch("git") as own:
        (Path(own) / "refs").mkdir()
        (Path(own) / "HEAD").write_text(f"{repository.commit or '0' * 40}\n")
        yield {
            **own_environment(project),
            "GIT_DIR": own,
            "GIT_OBJECT_DIRECTORY": str(repository.common / "objects"),
            "LC_ALL": "C",
        }


async def git_output(
    git: str, cwd: Path, environment: Mapping[str, str], *arguments: str, asked: bytes = b"", most: int, too_much: str
) -> bytes:
    """What git prints. It ends when the caller does.

    Args:
        asked: what it reads.
        most: as many bytes may come.
        too_much: what is said when more come.

    Raises:
        OSError: git cannot be started, fails, or prints too much.
    """
    process = await asyncio.create_subprocess_exec(
        git, "-c", "core.hooksPath=/dev/null", *arguments,
        stdin=asyncio.subprocess.PIPE if asked else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        cwd=cwd, env=environment,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        if process.stdin is not None:
            process.stdin.write(asked)
            process.stdin.close()
        output = bytearray()
        while chunk := await process.stdout.read(65536):
            output += chunk
            if len(output) > most:
                raise OSError(too_much)
        if await process.wait() != 0:
            raise OSError("git could not read the commit")
        return bytes(output)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def machine() -> str:
    """The system that commands run on, and the shell that runs them."""
    shell = "/bin/bash" if Path("/bin/bash").exists() else "/bin/sh"
    return f"{platform.system()} {platform.machine()}, commands run in {shell}"
