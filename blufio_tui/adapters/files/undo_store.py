"""Old content of files by its hash, so that what a call changed can be taken back. It lies in the data folder.

`blobs/` holds content, named by SHA-256; `calls/` a file for each call with one line of JSON for each change.
"""

import hashlib
import json
import os
import secrets
from dataclasses import asdict
from pathlib import Path

from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.adapters.private_folder import make_private
from blufio_tui.core.errors import HostError, NotThere, StorageError
from blufio_tui.core.files.undo import KeptChange
from blufio_tui.core.guards.paths import covers

MAX_FILE = 64 * 1024 * 1024
MAX_TOTAL = 512 * 1024 * 1024
"""Bytes of old content that are kept in all; the oldest calls are forgotten first."""


class UndoStore:
    """The `Keeper` of the program. Safe to use from several threads and processes: files are only ever added whole."""

    def __init__(self, root: Path, max_total: int = MAX_TOTAL) -> None:
        self._blobs = root / "blobs"
        self._calls = root / "calls"
        self._max_total = max_total

    def keep(self, call_id: str, path: str, before: bytes | None, mode: int) -> None:
        try:
            after = hashlib.sha256(read_regular(Path(path), MAX_TOTAL)).hexdigest()
        except OSError:
            after = ""
        self._add(call_id, path, before, mode, after)

    def keep_before(self, call_id: str, path: str, before: bytes | None, mode: int, after: bytes) -> None:
        self._add(call_id, path, before, mode, hashlib.sha256(after).hexdigest())

    def keep_removal(self, call_id: str, path: str, before: bytes, mode: int) -> None:
        """For a file that is about to be removed."""
        self._add(call_id, path, before, mode, "")

    def keep_lost(self, call_id: str, path: str, after: bytes, why: str) -> None:
        self._record(call_id, KeptChange(path, "lost", hashlib.sha256(after).hexdigest(), lost=why))

    def changes(self, call_id: str) -> tuple[KeptChange, ...]:
        """
        Raises:
            NotThere: nothing was kept for the call.
            StorageError: what was kept cannot be read.
        """
        try:
            lines = self._file(call_id).read_text("utf-8").splitlines()
            return tuple(KeptChange(**json.loads(line)["change"]) for line in lines)
        except FileNotFoundError:
            raise NotThere(f"there is nothing to undo for the call {call_id}") from None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StorageError(f"what was kept for the call {call_id} cannot be read: {error}") from error

    def last(self, project: str) -> str:
        """The call that last changed something below a folder.

        Raises:
            NotThere: none did.
        """
        for file in reversed(self._oldest_first()):
            try:
                rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
                if rows and any(covers(project, row["change"]["path"]) for row in rows):
                    return str(rows[0]["call_id"])
            except (OSError, ValueError, TypeError, KeyError):
                continue  # a half-written or removed file is no candidate; asking for it by its id says why
        raise NotThere(f"there is nothing to undo in {project}")

    def content(self, sha256: str) -> bytes:
        """
        Raises:
            StorageError: it is not kept any more, or is damaged.
        """
        try:
            data = (self._blobs / sha256).read_bytes()
        except OSError as error:
            raise StorageError(f"the old content is not kept any more: {error.strerror}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StorageError("the old content that was kept is damaged")
        return data

    def _add(self, call_id: str, path: str, before: bytes | None, mode: int, after: str) -> None:
        if before is not None and len(before) > MAX_FILE:
            self._record(call_id, KeptChange(path, "lost", after, mode, too_large(len(before))))
            return
        sha256 = ""
        try:
            if before is not None:
                sha256 = hashlib.sha256(before).hexdigest()
                self._put(sha256, before)
            self._record(call_id, KeptChange(path, sha256, after, mode))
        except OSError as error:
            raise HostError(f"the old content of {path} cannot be kept, so nothing was changed: {error}") from error
        self._forget_oldest()

    def _put(self, sha256: str, data: bytes) -> None:
        make_private(self._blobs)
        blob = self._blobs / sha256
        if blob.exists():
            return
        temporary = self._blobs / f".{secrets.token_hex(8)}"
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(blob)

    def _record(self, call_id: str, change: KeptChange) -> None:
        make_private(self._calls)
        line = json.dumps({"call_id": call_id, "change": asdict(change)}) + "\n"
        with os.fdopen(os.open(self._file(call_id), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def _file(self, call_id: str) -> Path:
        """An id comes from a model: its hash is what names the file."""
        return self._calls / f"{hashlib.sha256(call_id.encode('utf-8', 'replace')).hexdigest()[:40]}.jsonl"

    def _oldest_first(self) -> list[Path]:
        if not self._calls.is_dir():
            return []
        return sorted(self._calls.glob("*.jsonl"), key=lambda file: file.stat().st_mtime_ns)

    def _forget_oldest(self) -> None:
        """Forget calls, and the content that no other call needs, until what is left fits; the newest call stays."""
        sizes = (
            {blob.name: blob.stat().st_size for blob in self._blobs.glob("[0-9a-f]*")} if self._blobs.is_dir() else {}
        )
        if sum(sizes.values()) <= self._max_total:
            return
        calls = self._oldest_first()
        needed = {file: {sha for sha in sizes if sha in file.read_text("utf-8")} for file in calls}
        for file in calls[:-1]:
            if sum(sizes.values()) <= self._max_total:
                return
            for sha in needed.pop(file) - set().union(*needed.values()):
                (self._blobs / sha).unlink(missing_ok=True)
                sizes.pop(sha, None)
            file.unlink(missing_ok=True)


def too_large(size: int) -> str:
    return f"its old content was not kept: {size} bytes are more than {MAX_FILE}"
