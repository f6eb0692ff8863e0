"""Searching and finding below a folder as prepared effects.

What git ignores is left out, and so is what the caller may not read: credential files, what a rule denies, the
program's own files. They are left out before anything is searched, so that results reveal nothing about them except
their names.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path
from posixpath import basename, dirname, join

from blufio_tui.adapters.files.guard import FileGuard, explain
from blufio_tui.adapters.files.project_files import Rules, is_ignored, rules_of
from blufio_tui.adapters.files.ripgrep import may_match
from blufio_tui.adapters.files.search_worker import is_at
from blufio_tui.core.capability import FileTarget, Kind
from blufio_tui.core.effects import EffectResult, FindFiles, SearchFiles
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.files.globs import Glob
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.required_text import required_text

SEARCH_SECS = 20.0
_MAX_ENTRIES = 300_000
_WALK_SECS = 8.0
_MAX_OUTPUT = 2 * 1024 * 1024

Hidden = Callable[[str], bool]
"""Whether the caller must not read the file with this canonical path."""


@dataclass(slots=True)
class Listing:
    """What lies below a folder.

    Attributes:
        names: files that may be searched, relative to the folder.
        skipped: names that were left out because the caller may not read them.
        stopped: the folder holds more than was walked.
    """

    names: list[str]
    skipped: list[str]
    stopped: bool = False


class PreparedSearch:
    """A search or a find; the walk happens on a thread, the expression runs in a process that can be ended."""

    def __init__(self, guard: FileGuard, effect: SearchFiles | FindFiles, hidden: Hidden) -> None:
        operation = "search" if isinstance(effect, SearchFiles) else "list files below"
        canonical = guard.canonical(guard.absolute(effect.path))
        guard.check(canonical)
        self._guard = guard
        self._effect = effect
        self._hidden = hidden
        self._target = FileTarget(Kind.FS_READ, canonical, effect.path, operation)

    @property
    def target(self) -> FileTarget:
        return self._target

    def describe(self) -> str:
        what = f"{self._target.operation} {visible_line(self._target.path)} and everything below it"
        return f"{what}\nfor {self._effect.pattern!r}" if isinstance(self._effect, SearchFiles) else what

    async def preflight(self) -> None:
        """Nothing: a path is known before the decision."""

    async def execute(self) -> EffectResult:
        path, effect = self._target.path, self._effect
        root = path if Path(path).is_dir() else dirname(path)
        try:
            listing = await asyncio.to_thread(self._listing, path)
        except OSError as error:
            raise explain(error, path) from error
        found: list[object] = []
        too_large: list[str] = []
        cut = False
        if isinstance(effect, SearchFiles) and listing.names:
            said, cut = await _searched(root, effect, listing.names)
            too_large = [str(one["too_large"]) for one in said if isinstance(one, dict) and "too_large" in one]
            found = [one for one in said if isinstance(one, dict) and "path" in one and self._may_be_opened(root, one)]
        elif isinstance(effect, FindFiles):
            found = list(listing.names[: effect.limit])
            cut = len(found) < len(listing.names)
        report = {
            "found": found,
            "of": len(listing.names),
            "skipped": listing.skipped,
            "too_large": too_large,
            "incomplete": listing.stopped or cut,
        }
        return EffectResult(len(found), json.dumps(report).encode(), path=root)

    def _listing(self, path: str) -> Listing:
        glob = Glob(self._effect.glob)
        if not Path(path).is_dir():
            Path(path).stat()
            hidden = self._hidden(path)
            return Listing([] if hidden else [basename(path)], [basename(path)] if hidden else [])
        os.close(self._guard.open_folder(path))  # not a link since it was decided on
        names: list[str] = []
        skipped: list[str] = []
        walk = _Walk(path)
        for name in walk.files():
            if not glob.matches(name):
                continue
            whole = join(path, name)
            (skipped if self._refused(whole) else names).append(name)
        return Listing(names, skipped, walk.stopped)

    def _refused(self, path: str) -> bool:
        try:
            self._guard.check(path)
        except NeverRule:
            return True
        return self._hidden(path)

    def _may_be_opened(self, root: str, one: dict[str, object]) -> bool:
        """The last word on a file that matched: it is not one of the program's own under another name."""
        try:
            os.close(self._guard.open_file(join(root, str(one["path"])), os.O_RDONLY))
        except (OSError, NeverRule):
            return False
        return True


