"""What the last commit has at some paths.

As for `git_state`, git never sees the repository's own configuration: it is given the objects and nothing else, so that
no filter, hook or transport that somebody wrote there is started. Contents are as they are stored, without line ends
converted.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from blufio_tui.adapters.commands.own_programs import find_program, own_environment
from blufio_tui.adapters.files.git_state import repository_of
from blufio_tui.adapters.scratch import scratch

_SECONDS = 5.0
_MAX_BYTES = 32 * 1024 * 1024
"""Of all contents together."""


@dataclass(frozen=True, slots=True)
class Committed:
    """
    Attributes:
        commit: its whole id.
        contents: by absolute path; None where the commit has no file. A path that is not here is outside of the
            repository, or cannot be asked for.
    """

    commit: str
    contents: Mapping[str, bytes | None] = field(default_factory=dict)


async def committed(project: Path, paths: Iterable[str]) -> Committed | None:
    """None where there is no repository with a commit, or no git outside of the project.

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
    with scratch("git") as own:
        (Path(own) / "refs").mkdir()
        (Path(own) / "HEAD").write_text(f"{repository.commit}\n")
        environment = {
            **own_environment(project),
            "GIT_DIR": own,
            "GIT_OBJECT_DIRECTORY": str(repository.common / "objects"),
            "GIT_NO_LAZY_FETCH": "1",
            "LC_ALL": "C",
        }
        asked = "".join(f"{repository.commit}:{relative}\n" for relative in inside.values())
        output = await _batch(git, environment, asked.encode("utf-8", "surrogateescape"))
    return Committed(repository.commit, dict(zip(inside, _contents(output, len(inside)), strict=True)))


def _below(top: Path, path: str) -> str:
    """From the top of the repository; "" for what lies elsewhere, and for a name that a line cannot hold."""
    try:
        relative = str(Path(path).relative_to(top.resolve()))
    except ValueError:
        return ""
    return "" if "\n" in relative else relative


async def _batch(git: str, environment: dict[str, str], asked: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        git, "cat-file", "--batch",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        cwd="/", env=environment,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    try:
        async with asyncio.timeout(_SECONDS):
            process.stdin.write(asked)
            process.stdin.close()
            output = bytearray()
            while chunk := await process.stdout.read(65536):
                output += chunk
                if len(output) > _MAX_BYTES:
                    raise OSError("what the commit has is too large to be compared")
            if await process.wait() != 0:
                raise OSError("git could not read the commit")
            return bytes(output)
    except TimeoutError as error:
        raise OSError("git took too long") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


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
