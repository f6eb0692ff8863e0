"""The full lists of what commands did: compressed files, each under the SHA-256 that its row in the log carries."""

import hashlib
import os
import re
import secrets
import zlib
from pathlib import Path

from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.adapters.private_folder import make_private
from blufio_tui.core.errors import NotThere, StorageError

MAX_LISTING = 256 * 1024 * 1024
"""Bytes of a list once it is unpacked; a longer one is not opened."""
_MAX_PACKED = 256 * 1024 * 1024

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Listings:
    """Blocking; call on a thread.

    Args:
        folder: made when the first list is stored.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def store(self, listing: bytes) -> None:
        """Raises:
        OSError: there is no room; the digest in the log stands by itself.
        """
        target = self._file(hashlib.sha256(listing).hexdigest())
        make_private(self._folder)
        if target.exists():
            return
        temporary = self._folder / f".{secrets.token_hex(8)}"
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(zlib.compress(listing, 6))
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def load(self, digest: str) -> bytes:
        """
        Args:
            digest: hex SHA-256 of the list, from the log.

        Raises:
            NotThere: it was never stored, or is not there any more.
            StorageError: it is not what was stored.
        """
        if not _DIGEST.fullmatch(digest):
            raise StorageError("the row in the log has no digest of a list of effects")
        try:
            packed = read_regular(self._file(digest), _MAX_PACKED)
        except FileNotFoundError:
            raise NotThere("the list of effects is no longer stored; its digest is still in the log") from None
        except OSError as error:
            raise StorageError(f"the list of effects cannot be read: {error.strerror or error}") from error
        listing = _unpack(packed)
        if hashlib.sha256(listing).hexdigest() != digest:
            raise StorageError("the list of effects is not the one that the log names: it was changed")
        return listing

    def _file(self, digest: str) -> Path:
        return self._folder / f"{digest}.jsonl.z"


def _unpack(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        listing = unpacking.decompress(packed, MAX_LISTING)
    except zlib.error as error:
        raise StorageError(f"the list of effects is damaged: {error}") from error
    if unpacking.unconsumed_tail:
        raise StorageError(f"the list of effects is longer than {MAX_LISTING >> 20} MiB")
    return listing
