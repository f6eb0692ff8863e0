"""Stores old content of files by hash, so that a call's changes can be undone. In the data folder.

`blobs/` holds content, named by SHA-256; `calls/` a file for each call with one line of JSON for each change.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from blufio_tui.adapters.files.looking import look_at
from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.adapters.private_folder import make_private
from blufio_tui.core.errors import HostError, NotThere, StorageError
from blufio_tui.core.files.replay import CommandChange, Left, last_paths
from blufio_tui.core.files.undo import KeptChange
from blufio_tui.core.guards.paths import covers
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.value_json import value_from_json

_SHA256 = re.compile(r"[0-9a-f]{64}")
MAX_FILE = 64 * 1024 * 1024
MAX_NEW = 1024 * 1024
"""Bytes up to which new content is kept too: it tells which lines were written by whom once others changed the file."""
MAX_TOTAL = 512 * 1024 * 1024
"""Bytes of old content that are kept in all; the oldest calls are forgotten first."""
_MAX_ROWS = 512 * 1024 * 1024
"""Bytes of what is noted about one call: 200,000 changes of a command with the longest paths."""


class UndoStore:
    """The `Keeper` of the program. Safe to use from several threads and processes: files are only ever added whole."""

    def __init__(self, root: Path, max_total: int = MAX_TOTAL) -> None:
        self._blobs = root / "blobs"
        self._calls = root / "calls"
        self._max_total = max_total

    def keep(self, call_id: str, path: str, before: bytes | None, mode: int) -> None:
        try:
            content = read_regular(Path(path), MAX_TOTAL)
        except OSError:
            self._add(call_id, path, before, mode, "")
        else:
            self.keep_before(call_id, path, before, mode, content)

    def keep_before(self, call_id: str, path: str, before: bytes | None, mode: int, after: bytes) -> None:
        sha256 = hashlib.sha256(after).hexdigest()
        self._add(call_id, path, before, mode, sha256)
        if len(after) <= MAX_NEW:
            with suppress(OSError):  # undo does without it
                self._put(sha256, after)

    def keep_removal(self, call_id: str, path: str, before: bytes, mode: int) -> None:
        """For a file that is about to be removed."""
        self._add(call_id, path, before, mode, "")

    def keep_lost(self, call_id: str, path: str, after: bytes, why: str) -> None:
        self._record(call_id, KeptChange(path, "lost", hashlib.sha256(after).hexdigest(), lost=why))

    def keep_command(
        self,
        call_id: str,
        changes: Sequence[Mapping[str, Any]],
        batch: str = "",
        left: Sequence[Left] = (),
    ) -> None:
        """Take the changes of a caged command, and the copies of old content that they name. The copies stay: until
        all is stored, it can be begun again.

        Args:
            batch: of this command; what was taken under it before is not taken again.
            left: what everything was like at its end; what it is like now where nothing is given.

        Raises:
            HostError: there is no room; what was changed cannot be undone.
        """
        try:
            if batch and self._has(call_id, batch):
                return
            kept: dict[str, str] = {}
            stored = [CommandChange(**{**one, "before": self._take(one["before"], kept)}) for one in changes]
            self.add_command(call_id, stored, left or left_now(stored), batch)
        except (OSError, StorageError) as error:
            raise HostError(f"what the command changed could not be undone: {error}") from error
        self._forget_oldest()

    def add_command(
        self, call_id: str, changes: Iterable[CommandChange], left: Iterable[Left], batch: str = ""
    ) -> None:
        """
        Args:
            batch: of a command whose changes are added bit by bit; `left` comes with the last of them.

        Raises:
            OSError: there is no room.
        """
        batch = batch or secrets.token_hex(8)
        rows = [{"call_id": call_id, "batch": batch, "command": asdict(one)} for one in changes]
        rows += [{"call_id": call_id, "batch": batch, "left": asdict(one)} for one in left]
        self._append(call_id, rows)

    def commands(self, call_id: str) -> tuple[tuple[tuple[CommandChange, ...], tuple[Left, ...]], ...]:
        """What the caged commands of a call have changed, the last command first. Raises as `changes`."""
        batches: dict[str, tuple[list[CommandChange], list[Left]]] = {}
        with _readable(call_id):
            for row in self._rows(call_id):
                changes, left = batches.setdefault(str(row.get("batch", "")), ([], []))
                if "command" in row:
                    changes.append(_command_of(row["command"]))
                elif "left" in row:
                    left.append(value_from_json(Left, row["left"]))
        found = ((changes, left) for changes, left in reversed(batches.values()) if changes)
        return tuple((tuple(changes), tuple(left) or left_now(changes)) for changes, left in found)

    def put(self, data: bytes) -> str:
        """Keep content; its SHA-256. Raises `OSError`."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._put(sha256, data)
        return sha256

    def changes(self, call_id: str) -> tuple[KeptChange, ...]:
        """
        Raises:
            NotThere: nothing was kept for the call.
            StorageError: what was kept cannot be read.
        """
        with _readable(call_id):
            return tuple(value_from_json(KeptChange, row["change"]) for row in self._rows(call_id) if "change" in row)

    def _has(self, call_id: str, batch: str) -> bool:
        with suppress(NotThere):
            return any(row.get("batch") == batch for row in self._rows(call_id))
        return False

    def _rows(self, call_id: str) -> list[dict[str, Any]]:
        """Raises as `changes`."""
        with _readable(call_id):
            return _rows_of(self._file(call_id))

    def last(self, project: str) -> str:
        """The call that last changed something below a folder.

        Raises:
            NotThere: none did.
        """
        for file in reversed(self._oldest_first()):
            try:
                rows = _rows_of(file)
                if any(covers(project, path) for path in _changed_paths(rows)):
                    return str(rows[0]["call_id"])
            except (OSError, ValueError, TypeError, LookupError, StopIteration, RecursionError):
                continue  # a half-written or removed file is no candidate; asking for it by its id says why
        raise NotThere(f"there is nothing to undo in {project}")

    def known(self, call_ids: Iterable[str]) -> list[str]:
        """The calls, of these, for which something is stored."""
        return [call_id for call_id in call_ids if self._file(call_id).exists()]

    def forget(self, call_ids: Iterable[str]) -> None:
        """Forget what was stored for these calls; they can no longer be undone."""
        self.forget_files([self._file(call_id) for call_id in call_ids])

    def older(self, limit: float) -> list[Path]:
        """The files of the calls that last changed something before `limit`, in seconds since the epoch."""
        return [file for file in self._oldest_first() if _changed_at(file) < limit * 1e9]

    def forget_files(self, files: Sequence[Path]) -> None:
        """As `forget`, by the files that `older` names. Content that other calls need stays."""
        going = set(files)
        needed = " ".join(_text(file) for file in self._oldest_first() if file not in going)
        for file in files:
            named = set(_SHA256.findall(_text(file)))
            file.unlink(missing_ok=True)
            for sha in named:
                if sha not in needed:
                    (self._blobs / sha).unlink(missing_ok=True)

    def content(self, sha256: str) -> bytes:
        """
        Raises:
            StorageError: it is not kept any more, or is damaged.
        """
        try:
            data = read_regular(self._blobs / sha256, MAX_TOTAL)
        except OSError as error:
            raise StorageError(f"the old content is no longer stored: {error.strerror}") from error
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

    def _take(self, copy: str, kept: dict[str, str]) -> str:
        """Take a copy of old content; its SHA-256, "" for none. Several changes may name the same copy."""
        if not copy or copy in kept:
            return kept.get(copy, "")
        make_private(self._blobs)
        source = Path(copy)
        is_shared = source.stat().st_nlink > 1  # what was removed has come back under another name
        if not is_shared:
            source.chmod(0o600)  # it has the mode of the file, which may let nobody read it
        with source.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if not (self._blobs / sha256).exists():
            if is_shared:
                self._put(sha256, source.read_bytes())
            else:
                os.link(source, self._blobs / sha256)
        kept[copy] = sha256
        return sha256

    def _record(self, call_id: str, change: KeptChange) -> None:
        self._append(call_id, [{"call_id": call_id, "change": asdict(change)}])

    def _append(self, call_id: str, rows: Iterable[Mapping[str, Any]]) -> None:
        make_private(self._calls)
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        with os.fdopen(os.open(self._file(call_id), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())

    def _file(self, call_id: str) -> Path:
        """An id comes from a model: its hash is what names the file."""
        return self._calls / f"{hashlib.sha256(call_id.encode('utf-8', 'replace')).hexdigest()[:40]}.jsonl"

    def _oldest_first(self) -> list[Path]:
        if not self._calls.is_dir():
            return []
        return sorted(self._calls.glob("*.jsonl"), key=_changed_at)

    def _forget_oldest(self) -> None:
        """Forget calls, and the content that no other call needs, until what is left fits; the newest call stays."""
        sizes = {blob.name: _size_of(blob) for blob in self._blobs.glob("[0-9a-f]*")} if self._blobs.is_dir() else {}
        if sum(sizes.values()) <= self._max_total:
            return
        calls = self._oldest_first()
        texts = {file: _text(file) for file in calls}
        needed = {file: {sha for sha in sizes if sha in text} for file, text in texts.items()}
        for file in calls[:-1]:
            if sum(sizes.values()) <= self._max_total:
                return
            for sha in needed.pop(file) - set().union(*needed.values()):
                (self._blobs / sha).unlink(missing_ok=True)
                sizes.pop(sha, None)
            file.unlink(missing_ok=True)


@contextmanager
def _readable(call_id: str) -> Iterator[None]:
    """
    Raises:
        NotThere: nothing was kept for the call.
        StorageError: what was kept cannot be read.
    """
    try:
        yield
    except FileNotFoundError:
        raise NotThere(f"there is nothing to undo for the call {call_id}") from None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise StorageError(f"what was kept for the call {call_id} cannot be read: {error}") from error


def _rows_of(file: Path) -> list[dict[str, Any]]:
    """
    Raises:
        OSError, ValueError, RecursionError: it cannot be read, or not every line of it is an object.
    """
    rows = [strict_json.parsed(line) for line in read_regular(file, _MAX_ROWS).decode("utf-8").splitlines()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("a line is not an object")
    return rows


def _command_of(value: Any) -> CommandChange:
    """As `value_from_json`, in a fifth of the time: a command may have made 200,000 changes.

    Raises:
        TypeError: it is not one.
    """
    change = CommandChange(**value)
    numbers = change.object, change.mode
    texts = change.what, change.path, change.kind, change.origin, change.before, change.link, change.lost
    if not all(type(one) is int for one in numbers) or not all(type(one) is str for one in texts):
        raise TypeError("a change of a command has values of other types")
    return change


def _text(file: Path) -> str:
    """Of a call's file; "" if it is gone meanwhile."""
    try:
        return read_regular(file, _MAX_ROWS).decode("utf-8", "replace")
    except OSError:
        return ""


def _changed_at(file: Path) -> int:
    """In nanoseconds; 0 if it is gone meanwhile."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _size_of(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def left_now(changes: Sequence[CommandChange]) -> tuple[Left, ...]:
    """The current state of everything that a command has changed."""
    return tuple(Left(number, path, look_at(path)) for number, path in last_paths(changes).items())


def _changed_paths(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Of what a call changed; not a file that it wrote and left as it was."""
    spans: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for row in rows:
        if "change" in row:
            change = row["change"]
            first, _ = spans.get(change["path"], (change, change))
            spans[change["path"]] = first, change
        else:
            yield _path_of(row)
    for path, (first, last) in spans.items():
        if first.get("lost") or first["before"] != last["after"]:
            yield str(path)


def _path_of(row: Mapping[str, Any]) -> str:
    return str(next(row[kind]["path"] for kind in ("change", "command", "left") if kind in row))


def too_large(size: int) -> str:
    return f"its old content was not kept: {size} bytes are more than {MAX_FILE}"
