"""The content of some paths in the last commit.

As in `git_state`, git never sees the repository's configuration: it gets only the objects, so that no filter, hook or
transport configured there is started. Contents are as they are stored, without line ends
converted.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from blufio_tui.adapters.commands.own_programs import find_program
from blufio_tui.adapters.files.git_state import git_output, own_git_folder, repository_of

_SECONDS = 5.0
_MAX_BYTES = 32 * 1024 * 1024
"""Of all contents together."""


@dataclass(frozen=True, slots=True)
class Committed:
    """
    Attributes:
        commit: its whole id.
        contents: by absolute path; None if the commit has no file. A path that is not here is outside of the
            repository, or cannot be asked for.
    """

    commit: str
    contents: Mapping[str, bytes | None] = field(default_factory=dict)


async def committed(project: Path, paths: Iterable[str]) -> Committed | None:
    """None if there is no repository with a commit, or no git outside of the project.

    Args:
        paths: absolute.

    Raises:
        OSError: git fails, takes too long, or the contents are too large.
    """
    repository = await asyncio.to_thread(repository_of, project)
    git = find_program("git", project=project)
    if repository is None or not repository.commit or not git:
        return None
    inside = {path: relative for path in paths if (relative := _below(repository.top, path))}
    asked = "".join(f"{repository.commit}:{relative}\n" for relative in inside.values())
    with own_git_folder(project, repository) as environment:
        environment["GIT_NO_LAZY_FETCH"] = "1"
        try:
            async with asyncio.timeout(_SECONDS):
                output = await git_output(
                    git, Path("/"), environment, "cat-file", "--batch",
                    asked=asked.encode("utf-8", "surrogateescape"), most=_MAX_BYTES,
                    too_much="the committed files are too large to compare",
                )  # fmt: skip
        except TimeoutError as error:
            raise OSError("git took too long") from error
    return Committed(repository.commit, dict(zip(inside, _contents(output, len(inside)), strict=True)))


def _below(top: Path, path: str) -> str:
    """From the top of the repository; "" for what lies elsewhere, and for a name that a line cannot hold."""
    try:
        relative = str(Path(path).relative_to(top.resolve()))
    except ValueError:
        return ""
    return "" if "\n" in relative else relative


def _contents(output: bytes, count: int) -> list[bytes | None]:
    """The answers in the order of the questions: `ID blob SIZE`, then the content; or `… missing`."""
    contents: list[bytes | None] = []
    at = 0
    for _ in range(count):
        end = output.index(b"\n", at)
        words = output[at:end].split(b" ")
        at = end + 1
        if words[-1] == b"missing":
            contents.append(None)
            continue
        size = int(words[-1])
        contents.append(output[at : at + size] if words[-2] == b"blob" else None)
        at += size + 1
    return contents
