"""A checkpoint: what the log was at one moment, signed so that anybody with the public key can check it."""

from dataclasses import dataclass

from blufio_tui.core.audit.dsse import Sign, Unproved, Verify, hex_bytes, opened, signed, statement
from blufio_tui.core.audit.merkle import HASH_BYTES
from blufio_tui.core.text.json_types import JsonObject

PREDICATE_TYPE = "urn:blufio-tui:audit-checkpoint:1"
EVERY_ROWS = 1000
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
