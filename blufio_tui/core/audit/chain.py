"""The arithmetic of the audit log: how rows are bound together, and how tampering shows.

Each row carries an HMAC over the one before it and over all its own columns. Columns go in with their type
and length, so that no two rows read the same. A head record outside the database says how far the log had
come and what its newest checkpoint was, so that a cut-off end shows too.
"""

import hashlib
import hmac
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from blufio_tui.core.audit.rows import AuditEntry, RowType, Verification

KEY_BYTES = 32
GENESIS = hashlib.sha256(b"blufio-tui audit log, version 1").digest()
MAX_TEXT = 64 * 1024

Column = int | str | bytes | float | None

ENTRY_COLUMNS = (
    *("row_type", "kind", "resource", "actor", "actor_version", "actor_hash", "session_id", "turn_id", "call_id"),
    *("host_call_id", "decision", "decided_by", "rule", "outcome", "about_seq", "body_sha256", "body_bytes"),
    *("duration_us", "detail"),
)
CHAINED_COLUMNS = ("seq", "ts_us", *ENTRY_COLUMNS)

_fields_of = attrgetter(*(name if name != "duration_us" else "duration_ms" for name in ENTRY_COLUMNS))
_DURATION = ENTRY_COLUMNS.index("duration_us")
_sha256 = hashlib.sha256
_BLOCK_BYTES = 64
"""Of SHA-256."""
_ROW_TYPES = {str(row_type): row_type for row_type in RowType}
_RULE = CHAINED_COLUMNS.index("rule")
pack_prefix = struct.Struct(">cQ").pack
_EMPTY_TEXT = pack_prefix(b"s", 0)
_HEAD_MAGIC = "blufio-audit-head-2"
_EARLIER_MAGIC = "blufio-audit-head-1"
"""Of head records that did not name a checkpoint."""
HEAD_BYTES = len(f"{_HEAD_MAGIC} {0:020d} {'0' * 64} {0:020d} {'0' * 64} {'0' * 64}\n")


@dataclass(frozen=True, slots=True)
class CheckpointMark:
    """The newest checkpoint that a head record knows of: its number, from 1, and its seal."""

    number: int
    seal: bytes


NO_CHECKPOINT = CheckpointMark(0, bytes(32))


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log extends: its last row and that row's hash; in a head record also the newest checkpoint."""

    seq: int
    row_hash: bytes
    checkpoint: CheckpointMark = NO_CHECKPOINT

    def is_at(self, other: "Head | None") -> bool:
        """Whether both name the same row, whatever they know of checkpoints."""
        return other is not None and (self.seq, self.row_hash) == (other.seq, other.row_hash)


EMPTY = Head(0, GENESIS)


def columns_of(entry: AuditEntry) -> tuple[Column, ...]:
    """The entry in the order of ENTRY_COLUMNS, as it is stored."""
    values = list(_fields_of(entry))
    values[_DURATION] = round(values[_DURATION] * 1000)
    return tuple([_storable(value) if value else value for value in values])


_NUMBERS = frozenset({"about_seq", "body_bytes", "duration_us"})


def entry_of(columns: Sequence[Column]) -> AuditEntry:
    """The entry of stored columns. One that holds what this program never writes there counts as empty."""
    values = dict(zip(ENTRY_COLUMNS, columns, strict=True))
    text = {name: value for name, value in values.items() if isinstance(value, str) and name not in _NUMBERS}
    row_type = text.pop("row_type", "")
    return AuditEntry(
        row_type=_ROW_TYPES.get(row_type, RowType.BREAK),
        about_seq=_number(values["about_seq"]),
        body_bytes=_number(values["body_bytes"]),
        duration_ms=_number(values["duration_us"]) / 1000,
        **{"kind": "", "resource": "", **text},
    )


def chain_hash(key: bytes, previous: bytes, columns: Sequence[Column]) -> bytes:
    """The hash of a row from its columns in the order of CHAINED_COLUMNS."""
    return row_hash_of(key, previous, [encode_column(value) for value in columns])