class _Walk:
    """Files below a folder in the order of their names, what .gitignore files name left out, links not followed."""

    def __init__(self, root: str) -> None:
        self._root = Path(root)
        self._left = _MAX_ENTRIES
        self._deadline = time.monotonic() + _WALK_SECS
        self.stopped = False

    def files(self, folder: str = "", inherited: Rules = ()) -> Iterator[str]:
        """A folder that was named is walked also where a .gitignore above it leaves it out."""
        rules = inherited + rules_of(self._root, folder)
        for last, is_folder, is_file in _entries_of(self._root / folder):
            self._left -= 1
            if self._left < 0 or time.monotonic() > self._deadline:
                self.stopped = True
                return
            name = f"{folder}{last}" + ("/" if is_folder else "")
            if last == ".git" or is_ignored(name, rules):
                continue
            if is_folder:
                yield from self.files(name, rules)
            elif is_file:
                yield name


def _entries_of(folder: Path) -> list[tuple[str, bool, bool]]:
    """Name, whether it is a folder, whether it is a file; nothing if the folder or one above it is a link by now."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return []  # a folder that may not be listed has nothing to offer
    try:
        if not is_at(opened, os.fsencode(folder)):
            return []
        with os.scandir(opened) as found:
            return sorted(
                (entry.name, entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False))
                for entry in found
            )
    except OSError:
        return []
    finally:
        os.close(opened)


async def _searched(root: str, effect: SearchFiles, names: list[str]) -> tuple[list[object], bool]:
    """What the worker found, and whether it ran out of time or returned too much."""
    text = required_text(effect.pattern)
    request = {
        "root": root,
        "pattern": effect.pattern,
        "text": text,
        "mode": effect.mode,
        "context": effect.context,
        "limit": effect.limit,
    }
    worker = Path(__file__).with_name("search_worker.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", str(worker),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={},
    )  # fmt: skip
    head = json.dumps(request).encode() + b"\n"
    feeding = asyncio.create_task(_feed(process, head, may_match(root, names, text)))
    found: list[object] = []
    late = False
    try:
        async with asyncio.timeout(SEARCH_SECS):
            late = await _collect(process, found)
    except TimeoutError:
        late = True
    finally:
        feeding.cancel()
        # `kill` may reap a worker that has just ended; asyncio then reports status 255, which says nothing.
        if was_ended := process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        await asyncio.wait({feeding})
    if not feeding.cancelled() and (problem := feeding.exception()):
        raise problem
    if not was_ended and process.returncode != 0:
        raise HostError(f"the search failed (exit status {process.returncode})")
    return found, late


async def _feed(process: asyncio.subprocess.Process, head: bytes, batches: AsyncGenerator[Sequence[str], None]) -> None:
    assert process.stdin is not None
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(head)
            async with aclosing(batches):
                async for batch in batches:
                    process.stdin.write(b"".join(os.fsencode(name) + b"\0" for name in batch))
                    await process.stdin.drain()
    finally:
        process.stdin.close()


async def _collect(process: asyncio.subprocess.Process, found: list[object]) -> bool:
    """Take lines until the worker ends; True if there were more than can be used."""
    assert process.stdout is not None
    left, buffer = _MAX_OUTPUT, b""
    while chunk := await process.stdout.read(65536):
        left -= len(chunk)
        *lines, buffer = (buffer + chunk).split(b"\n")
        for line in lines:
            one = json.loads(line)
            if "stopped" in one:
                return True
            found.append(one)
        if left <= 0:
            return True
    await process.wait()
    return False
