"""What of a row goes into the Merkle tree: one salted hash for each field.

Whoever has the salt and the value of a field can check its hash. Without the salt nobody can try values, so a
field can be left out of a proof, and it shows that exactly this field is left out.
"""

import hashlib
import hmac
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from blufio_tui.core.audit.chain import CHAINED_COLUMNS, Column, encode_column
from blufio_tui.core.audit.merkle import HASH_BYTES, leaf_hash

FIELDS = (*CHAINED_COLUMNS, "row_hash")
"""Each field of a leaf, in order. `row_hash` is the row's hash in the keyed chain, as hex."""
SALT_BYTES = 16

_sha256 = hashlib.sha256
_NAMES = tuple(name.encode() + b"\0" for name in FIELDS)
"""The name of each field as it is hashed."""
_split_salts = struct.Struct(f"{SALT_BYTES}s" * len(FIELDS)).unpack


@dataclass(frozen=True, slots=True)
class Shown:
    """A field with its value."""

    value: str | int
    salt: bytes


@dataclass(frozen=True, slots=True)
class Hidden:
    """A field of which only the salted hash is given."""

    hash: bytes


Field = Shown | Hidden


def salt_key(key: bytes) -> bytes:
    """The secret that salts are made from, out of the key of the chain."""
    return hmac.digest(key, b"blufio-tui audit salts, version 1", "sha256")


def salts(secret: bytes, seq: int) -> tuple[bytes, ...]:
    """A salt for each of FIELDS. `secret` is what `salt_key` gave."""
    return _split_salts(hashlib.shake_256(secret + seq.to_bytes(8, "big")).digest(SALT_BYTES * len(FIELDS)))


def leaf_of(secret: bytes, seq: int, encoded: Sequence[bytes], row_hash: bytes) -> bytes:
    """The hash of a row's leaf; `encoded` is each of CHAINED_COLUMNS as `encode_column` gives it."""
    fields = zip(salts(secret, seq), _NAMES, (*encoded, encode_column(row_hash.hex())), strict=True)
    return leaf_hash(b"".join([_sha256(b"\2" + salt + name + value).digest() for salt, name, value in fields]))


def shown_fields(secret: bytes, columns: Sequence[Column], row_hash: bytes, hidden: Sequence[str]) -> dict[str, Field]:
    """The fields of a row for a proof.

    Raises:
        ValueError: a column holds what this program never writes.
    """
    values: tuple[Column, ...] = (*columns, row_hash.hex())
    seq = values[0]
    if not isinstance(seq, int):
        raise ValueError(f"a row has the number {seq!r}")
    fields: dict[str, Field] = {}
    for name, salt, value in zip(FIELDS, salts(secret, seq), values, strict=True):
        if not isinstance(value, str | int):
            raise ValueError(f"row {seq} holds no text and no number in {name}")
        shown = Shown(value, salt)
        fields[name] = Hidden(field_hash(name, shown)) if name in hidden else shown
    return fields


def leaf_of_fields(fields: Mapping[str, Field]) -> bytes:
    """The hash of the leaf that the fields make.

    Raises:
        ValueError: a field is missing or is none of a row.
    """
    if set(fields) != set(FIELDS):
        odd = sorted(set(fields) ^ set(FIELDS))
        raise ValueError(f"fields are missing or unknown: {', '.join(odd)}")
    hashes = [one.hash if isinstance(one, Hidden) else field_hash(name, one) for name, one in _in_order(fields)]
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ValueError("a field's hash has the wrong length")
    return leaf_hash(b"".join(hashes))


def _in_order(fields: Mapping[str, Field]) -> list[tuple[str, Field]]:
    return [(name, fields[name]) for name in FIELDS]


def field_hash(name: str, field: Shown) -> bytes:
    """
    Raises:
        ValueError: the salt is none.
    """
    if len(field.salt) != SALT_BYTES:
        raise ValueError(f"the salt of {name} has the wrong length")
    return _sha256(b"\2" + field.salt + name.encode() + b"\0" + encode_column(field.value)).digest()
