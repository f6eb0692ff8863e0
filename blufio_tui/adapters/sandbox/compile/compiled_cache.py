"""Compiled modules on disk: native code, so only what this program wrote and can prove is ever handed out."""

import hashlib
import hmac
import os
import secrets
import stat
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.private_folder import make_private
from blufio_tui.core.errors import ErrorKind, SandboxError

_KEY_BYTES = 32
_LEFTOVER_SECS = 3600
"""No compiler runs that long."""


@dataclass(frozen=True, slots=True)
class CompiledModule:
    """Native code in the cache. Who loads it must check that the bytes have this hash."""

    path: Path
    sha256: str


class CompiledCache:
    """A folder of `ID.cwasm` files, each with `ID.seal`: its hash under a key that is made at first use.

    A file that was damaged, truncated, or brought from another machine or user fails its seal and counts
    as not there.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._key = b""

    @property
    def folder(self) -> Path:
        return self._folder

    def find(self, artifact: str) -> CompiledModule | None:
        path = self._path(artifact)
        try:
            digest, mac = path.with_suffix(".seal").read_text("ascii").split(" ")
            size = path.stat().st_size
        except (OSError, ValueError):
            return None
        if not hmac.compare_digest(mac, self._mac(artifact, digest, size)):
            return None
        with suppress(OSError):  # only tells pruning what was used last
            os.utime(path)
        return CompiledModule(path, digest)

    def open_scratch(self) -> tuple[int, Path]:
        """A new private file for the compiler to write to; `adopt` or delete it."""
        self._prepare()
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".compiling-")
        return descriptor, Path(name)

    def adopt(self, artifact: str, scratch: Path) -> CompiledModule:
        """Move a finished file into place, seal first, so that no reader ever sees one without the other."""
        data = scratch.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(artifact)
        _write_private(path.with_suffix(".seal"), f"{digest} {self._mac(artifact, digest, len(data))}".encode())
        scratch.replace(path)
        self._prune(keep=path)
        return CompiledModule(path, digest)

    def discard(self, artifact: str) -> None:
        for path in (self._path(artifact), self._path(artifact).with_suffix(".seal")):
            with suppress(OSError):
                path.unlink()

    def _path(self, artifact: str) -> Path:
        return self._folder / f"{artifact}.cwasm"

    def _mac(self, artifact: str, digest: str, size: int) -> str:
        self._prepare()
        return hmac.new(self._key, f"{artifact}\n{digest}\n{size}".encode(), "sha256").hexdigest()

    def _prepare(self) -> None:
        if self._key:
            return
        make_private(self._folder)
        info = self._folder.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.geteuid():
            raise SandboxError(
                ErrorKind.INTEGRITY,
                f"{self._folder} is not a folder of this user; remove it, it is only a cache",
            )
        if stat.S_IMODE(info.st_mode) & 0o077:
            self._folder.chmod(0o700)
        self._key = self._load_key()

    def _load_key(self) -> bytes:
        path = self._folder / "key"
        if not path.exists():
            _write_private(path, secrets.token_bytes(_KEY_BYTES), exclusive=True)
        key = path.read_bytes()
        if len(key) == _KEY_BYTES:
            return key
        path.unlink()
        return self._load_key()

    def _prune(self, keep: Path) -> None:
        """Delete what was used longest ago until the rest fits, and what killed programs left half-done."""
        for path in self._folder.glob(".*-*"):
            with suppress(OSError):  # another process prunes as well
                if path.stat().st_mtime < time.time() - _LEFTOVER_SECS:
                    path.unlink()
        entries = []
        for path in self._folder.glob("*.cwasm"):
            with suppress(FileNotFoundError):
                info = path.stat()
                entries.append((info.st_mtime, info.st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self._max_bytes:
                return
            if path != keep:
                self.discard(path.stem)
                total -= size


def _write_private(path: Path, data: bytes, *, exclusive: bool = False) -> None:
    """Write a whole 0600 file atomically; `exclusive` keeps a file that another process wrote first."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        if exclusive:
            with suppress(FileExistsError):
                os.link(name, path)
        else:
            Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
