"""The quick look at rows of the audit log: only whether all of them are as they were written.

It encodes a row faster than `chain.encode_column` does column by column, and gives up at whatever this program never
writes. What is wrong with a row is for `ChainCheck.feed` to say.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from blufio_tui.core.audit.chain import CHAINED_COLUMNS, CLOCK_STEP, Column, Head, Piece, hash_pads, pack_prefix
from blufio_tui.core.audit.rows import RowType

_sha256 = hashlib.sha256
_HASH = len(CHAINED_COLUMNS)
"""Where a row has its hash, behind its columns."""
_LEAST, _MOST = -(2**63), 2**63 - 1

ODD = (TypeError, AttributeError, UnicodeError)
"""What encoding a row raises that holds something else than whole numbers and text where this program writes them."""


def sound_piece(key: bytes, head: Head | None, before: Head, rows: Iterable[Sequence[Column]]) -> Piece | None:
    """Check rows without the ones before them, so that several processes can each take a part of a long log.

    Args:
        head: the head record.
        rows: each with its hash behind its columns.

    Returns:
        None if there is anything to be told about them, and where there are none: `ChainCheck.feed` says what.
    """
    encode = row_encoder()
    inner, outer = hash_pads(key)
    seq, row_hash = before.seq, before.row_hash
    named_seq, named_hash = (head.seq, head.row_hash) if head is not None else (-1, b"")
    earliest, latest, row_type_of_break = _MOST, _LEAST, str(RowType.BREAK)
    for row in rows:
        seq += 1
        try:
            message = encode(row)
        except ODD:
            return None
        row_hash = _sha256(outer + _sha256(inner + row_hash + message).digest()).digest()  # as `keyed_hash`
        stamp = row[1]
        assert isinstance(stamp, int), "it was encoded"
        if row[0] != seq or row[_HASH] != row_hash or row[2] == row_type_of_break:
            return None
        if seq == named_seq and row_hash != named_hash:
            return None
        if stamp > latest:
            latest = stamp
        elif stamp < latest - CLOCK_STEP:
            return None
        if stamp < earliest:
            earliest = stamp
    return Piece(before, Head(seq, row_hash), earliest, latest) if seq != before.seq else None


class _Prefixes(dict[int, bytes]):
    """What comes before a value of a kind, by the length of the value."""

    def __init__(self, tag: bytes) -> None:
        self._tag = tag

    def __missing__(self, length: int) -> bytes:
        prefix = self[length] = pack_prefix(self._tag, length)
        return prefix


class _Texts(dict[tuple[str, ...], bytes]):
    """Neighbouring columns of text, most of which hold one of few words, as they are encoded together."""

    def __missing__(self, texts: tuple[str, ...]) -> bytes:
        # str.encode takes nothing but text: a blob or a number that looks alike is no key of this table.
        encoded = self[texts] = b"".join([pack_prefix(b"s", len(data)) + data for data in map(str.encode, texts)])
        return encoded


def row_encoder() -> Callable[[Sequence[Any]], bytes]:
    """What encodes row after row as `chain.encode_column` does their columns, and raises one of `ODD` for others than
    ours."""
    known, number_of, text_of = _Texts(), _Prefixes(b"i"), _Prefixes(b"s")

    def encode(row: Sequence[Any]) -> bytes:
        (
            seq, stamp, row_type, kind, resource, actor, version, actor_hash, session, turn, call, host_call,
            decision, decider, rule, outcome, about, body, size, duration, detail, _,
        ) = row  # fmt: skip
        seq | stamp | about | size | duration  # takes nothing but whole numbers, of which 1.0 is none
        seq, stamp, about, size, duration = f"{seq} {stamp} {about} {size} {duration}".encode().split()
        resource, call, host_call = resource.encode(), call.encode(), host_call.encode()
        body, detail = body.encode(), detail.encode()
        return b"".join(
            (
                number_of[len(seq)], seq, number_of[len(stamp)], stamp, known[row_type, kind],
                text_of[len(resource)], resource, known[actor, version, actor_hash, session, turn],
                text_of[len(call)], call, text_of[len(host_call)], host_call, known[decision, decider, rule, outcome],
                number_of[len(about)], about, text_of[len(body)], body,
                number_of[len(size)], size, number_of[len(duration)], duration, text_of[len(detail)], detail,
            )
        )  # fmt: skip

    return encode
