"""What was typed before: one JSON string a line, so that a prompt of several lines is one entry.

The file is only ever appended to under a lock, save when it has grown to twice its bound; a last line
that was torn by a power cut costs that entry alone.
"""

import json
import os
from pathlib import Path

from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.adapters.storage.private_file import locked, replace_file
from blufio_tui.core.errors import StorageError
from blufio_tui.core.text import strict_json

_MAX_ENTRY = 100_000
_MAX_BYTES_READ = 256 * 1024 * 1024


class PromptHistory:
    """
    Args:
        limit: how many prompts are kept.
    """

    def __init__(self, path: Path, limit: int = 1000) -> None:
        self._path = path
        self._limit = limit

    def load(self) -> list[str]:
        """Oldest first, each prompt once, where it was used last.

        Raises:
            StorageError: there is a file and it cannot be read.
        """
        try:
            return _distinct(_parse(read_regular(self._path, _MAX_BYTES_READ)))[-self._limit :]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StorageError(f"the prompt history {self._path} cannot be read: {error.strerror or error}") from error

    def add(self, prompt: str) -> None:
        """Remember a prompt. One that begins with a space, as in a shell, is not remembered.

        Raises:
            StorageError: it cannot be written.
        """
        if not prompt.strip() or prompt.startswith(" ") or len(prompt) > _MAX_ENTRY:
            return
        try:
            with locked(self._path):
                self._append(prompt)
        except OSError as error:
            raise StorageError(f"the prompt history {self._path} cannot be written: {error.strerror}") from error

    def _append(self, prompt: str) -> None:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            data = file.read()
            entries = _parse(data)
            if entries[-1:] == [prompt]:
                return
            if len(entries) < 2 * self._limit:
                torn = bool(data) and not data.endswith(b"\n")
                file.write((b"\n" if torn else b"") + _line(prompt))
                return
        kept = _distinct([*entries, prompt])[-self._limit :]
        replace_file(self._path, b"".join(map(_line, kept)))


def _line(prompt: str) -> bytes:
    return json.dumps(prompt).encode() + b"\n"


def _parse(data: bytes) -> list[str]:
    entries = []
    for line in data.split(b"\n"):
        try:
            value = strict_json.parsed(line)
        except ValueError:
            continue  # torn, or not ours
        if isinstance(value, str):
            entries.append(value)
    return entries


def _distinct(entries: list[str]) -> list[str]:
    """Each entry once, at its last place."""
    return list(reversed(dict.fromkeys(reversed(entries))))
