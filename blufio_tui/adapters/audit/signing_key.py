"""The Ed25519 key that signs checkpoints and proofs of the audit log, made at its first use.

The private half lies in the system's keyring. Where there is none that keeps it, it lies in the file beside the key
of the chain, under the same checks. The file says in either case what the public half is, so that the key that is
asked for cannot be exchanged unnoticed.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui.adapters.audit.key import publish, reported
from blufio_tui.adapters.storage.private_file import locked
from blufio_tui.adapters.storage.vault import Namespace, Vault, read_private, reason
from blufio_tui.core.errors import ConfigError, StorageError, UsageError
from blufio_tui.core.text import strict_json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PREFIX = "ed25519:"
KEY_LINE = re.compile(rf"{PREFIX}[A-Za-z0-9+/]{{43}}=")
_KEY_BYTES = 32
_MAX_FILE_BYTES = 4096


class PublicKey:
    """What is handed to those who check. `key_id` is the hex SHA-256 of its 32 bytes."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.key_id = hashlib.sha256(raw).hexdigest()

    @property
    def line(self) -> str:
        """As it is printed and given to `--key`: `ed25519:` and base64."""
        return PREFIX + base64.b64encode(self.raw).decode()

    def verify(self, signature: bytes, message: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """
    Args:
        path: says which key it is, and holds the private half where no keyring does.

    Raises:
        StorageError: from every method, when the key cannot be read or made.
    """

    def __init__(self, path: Path, vault: Vault | None = None) -> None:
        self.path = path
        self._vault = vault or Vault(Namespace.AUDIT)
        self._private: Ed25519PrivateKey | None = None

    def exists(self) -> bool:
        return self.path.exists()

    def public(self) -> PublicKey:
        """Made at its first use."""
        if not self.path.exists():
            self.make()
        return PublicKey(_bytes(self._stored()["public"], self.path))

    def sign(self, message: bytes) -> bytes:
        if self._private is None:
            self._private = self._load()
        return self._private.sign(message)

    def make(self, *, replace: bool = False) -> None:
        """Make a key if there is none; `replace` makes another one in any case."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        with reported(self.path), locked(self.path):
            if self.path.exists() and not replace:
                return  # another program was quicker
            key = Ed25519PrivateKey.generate()
            public = PublicKey(key.public_key().public_bytes_raw())
            private = base64.b64encode(key.private_bytes_raw()).decode()
            stored = {"public": public.line, "in": "keyring"}
            if self._vault.put(public.key_id, private):  # why it could not be kept
                stored = {"public": public.line, "private": private}
            publish(self.path, json.dumps(stored).encode() + b"\n")
            self._private = key

    def _load(self) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        public = self.public()
        stored = self._stored()
        written = stored.get("private") or self._from_keyring(public.key_id)
        try:
            key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(written, validate=True))
        except (ValueError, binascii.Error):
            raise StorageError(f"the key that signs the audit log ({self.path}) is damaged") from None
        if key.public_key().public_bytes_raw() != public.raw:
            raise StorageError(f"the key that signs the audit log is not the one named in {self.path}")
        return key

    def _from_keyring(self, name: str) -> str:
        try:
            written = self._vault.get(name)
        except Exception as error:  # noqa: BLE001 - backends raise what they like
            raise StorageError(
                f"the system's keyring, which holds the audit log's signing key: {reason(error)}"
            ) from None
        if not written:
            raise StorageError(
                "the system's keyring no longer holds the audit log's signing key; restore it, "
                "or create a new one: blufio-tui audit key --replace"
            )
        return written

    def _stored(self) -> dict[str, str]:
        try:
            content = read_private(self.path, _MAX_FILE_BYTES)
            stored = strict_json.parsed(content or b"")
        except ConfigError as error:
            raise StorageError(str(error)) from None
        except ValueError:
            stored = None
        if not isinstance(stored, dict) or not isinstance(stored.get("public"), str):
            raise StorageError(
                f"{self.path} is damaged; restore a copy, or create a new key: blufio-tui audit key --replace"
            )
        return {name: value for name, value in stored.items() if isinstance(value, str)}


def read_public_key(written: str, read: Callable[[Path], bytes] = Path.read_bytes) -> PublicKey:
    """The key that a person names: the line that `audit key` prints, or a file with it or with a PEM of it.

    Raises:
        UsageError: it is neither.
    """
    text = written.strip()
    if not text.startswith(PREFIX):
        try:
            text = read(Path(written)).decode("ascii", "replace").strip()
        except OSError as error:
            raise UsageError(
                f"--key {written}: {error.strerror}; give the line that `audit key` prints, or a file with it"
            ) from None
    if text.startswith("-----BEGIN PUBLIC KEY-----"):
        return _from_pem(text, written)
    try:
        return PublicKey(_bytes(text, Path(written)))
    except StorageError:
        raise UsageError(f"--key {written}: not a public key; one looks like {PREFIX} and 44 characters") from None


def _from_pem(text: str, written: str) -> PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(text.encode())
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"--key {written}: not an Ed25519 key in PEM")
    return PublicKey(key.public_bytes_raw())


def _bytes(line: str, path: Path) -> bytes:
    try:
        raw = base64.b64decode(line.removeprefix(PREFIX), validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if len(raw) != _KEY_BYTES or not line.startswith(PREFIX):
        raise StorageError(f"{path} names no public key")
    return raw
