"""The audit log's key and head record: two small files outside the database, readable by their owner only.

The head is written after each commit and never before: after a crash it may lag behind the log by a few
rows, which is harmless, but it is never ahead of it unless rows were cut off.
"""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.adapters.private_folder import make_private
from blufio_tui.adapters.storage.identity import FileIdentity, file_identity
from blufio_tui.adapters.storage.private_file import locked, replace_file
from blufio_tui.core.audit.chain import EMPTY, HEAD_BYTES, KEY_BYTES, CheckpointMark, Head, read_head, write_head
from blufio_tui.core.errors import StorageError

# A link or a pipe in the place of the head record must neither lead elsewhere nor block.
_MAX_FILE_BYTES = 4096
_PLAIN = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class AuditKey:
    """
    Args:
        path: the key file; the head record lies beside it as `<name>.head`.
        marks: files in other folders that say that a log was started, in case it is removed together with its key.

    Raises:
        StorageError: from every method, when a file cannot be used.
    """

    def __init__(self, path: Path, marks: Sequence[Path] = ()) -> None:
        self.path = path
        self._marks = tuple(marks)
        self._is_marked = False
        self._identity: FileIdentity | None = None
        self.head_path = path.with_name(path.name + ".head")
        self._key: bytes | None = None
        self._written: tuple[bytes, Head] = (b"", EMPTY)

    def key(self, *, log_is_empty: bool) -> bytes:
        """The key; made on first use, but only for a log that holds nothing yet."""
        if self._key is None:
            with reported(self.path):
                self._key = self._read_key() if self.path.exists() else self._create(log_is_empty)
                self._identity = file_identity(self.path)
        return self._key

    def check_in_place(self) -> None:
        """
        Raises:
            StorageError: the key's file was removed or replaced since it was read.
        """
        if self._identity is not None and file_identity(self.path) != self._identity:
            raise StorageError(f"the audit key {self.path} was removed or replaced at runtime; put it back, or restart")

    def earlier_log(self) -> str:
        """When a log was started here, in words; "" if none is known of."""
        for mark in self._marks:
            try:
                day = read_regular(mark, _MAX_FILE_BYTES).decode("utf-8").strip()[:10]
                return f"a log was started here on {day or 'an unknown day'}"
            except FileNotFoundError:
                continue
            except (OSError, UnicodeDecodeError):
                return "a log was started here"
        return ""

    def mark_begun(self, day: str) -> None:
        """Write the marks, once per run, if the log has rows."""
        if self._is_marked:
            return
        for mark in self._marks:
            with reported(mark):
                make_private(mark.parent)
                with suppress(FileExistsError):
                    handle = os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                    with os.fdopen(handle, "w", encoding="utf-8") as file:
                        file.write(day + "\n")
        self._is_marked = True

    def head(self, key: bytes) -> Head | None:
        """The head record; None if it is missing or was not made with the key."""
        with reported(self.head_path):
            try:
                descriptor = os.open(self.head_path, os.O_RDONLY | _PLAIN)
            except FileNotFoundError:
                return None
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH)
                return self._head_in(key, os.pread(descriptor, HEAD_BYTES + 1, 0))
            finally:
                os.close(descriptor)

    def _head_in(self, key: bytes, record: bytes) -> Head | None:
        """Mostly what is there is, byte for byte, what this program wrote last."""
        written, head = self._written
        return head if record == written else read_head(key, record)

    def advance(self, key: bytes, head: Head, *, replacing: Head | None = None) -> None:
        """Write down that the log extends as far as `head`; an older one is left alone.

        `replacing` is a head that was found to be ahead of the log, because the log was cut: it gives way too.
        """

        def further(known: Head | None) -> Head | None:
            if known is None:
                return head
            if known.is_at(replacing) or known.seq < head.seq:
                return replace(head, checkpoint=known.checkpoint)
            return None

        self._change_head(key, further)

    def mark_checkpoint(self, key: bytes, mark: CheckpointMark) -> None:
        """Write down that this checkpoint is stored; an older one is left alone, and so is a damaged record."""

        def with_mark(known: Head | None) -> Head | None:
            is_newer = known is not None and known.checkpoint.number < mark.number
            return replace(known, checkpoint=mark) if known is not None and is_newer else None

        self._change_head(key, with_mark)

    def _change_head(self, key: bytes, change: Callable[[Head | None], Head | None]) -> None:
        """Write what `change` makes of the record that is there, None if that is damaged; unless it makes None."""
        with reported(self.head_path):
            descriptor = os.open(self.head_path, os.O_RDWR | os.O_CREAT | _PLAIN, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                there = os.pread(descriptor, HEAD_BYTES + 1, 0)
                head = change(self._head_in(key, there))
                if head is not None:
                    os.pwrite(descriptor, record := write_head(key, head), 0)
                    self._written = record, head
                    if len(there) > HEAD_BYTES:
                        os.ftruncate(descriptor, HEAD_BYTES)
            finally:
                os.close(descriptor)

    def _read_key(self) -> bytes:
        mode = self.path.stat().st_mode
        if mode & 0o077:
            raise StorageError(f"others can read the audit key {self.path}; run: chmod 600 '{self.path}'")
        try:
            key = bytes.fromhex(read_regular(self.path, _MAX_FILE_BYTES).decode("ascii").strip())
        except ValueError as error:
            raise StorageError(f"the audit key {self.path} is damaged; restore it from a copy") from error
        if len(key) != KEY_BYTES:
            raise StorageError(f"the audit key {self.path} is damaged; restore it from a copy")
        return key

    def _create(self, log_is_empty: bool) -> bytes:
        """Write the head first, so that a key without a head can only mean that the head was removed."""
        with locked(self.path):
            if self.path.exists():
                return self._read_key()
            if not log_is_empty:
                raise StorageError(
                    f"the audit key {self.path} is missing although the log has rows; restore it from a copy, "
                    "or move the database away to start a new log"
                )
            key = secrets.token_bytes(KEY_BYTES)
            publish(self.head_path, write_head(key, EMPTY))
            publish(self.path, key.hex().encode() + b"\n")
            return key


def publish(path: Path, content: bytes) -> None:
    """Put a private file in place as a whole, on the disk once it returns."""
    replace_file(path, content)
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn an operating system error into a sentence."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path} cannot be used: {error.strerror or error}") from error