def row_hash_of(key: bytes, previous: bytes, encoded: Iterable[bytes]) -> bytes:
    """As `chain_hash`, from columns that are encoded already."""
    return keyed_hash(key, previous + b"".join(encoded))


def keyed_hash(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104), in half the time that `hmac.digest` takes for so short a message."""
    inner, outer = hash_pads(key)
    return _sha256(outer + _sha256(inner + message).digest()).digest()


@lru_cache(maxsize=4)
def hash_pads(key: bytes) -> tuple[bytes, bytes]:
    """What the inner and the outer hash begin with."""
    block = (key if len(key) <= _BLOCK_BYTES else _sha256(key).digest()).ljust(_BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def write_head(key: bytes, head: Head) -> bytes:
    """Always HEAD_BYTES long, so that writing it over the last one is a single small write."""
    mark = head.checkpoint
    text = f"{_HEAD_MAGIC} {head.seq:020d} {head.row_hash.hex()} {mark.number:020d} {mark.seal.hex()}"
    seal = keyed_hash(key, text.encode()).hex()
    return f"{text} {seal}\n".encode()


@lru_cache(maxsize=4)
def read_head(key: bytes, record: bytes) -> Head | None:
    """None if the record is not one that `write_head` made with this key."""
    text, _, seal = record.decode("ascii", "replace").rstrip("\n").rpartition(" ")
    expected = keyed_hash(key, text.encode()).hex()
    if not hmac.compare_digest(expected.encode(), seal.encode()):
        return None
    match text.split(" "):
        case [magic, seq, row_hash, number, checkpoint] if magic == _HEAD_MAGIC:
            return Head(int(seq), bytes.fromhex(row_hash), CheckpointMark(int(number), bytes.fromhex(checkpoint)))
        case [magic, seq, row_hash] if magic == _EARLIER_MAGIC:
            return Head(int(seq), bytes.fromhex(row_hash))
    return None


CLOCK_STEP = 3600 * 1_000_000
"""Microseconds that a clock may be set back by before it is pointed out."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows that follow on each other as they were written, provided that the one before them is as it was written.

    Attributes:
        before, last: the row that they follow, and the last of them.
        earliest, latest: of their times, in microseconds.
    """

    before: Head
    last: Head
    earliest: int
    latest: int


class EncodedColumns(dict[Column, bytes]):
    """What `encode_column` gives, for many rows in a row: most columns hold one of few words.

    Only text is kept, because 1 and 1.0 are the same key.
    """

    def __missing__(self, value: Column) -> bytes:
        encoded = encode_column(value)
        if isinstance(value, str):
            self[value] = encoded
        return encoded


_MAX_NOTES = 20
CLOCK_WENT_BACK = "the clock went back"


class ChainCheck:
    """Takes the rows of a log in rising `seq` and says where it stops being what was written.

    Args:
        head: the head record as it was read before the first row; None if it is missing or forged.
        after: the row that the first one follows.

    Attributes:
        rows: how many were fed.
        bad: where the log stopped being what was written; None as long as it has not.
    """

    def __init__(self, key: bytes, head: Head | None, after: Head = EMPTY) -> None:
        self._key = key
        self._head = head
        self._last = after
        self._latest = 0
        self._set_back: list[str] = []
        self.rows = 0
        self.bad: Verification | None = None

    def take(self, piece: Piece) -> bool:
        """Go on behind rows that were checked apart; False if they do not follow on the last row, or their times
        are to be told about: then each of them has to be fed."""
        if piece.before != self._last or piece.earliest < self._latest - CLOCK_STEP:
            return False
        self.rows += piece.last.seq - piece.before.seq
        self._last = piece.last
        self._latest = max(self._latest, piece.latest)
        return True

    def feed(self, columns: Sequence[Column], row_hash: Column) -> Verification | None:
        """One row, columns in the order of CHAINED_COLUMNS. A result means that checking can stop."""
        seq = _number(columns[0])
        self.rows += 1
        expected = self._last.seq + 1
        if seq > expected:
            return self._bad(expected, f"{_rows_words(expected, seq - 1)} missing: removed from the middle of the log")
        if seq < expected:
            return self._bad(seq, f"row {seq} was inserted before the first row")
        if row_hash != chain_hash(self._key, self._last.row_hash, columns) or not isinstance(row_hash, bytes):
            return self._bad(seq, f"row {seq} is not what was written: changed, moved or inserted")
        if self._head is not None and seq == self._head.seq and row_hash != self._head.row_hash:
            return self._bad(
                seq, f"row {seq} is not the one that the head record names: the log was replaced by another"
            )
        self._last = Head(seq, row_hash)
        self._look_at_time(seq, columns[1])
        if columns[2] == RowType.BREAK:
            return self._bad(seq, f"rows had been cut off before row {seq} was written: {columns[_RULE]!s}")
        return None

    def _look_at_time(self, seq: int, stamp: Column) -> None:
        """Clocks are set, by minutes; one that goes back further puts rows where nobody looks for them."""
        now = stamp if isinstance(stamp, int) else 0
        if now < self._latest - CLOCK_STEP and len(self._set_back) < _MAX_NOTES:
            back = (self._latest - now) / 86_400_000_000
            self._set_back.append(f"at row {seq} {CLOCK_WENT_BACK} by {back:.1f} days")
            self._latest = now
        self._latest = max(self._latest, now)

    @property
    def seq(self) -> int:
        """The last row that was as written."""
        return self._last.seq

    def finish(self, there: int | None = None) -> Verification:
        """The result after the last row.

        Args:
            there: how many rows the table holds besides those written since, where that was counted.
        """
        last, head = self._last, self._head
        if there is not None and there != self.rows:
            return self._bad(last.seq + 1, f"the table holds {there - self.rows} rows that are outside the chain")
        if head is None:
            return self._bad(last.seq + 1, "the head record is missing or forged, so rows may be cut off the end")
        if head.seq > last.seq:
            return self._bad(last.seq + 1, f"{_rows_words(last.seq + 1, head.seq)} missing: cut off the end of the log")
        return Verification(ok=True, rows=self.rows, notes=tuple(self._set_back))

    def _bad(self, seq: int, reason: str) -> Verification:
        self.bad = Verification(ok=False, rows=self.rows, first_bad_seq=seq, reason=reason)
        return self.bad


def _rows_words(first: int, last: int) -> str:
    return f"row {first} is" if first == last else f"rows {first} to {last} are"


def _storable(value: str | int) -> Column:
    """Text that SQLite can hold and search: no lone surrogates, no NUL (behind which it would not look), and
    nothing so long that it would drown the log."""
    if isinstance(value, int):
        return value
    if type(value) is str and len(value) <= MAX_TEXT and value.isascii() and "\0" not in value:
        return value
    text = str(value).replace("\0", "\\0")
    if len(text) > MAX_TEXT:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        text = f"{text[:MAX_TEXT]}… [{len(text) - MAX_TEXT} more characters, sha256 of all {digest}]"
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def encode_column(value: Column) -> bytes:
    """A value with its type and length, so that no two rows read the same.

    Twenty times a row, and a log may have a million: the kinds in the order of how often they occur.
    """
    if value == "":
        return _EMPTY_TEXT
    if isinstance(value, str):
        tag, data = b"s", value.encode("utf-8", "surrogatepass")
    elif isinstance(value, int):
        tag, data = b"i", b"%d" % value
    elif isinstance(value, bytes):
        tag, data = b"b", value
    elif value is None:
        tag, data = b"n", b""
    else:
        tag, data = b"f", repr(value).encode()
    return pack_prefix(tag, len(data)) + data


def _number(value: Column) -> int:
    return value if isinstance(value, int) else 0
