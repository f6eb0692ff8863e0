"""A checkpoint: what the log was at one moment, signed so that anybody with the public key can check it."""

import hmac
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from blufio_tui.core.audit.chain import CheckpointMark, Column, encode_column
from blufio_tui.core.audit.dsse import Sign, Unproved, Verify, hex_bytes, opened, signed, statement
from blufio_tui.core.audit.merkle import HASH_BYTES
from blufio_tui.core.text.json_types import JsonObject

PREDICATE_TYPE = "urn:blufio-tui:audit-checkpoint:1"
EVERY_ROWS = 1000
KEY_REPLACED = "the key that signs the audit log was replaced"
"""The rule of the row that a person's replacing of the key leaves."""
_FIELDS = ("log", "rows", "row_hash", "time")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """
    Attributes:
        log: the hash of the log's first row in the keyed chain, hex: it tells one log from another.
        rows: how many rows the tree covers, from the first.
        root: of the Merkle tree, hex.
        row_hash: of the last of these rows in the keyed chain, hex.
        time: seconds since the epoch, rounded to whole ones.
    """

    log: str
    rows: int
    root: str
    row_hash: str
    time: int


def sign_checkpoint(checkpoint: Checkpoint, key_id: str, sign: Sign) -> JsonObject:
    predicate: JsonObject = {name: getattr(checkpoint, name) for name in _FIELDS}
    subject = f"audit log {checkpoint.log[:16]}, rows 1 to {checkpoint.rows}"
    return signed(statement(subject, checkpoint.root, PREDICATE_TYPE, predicate), key_id, sign)


def open_checkpoint(envelope: object, key_id: str, verify: Verify) -> Checkpoint:
    """
    Raises:
        Unproved: it is not a checkpoint, or this key did not sign it.
    """
    kind, root, predicate = opened(envelope, key_id, verify)
    if kind != PREDICATE_TYPE:
        raise Unproved("the signed statement is not a checkpoint of an audit log")
    if set(predicate) != set(_FIELDS):
        raise Unproved(f"the checkpoint does not hold exactly {', '.join(_FIELDS)}")
    for name in ("log", "row_hash"):
        hex_bytes(predicate[name], HASH_BYTES)
    hex_bytes(root, HASH_BYTES)
    rows, time = predicate["rows"], predicate["time"]
    if type(rows) is not int or type(time) is not int or rows < 1:
        raise Unproved("the checkpoint's numbers are damaged")
    return Checkpoint(str(predicate["log"]), rows, root, str(predicate["row_hash"]), time)


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint as the database has it.

    Attributes:
        id: from 1, without gaps.
        peaks: of the tree, as `Peaks.as_bytes` gives them.
        envelope: the signed statement as JSON.
        seal: what `seal_of` gave.
    """

    id: int
    rows: int
    peaks: bytes
    envelope: str
    seal: bytes


def seal_key(key: bytes) -> bytes:
    """The secret that stored checkpoints are sealed with, out of the key of the chain."""
    return hmac.digest(key, b"blufio-tui audit checkpoints, version 1", "sha256")


def seal_of(secret: bytes, before: bytes, stored: StoredCheckpoint) -> bytes:
    """Over the seal of the checkpoint before (b"" for the first) and all that is stored of this one but its seal."""
    columns: tuple[Column, ...] = (before, stored.id, stored.rows, stored.peaks, stored.envelope)
    return hmac.digest(secret, b"".join(map(encode_column, columns)), "sha256")


def first_unsealed(secret: bytes, stored: Iterable[StoredCheckpoint]) -> StoredCheckpoint | None:
    """The first checkpoint that is not what was stored, or does not follow on the one before it."""
    before, expected = b"", 1
    for one in stored:
        if one.id != expected or not hmac.compare_digest(one.seal, seal_of(secret, before, one)):
            return one
        before, expected = one.seal, expected + 1
    return None


def missing_newest(stored: Sequence[StoredCheckpoint], mark: CheckpointMark) -> str:
    """What is missing at the end of the stored checkpoints, in words; "" if nothing is.

    Args:
        stored: all of them, each found to follow on the one before.
        mark: the newest one that the head record knows of. It is written after the checkpoint, so it may lag behind.
    """
    last = len(stored)
    if mark.number > last:
        gone = (
            f"checkpoint {mark.number} is"
            if mark.number == last + 1
            else f"checkpoints {last + 1} to {mark.number} are"
        )
        return f"{gone} gone, which the head record names"
    if mark.number and not hmac.compare_digest(stored[mark.number - 1].seal, mark.seal):
        return f"checkpoint {mark.number} is not the one that the head record names"
    return ""


def unannounced_key(used: Sequence[tuple[int, str]], announced: Collection[str]) -> tuple[int, str] | None:
    """The first use of another signing key that no row of the log speaks of.

    Args:
        used: the rows that each checkpoint covers and the id of the key that signed it, in order; the first key was
            made with the log.
        announced: the ids of the keys that rows of the log name.
    """
    first = used[0][1] if used else ""
    return next((one for one in used if one[1] != first and one[1] not in announced), None)
