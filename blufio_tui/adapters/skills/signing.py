"""Signing skills and checking signatures: Ed25519 over the canonical list of files.

The public key travels in the signature file. That proves nothing by itself: what counts is that a
skill's next version is signed by the key that signed the one before.
"""

import base64
import binascii
import hashlib
import json
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui.adapters.private_folder import make_private
from blufio_tui.adapters.skills.folder import read_limited, scan
from blufio_tui.core.errors import SkillError
from blufio_tui.core.skills.files import SIGNATURE_FILE, FileEntry, canonical_list
from blufio_tui.core.text import strict_json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FORMAT = "blufio skill signature 1"
KEY_NAME = "skill-signing.pem"
_MAX_SIGNATURE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that fits the files. `publisher` is the hex SHA-256 of the raw public key."""

    publisher: str
    public_key: str


def make_key(path: Path) -> str:
    """Write a new private key, mode 0600; the publisher's fingerprint.

    Raises:
        SkillError: there is a file already, or it cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        make_private(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise SkillError(
            f"{path} already exists; a publisher's key is never overwritten: pass --key for another one"
        ) from None
    except OSError as error:
        raise SkillError(f"{path} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(pem)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        path.unlink()
        raise SkillError(f"{path} cannot be written: {error.strerror}; no part of the key was left behind") from None
    return fingerprint(_raw_public(key))


def sign(folder: Path, key_file: Path) -> Signature:
    """Sign the files of a skill as they are now; writes `skill.sig` into the folder.

    Raises:
        SkillError: the key or the folder cannot be used.
    """
    key = _read_key(key_file)
    public = _raw_public(key)
    body = {
        "format": FORMAT,
        "public_key": base64.b64encode(public).decode(),
        "signature": base64.b64encode(key.sign(_message(scan(folder)))).decode(),
    }
    (folder / SIGNATURE_FILE).write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    return Signature(fingerprint(public), body["public_key"])


def check_signature(folder: Path, files: Iterable[FileEntry]) -> Signature | None:
    """The signature of the files, None if there is none.

    Raises:
        SkillError: there is one and it does not fit.
    """
    files = tuple(files)
    if not any(entry.path == SIGNATURE_FILE for entry in files):
        return None
    public, signature = _parse(read_limited(folder / SIGNATURE_FILE, _MAX_SIGNATURE_BYTES))
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _message(files))
    except (InvalidSignature, ValueError):
        raise SkillError(
            f"the signature in {SIGNATURE_FILE} does not match the files: something was changed after signing; "
            "ask the publisher for an intact copy"
        ) from None
    return Signature(fingerprint(public), base64.b64encode(public).decode())


def fingerprint(public_key: bytes) -> str:
    return hashlib.sha256(public_key).hexdigest()


def short_fingerprint(publisher: str) -> str:
    """The first 16 digits in groups of four, for people: `a1b2 c3d4 …`."""
    return " ".join(publisher[start : start + 4] for start in range(0, 16, 4))


def publisher_problem(name: str, known: str, offered: str) -> str:
    """Why an update may not be installed over a skill by publisher `known`, or ""; "" stands for unsigned."""
    if known == offered or not known:
        return ""
    way_out = (
        f"If you trust it anyway, remove the installed skill first: blufio-tui skill remove {name} "
        "(its grants go with it)."
    )
    if not offered:
        return (
            f'"{name}" is signed by {short_fingerprint(known)}, but this version is not signed. '
            f"A skill that loses its signature may not come from its publisher. {way_out}"
        )
    return (
        f'"{name}" was signed by {short_fingerprint(known)}, but this version is signed by '
        f"{short_fingerprint(offered)}: another publisher. {way_out}"
    )


def _message(files: Iterable[FileEntry]) -> bytes:
    return FORMAT.encode() + b"\n" + canonical_list(files)


def _parse(data: bytes) -> tuple[bytes, bytes]:
    """(public key, signature) of a signature file."""
    try:
        body = strict_json.parsed(data)
        if body["format"] != FORMAT:
            raise ValueError("another format")
        public = base64.b64decode(body["public_key"], validate=True)
        return public, base64.b64decode(body["signature"], validate=True)
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise SkillError(f"{SIGNATURE_FILE} is not a signature that this version understands") from None


def _read_key(path: Path) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not path.is_file():
        raise SkillError(f"there is no signing key at {path}; create one: blufio-tui skill keygen")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise SkillError(f"{path} can be read by others (mode {mode:03o}); make it private: chmod 600 {path}")
    try:
        key = load_pem_private_key(read_limited(path, _MAX_SIGNATURE_BYTES), password=None)
    except (ValueError, TypeError):
        raise SkillError(f"{path} is not an unencrypted private key in PEM") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SkillError(f"{path} is not an Ed25519 key")
    return key


def _raw_public(key: "Ed25519PrivateKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
