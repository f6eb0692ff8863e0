"""Reading, listing and writing files as prepared effects."""

import errno
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from posixpath import basename, dirname

from blufio_tui.adapters.files.file_notes import describe_write, file_notes
from blufio_tui.adapters.files.guard import FileGuard, explain
from blufio_tui.adapters.files.hard_links import secret_name
from blufio_tui.core.capability import FileTarget, Kind
from blufio_tui.core.effects import EffectResult, ListDir, ReadFile, WriteFile
from blufio_tui.core.errors import HostError
from blufio_tui.core.files.encodings import loses_mark
from blufio_tui.core.files.line_changes import LineChange, line_change
from blufio_tui.core.files.undo import Keeper
from blufio_tui.core.gate.ports import BlockingEffect
from blufio_tui.core.text.display import visible_line

_PIECE = 16 * 1024
MAX_READ = 64 * 1024 * 1024
MAX_WRITE = 64 * 1024 * 1024
MAX_ENTRIES = 20_000
MAX_KEPT = 64 * 1024 * 1024


class PreparedFile(BlockingEffect):
    """One file effect on a canonical path; the work happens on a thread, so that a slow disk does not block the
    program."""

    def __init__(
        self,
        guard: FileGuard,
        target: FileTarget,
        work: Callable[[FileGuard, str], EffectResult],
        detail: Callable[[], str] | None = None,
    ) -> None:
        self._guard = guard
        self._target = target
        self._on_path = work
        self._detail = detail

    @property
    def target(self) -> FileTarget:
        return self._target

    def describe(self) -> str:
        lines = [f"{self._target.operation} {visible_line(self._target.path)}"]
        lines += file_notes(self._guard, self._target.path, self._target.requested)
        if self._detail is not None:
            lines.append(self._detail())
        return "\n".join(lines)

    async def preflight(self) -> None:
        """Nothing: a path is known before the decision."""

    def work(self) -> EffectResult:
        try:
            return self._on_path(self._guard, self._target.path)
        except OSError as error:
            raise explain(error, self._target.path) from error


def prepare_read(guard: FileGuard, effect: ReadFile, advice: str = "") -> PreparedFile:
    """`advice` ends the message about a file that is longer than `max_bytes`."""
    cap = min(effect.max_bytes, MAX_READ)
    target = _target(guard, Kind.FS_READ, effect.path, "read")
    return PreparedFile(guard, target, lambda guard, path: _read(guard, path, cap, advice))


def prepare_list(guard: FileGuard, effect: ListDir) -> PreparedFile:
    return PreparedFile(guard, _target(guard, Kind.FS_READ, effect.path, "list"), _list)


def prepare_write(guard: FileGuard, effect: WriteFile, keeper: Keeper | None = None) -> PreparedFile:
    """`keeper` stores the old content; if it cannot, nothing is written."""
    content = effect.content
    if len(content) > MAX_WRITE:
        raise HostError(f"{effect.path}: {len(content)} bytes are more than the limit of {MAX_WRITE} for one write")
    target = _target(guard, Kind.FS_WRITE, effect.path, "write")
    if effect.exact and target.path != effect.path:
        raise HostError(f"{effect.path} now leads to {target.path}, so nothing was written")
    shown: list[_Stamp] = []

    def describe() -> str:
        shown[:] = [_stamp(target.path)]
        return describe_write(guard, target.path, content)

    def write(guard: FileGuard, path: str) -> EffectResult:
        if shown and shown[0] != _stamp(path) and not _holds(guard, path, content):
            raise HostError(f"{path} changed while the approval was waiting, so nothing was written; read it again")
        if effect.replaces is not None and _sha256(guard, path) != effect.replaces:
            raise HostError(f"{path} changed in the meantime, so nothing was written; read it again")
        if effect.keeps_mark and loses_mark(_beginning(guard, path), content):
            raise HostError(f"{path} begins with a byte order mark, which would be lost; read it, then write it again")
        before = None
        if keeper is not None and effect.call_id:
            before = _keep(keeper, guard, path, effect)
        change = _line_change(guard, path, content) if effect.counted else None
        return replace(_write(guard, path, content, effect.mode), change=change, before=before)

    return PreparedFile(guard, target, write, describe)


def _line_change(guard: FileGuard, path: str, content: bytes) -> LineChange | None:
    """None if what is there cannot be read: then the write itself says why, or nothing is known of the lines."""
    try:
        return line_change(_read(guard, path, MAX_READ, "").data, content)
    except FileNotFoundError:
        return line_change(None, content)
    except (HostError, OSError):
        return None


_Stamp = tuple[int, int, int] | None


