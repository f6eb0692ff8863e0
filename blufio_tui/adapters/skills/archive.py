"""Unpacks a skill's archive without trusting its metadata.

Only plain files with plain relative paths are taken. Sizes are counted as bytes come out, not read from
headers; links, devices, encrypted entries, duplicates and paths that leave the folder end it.
"""

import gzip
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from blufio_tui.core.errors import SkillError
from blufio_tui.core.skills.files import MAX_FILES, MAX_TOTAL_BYTES, is_ignored, path_problem
from blufio_tui.core.text.display import printable

MAX_ARCHIVE_BYTES = 32 * 1024 * 1024
SUFFIXES = (".tar.gz", ".tgz", ".zip", ".whl")
_MAX_UNPACKED = MAX_TOTAL_BYTES + 4 * 1024 * 1024
_MAX_ZIP_DIRECTORY = 2 * 1024 * 1024
_ZIP_END = b"PK\x05\x06"
_CHUNK = 256 * 1024

# What the libraries raise for archives that are damaged on purpose or by accident; struct.error and
# IndexError come out of zipfile for short extra fields.
_DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    LookupError,
    OverflowError,
    NotImplementedError,
    OSError,
    RuntimeError,
)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Limited:
    """A stream with a size limit, which makes archive bombs harmless."""

    def __init__(self, stream: _Readable, room: int) -> None:
        self._stream = stream
        self._room = room

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(min(size, _CHUNK) if size >= 0 else _CHUNK)
        self._room -= len(data)
        if self._room < 0:
            raise SkillError(f"the skill unpacks to more than {MAX_TOTAL_BYTES // 1024 // 1024} MiB")
        return data


def is_archive(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def unpack(archive: Path, into: Path) -> None:
    """Unpack into the empty folder `into`.

    Raises:
        SkillError: it is no such archive, is too large, or holds something a skill must not.
    """
    if archive.stat().st_size > MAX_ARCHIVE_BYTES:
        raise SkillError(f"{archive.name} is larger than {MAX_ARCHIVE_BYTES // 1024 // 1024} MiB")
    writer = FileTaker(into)
    with archive.open("rb") as stream, _explained(archive.name):
        if stream.read(2) == b"\x1f\x8b":
            stream.seek(0)
            _unpack_tar(stream, writer)
        else:
            _unpack_zip(stream, writer)
    if not writer.taken:
        raise SkillError(f"{archive.name} holds no files")


class FileTaker:
    """Writes files one by one below a folder and keeps count, so that no limit of a skill is passed.

    Args:
        source: what they come from, for messages.
    """

    def __init__(self, into: Path, source: str = "the archive") -> None:
        self._into = into
        self._source = source
        self._room = MAX_TOTAL_BYTES
        self.taken: set[str] = set()

    def take(self, name: str, content: _Readable) -> None:
        path = name.removeprefix("./")
        if problem := path_problem(path):
            raise SkillError(f'{self._source} holds "{printable(name)}", which {problem}')
        if is_ignored(path):
            return
        if path in self.taken:
            raise SkillError(f'{self._source} holds "{printable(path)}" twice')
        self.taken.add(path)
        if len(self.taken) > MAX_FILES:
            raise SkillError(f"{self._source} holds more than {MAX_FILES} files")
        self._write(self._into / path, content)

    def _write(self, target: Path, content: _Readable) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(target, flags, 0o644), "wb") as stream:
            while data := content.read(_CHUNK):
                self._room -= len(data)
                if self._room < 0:
                    raise SkillError(f"the skill unpacks to more than {MAX_TOTAL_BYTES // 1024 // 1024} MiB")
                stream.write(data)


def _unpack_tar(stream: BinaryIO, writer: FileTaker) -> None:
    limited: IO[bytes] = _Limited(gzip.GzipFile(fileobj=stream), _MAX_UNPACKED)  # type: ignore[assignment]
    entries = 0
    with tarfile.open(fileobj=limited, mode="r|") as archive:
        for member in archive:
            entries += 1
            if entries > 4 * MAX_FILES:
                raise SkillError(f"the archive holds more than {MAX_FILES} files")
            if member.isdir():
                continue
            content = archive.extractfile(member) if member.isreg() else None
            if content is None:
                raise SkillError(f'the archive holds "{printable(member.name)}", a link or a special file')
            writer.take(member.name, content)


def _unpack_zip(stream: BinaryIO, writer: FileTaker) -> None:
    _check_zip_directory(stream)
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16
            if info.is_dir():
                continue
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                raise SkillError(f'the archive holds "{printable(info.filename)}", a link or a special file')
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise SkillError(
                    "the archive uses a compression method other than deflate; pack it as an ordinary .zip"
                )
            if info.flag_bits & 1:
                raise SkillError(f'the archive holds "{printable(info.filename)}", which is encrypted')
            with archive.open(info) as content:
                writer.take(info.filename, content)


def _check_zip_directory(stream: BinaryIO) -> None:
    """The library reads the whole directory at once: refuse one that is larger than any skill needs."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - 66_000))
    tail = stream.read()
    at = tail.rfind(_ZIP_END)
    if at < 0 or len(tail) < at + 22:
        raise SkillError("neither a .tar.gz nor a .zip archive")
    if int.from_bytes(tail[at + 12 : at + 16], "little") > _MAX_ZIP_DIRECTORY:
        raise SkillError(f"the archive holds more than {MAX_FILES} files")
    stream.seek(0)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn the libraries' errors about damaged archives into one kind of error."""
    try:
        yield
    except _DAMAGED as error:
        raise SkillError(f"{name} cannot be unpacked: {printable(str(error) or type(error).__name__, 200)}") from None
