"""Long outputs, whole, on disk: one file for each call, in a folder for each session."""

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from blufio_tui.adapters.private_folder import make_private
from blufio_tui.core.agent.result_pages import ResultPage
from blufio_tui.core.text.parts import LinePart, bounded_lines

MAX_FILE = 512 * 1024 * 1024
"""Bytes kept of one output: a command that prints for hours must not fill the disk."""

MAX_TOTAL = 2 * 1024 * 1024 * 1024
"""Bytes of all outputs; over this the oldest go when a new one begins."""

_BLOCK = 1024 * 1024
"""Characters."""


class OutputFiles:
    """File names are hashes, because call ids come from the model's server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_tidy = False

    def create(self, session_id: str, call_id: str) -> "OutputFile":
        """
        Raises:
            OSError: the file cannot be made.
        """
        if not self._is_tidy:
            self._is_tidy = True
            self._make_room()
        path = self._path(session_id, call_id)
        make_private(path.parent)
        return OutputFile(os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb"))

    async def page(self, session_id: str, call_id: str, offset: int, limit: int) -> ResultPage | None:
        """Characters `offset` to `offset + limit` of a stored output; None if there is none of that call."""
        return await asyncio.to_thread(_page, self._path(session_id, call_id), offset, limit)

    async def scan(self, session_id: str, call_id: str, pick: Callable[[Iterable[str]], LinePart]) -> LinePart | None:
        """The result of `pick` on the lines of a stored output; None if there is none of that call."""
        return await asyncio.to_thread(_scan, self._path(session_id, call_id), pick)

    def extent(self, session_id: str) -> tuple[int, int]:
        """How many outputs of a session are stored, and their bytes."""
        sizes = [path.stat().st_size for path in (self._folder / _name(session_id)).glob("*")]
        return len(sizes), sum(sizes)

    def older(self, limit: float) -> list[Path]:
        """The outputs that were last written before `limit`, in seconds since the epoch."""
        return [path for path in self._folder.glob("*/*") if path.stat().st_mtime < limit]

    def strays(self, session_ids: Iterable[str], limit: float) -> list[Path]:
        """As `older`, for sessions other than these."""
        known = {_name(session_id) for session_id in session_ids}
        return [path for path in self.older(limit) if path.parent.name not in known]

    def remove(self, files: Iterable[Path]) -> None:
        for path in files:
            path.unlink(missing_ok=True)
            with suppress(OSError):  # others of the session are still there
                path.parent.rmdir()

    def forget(self, session_id: str) -> None:
        """Remove all outputs of a session."""
        folder = self._folder / _name(session_id)
        for path in folder.glob("*"):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()

    def _path(self, session_id: str, call_id: str) -> Path:
        return self._folder / _name(session_id) / _name(call_id)

    def _make_room(self) -> None:
        known = sorted(((path, path.stat()) for path in self._folder.glob("*/*")), key=lambda pair: pair[1].st_mtime)
        total = sum(stat.st_size for _, stat in known)
        for path, stat in known:
            if total <= MAX_TOTAL - MAX_FILE:
                break
            path.unlink(missing_ok=True)
            total -= stat.st_size


class OutputFile:
    """An output that grows. `left_out` counts the bytes over the limit or that the disk did not take."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = 0
        self.left_out = 0

    def add(self, text: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        if self.left_out or self._size + len(data) > MAX_FILE:
            self.left_out += len(data)
            return
        try:
            self._file.write(data)
        except OSError:
            self.left_out += len(data)
        self._size += len(data)

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            self.left_out = self.left_out or 1

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()


def _page(path: Path, offset: int, limit: int) -> ResultPage | None:
    """Offsets count characters, so everything before is decoded: 0.1 s for 200 MB."""
    try:
        file = path.open(encoding="utf-8", errors="replace", newline="")
    except OSError:
        return None
    seen, page = 0, ""
    with file:
        while block := file.read(_BLOCK):
            if seen < offset + limit and seen + len(block) > offset:
                page += block[max(offset - seen, 0) : offset + limit - seen]
            seen += len(block)
    return ResultPage(page, seen)


def _scan(path: Path, pick: Callable[[Iterable[str]], LinePart]) -> LinePart | None:
    try:
        file = path.open(encoding="utf-8", errors="replace", newline="\n")
    except OSError:
        return None
    with file:
        return pick(bounded_lines(file))


def _name(identifier: str) -> str:
    return hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).hexdigest()[:32]
