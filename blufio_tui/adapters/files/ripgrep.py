"""`rg`, if installed, excludes files that cannot contain a match; our own search reads the rest.

It is only ever given a plain text, and says only which files hold it. So results and order are the same with and
without it, and what it may have read through a link that was swapped in meanwhile is not shown: the search opens files
itself.
"""

import asyncio
import os
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import suppress
from posixpath import join

from blufio_tui.adapters.commands.own_programs import find_program, own_environment
from blufio_tui.adapters.files.search_worker import MAX_FILE

LEAST_FILES = 500
"""With fewer files our own search is done before `rg` has started."""

_BINARY = re.compile(
    r".*\.(?:pyc|pyo|pyd|so|so\.[\d.]+|dylib|dll|exe|o|a|lib|rlib|class|jar|wasm|png|jpe?g|gif|webp|ico|pdf|zip|gz|xz|bz2|"
    r"zst|tar|whl|woff2?|ttf|otf|mp[34]|mov|db|sqlite3?|bin|dat|pack|idx)",
    re.IGNORECASE | re.DOTALL,
)
"""Names of what is binary almost always: our own search sees that by its first bytes, `rg` would read all of it."""

_BATCH_BYTES = 200_000
_BATCH_SECS = 10.0
_OPTIONS = (
    "--no-config", "--no-messages", "--no-ignore", "--hidden", "--encoding=none", "--text", "--fixed-strings",
    "--case-sensitive", "--files-with-matches", "--null", "--color=never",
)  # fmt: skip


async def may_match(root: str, names: Sequence[str], text: str) -> AsyncGenerator[Sequence[str], None]:
    """The names, batch by batch and in their order, without those of files that do not hold the text.

    Args:
        root: the folder that the names are relative to.
        text: what every match contains, "" if nothing is known.
    """
    program = await asyncio.to_thread(find_program, "rg") if text and len(names) >= LEAST_FILES else ""
    if not program:
        yield names
        return
    for batch in _batches(names):
        asked = await asyncio.to_thread(_worth_asking, root, batch)
        held = await _holding(program, root, asked, text) if asked else frozenset()
        ruled_out = set() if held is None else set(asked) - held
        yield [name for name in batch if name not in ruled_out]


def _worth_asking(root: str, batch: Sequence[str]) -> list[str]:
    """Not about what is too large to be searched: the search says that it is."""
    return [name for name in batch if not _BINARY.fullmatch(name) and not _is_too_large(join(root, name))]


def _is_too_large(path: str) -> bool:
    try:
        return os.lstat(path).st_size > MAX_FILE
    except OSError:
        return False


def _batches(names: Sequence[str]) -> Iterator[list[str]]:
    """As many as a command line takes."""
    batch: list[str] = []
    size = 0
    for name in names:
        size += len(os.fsencode(name)) + 16
        if size > _BATCH_BYTES and batch:
            yield batch
            batch, size = [], 0
        batch.append(name)
    if batch:
        yield batch


async def _holding(program: str, root: str, batch: Sequence[str], text: str) -> frozenset[str] | None:
    """The names of the files that hold the text; None if `rg` failed for some of them."""
    try:
        process = await asyncio.create_subprocess_exec(
            program, *_OPTIONS, "-e", text, "--", *(f"./{name}" for name in batch),
            cwd=root, env=own_environment(), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return None
    try:
        async with asyncio.timeout(_BATCH_SECS):
            said, _ = await process.communicate()
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode not in (0, 1):
        return None
    return frozenset(os.fsdecode(one).removeprefix("./") for one in said.split(b"\0") if one)