def _stamp(path: str) -> _Stamp:
    """What changes when the file does; None if there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _keep(keeper: Keeper, guard: FileGuard, path: str, effect: WriteFile) -> str | None:
    """The hash of what is there now, "" for nothing; None if it is too much to be looked at."""
    try:
        opened = guard.open_file(path, os.O_RDONLY)
    except FileNotFoundError:
        keeper.keep_before(effect.call_id, path, None, 0, effect.content)
        return ""
    with os.fdopen(opened, "rb") as file:
        found = os.fstat(opened)
        if found.st_size > MAX_KEPT:
            keeper.keep_lost(effect.call_id, path, effect.content, f"its {found.st_size} bytes were too many to keep")
            return None
        before = file.read()
    keeper.keep_before(effect.call_id, path, before, stat.S_IMODE(found.st_mode) & 0o777, effect.content)
    return hashlib.sha256(before).hexdigest()


def _sha256(guard: FileGuard, path: str) -> str:
    """Of what is there now; "" if there is no file."""
    try:
        return hashlib.sha256(_read(guard, path, MAX_READ, "").data).hexdigest()
    except FileNotFoundError:
        return ""


def _beginning(guard: FileGuard, path: str) -> bytes:
    """The first bytes of what is there; none where it is no file, or cannot be read."""
    try:
        with os.fdopen(guard.open_file(path, os.O_RDONLY), "rb") as file:
            return file.read(4)
    except (HostError, OSError):
        return b""


def _holds(guard: FileGuard, path: str, content: bytes) -> bool:
    try:
        return _read(guard, path, len(content), "").data == content
    except (HostError, OSError):
        return False


def _target(guard: FileGuard, kind: Kind, written: str, operation: str) -> FileTarget:
    canonical = guard.canonical(guard.absolute(written))
    guard.check(canonical, operation=operation)
    return FileTarget(kind, canonical, written, operation, secret_name(canonical, guard.places))


def _read(guard: FileGuard, path: str, cap: int, advice: str) -> EffectResult:
    opened = guard.open_file(path, os.O_RDONLY)
    try:
        size = os.fstat(opened).st_size
        data = b"" if size > cap else _up_to(opened, cap + 1, size)
    finally:
        os.close(opened)
    if size > cap or len(data) > cap:
        found = max(size, len(data))
        raise HostError(f"{path} has {found} bytes, more than the limit of {cap}{advice}", errno.EFBIG)
    return EffectResult(len(data), data, path=path)


def _up_to(opened: int, limit: int, expected: int) -> bytes:
    """The content from here on, `limit` bytes at most; a buffer of that size would cost more than a small file."""
    pieces, left = [], limit
    while left > 0 and (piece := os.read(opened, min(left, max(expected, _PIECE)))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _list(guard: FileGuard, path: str) -> EffectResult:
    folder = guard.open_folder(path)
    try:
        names = os.listdir(folder)  # noqa: PTH208 (by descriptor, which pathlib cannot)
        if len(names) > MAX_ENTRIES:
            raise HostError(f"{path} has {len(names)} entries, more than the limit of {MAX_ENTRIES}")
        entries = [entry for name in sorted(names) if (entry := _entry(folder, name)) is not None]
    finally:
        os.close(folder)
    return EffectResult(len(entries), json.dumps(entries, ensure_ascii=False).encode())


def _entry(folder: int, name: str) -> dict[str, str | int] | None:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "symlink"}
    shown = os.fsencode(name).decode("utf-8", "backslashreplace")
    return {"name": shown, "type": kinds.get(stat.S_IFMT(found.st_mode), "other"), "size": found.st_size}


def _write(guard: FileGuard, path: str, content: bytes, mode: int | None = None) -> EffectResult:
    """Replace a file whole: a temporary file beside it, synced, renamed over it, and the folder synced."""
    name = basename(path)
    if not name:
        raise HostError("/ is a folder")
    folder = guard.make_folder(dirname(path))
    try:
        guard.refuse_irregular(folder, name, path)
        replace_file(folder, name, content, mode)
        os.fsync(folder)
    finally:
        os.close(folder)
    return EffectResult(0, path=path)


def replace_file(folder: int, name: str, content: bytes, mode: int | None) -> None:
    """By a temporary file beside it, synced and renamed; the mode of what is replaced stays.

    Args:
        mode: for a new file; None: the default.
    """
    temporary = f".{secrets.token_hex(8)}.blufio-tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    opened = os.open(temporary, flags, 0o666, dir_fd=folder)
    try:
        with os.fdopen(opened, "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode & 0o777)
            _keep_mode(folder, name, file.fileno())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _keep_mode(folder: int, name: str, temporary: int) -> None:
    """The permissions of the replaced file, without set-user-id bits."""
    with suppress(FileNotFoundError):
        old = os.stat(name, dir_fd=folder, follow_symlinks=False)
        os.fchmod(temporary, stat.S_IMODE(old.st_mode) & 0o777)
