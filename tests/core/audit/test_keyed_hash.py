"""The keyed hash of the chain is the HMAC of the standard."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.audit.chain import EMPTY, Column, Head, chain_hash, encode_column, keyed_hash
from blufio_tui.core.audit.sound import sound_piece


@given(st.binary(max_size=200), st.binary(max_size=5000))
def test_it_is_what_the_standard_library_gives(key: bytes, message: bytes) -> None:
    assert keyed_hash(key, message) == hmac.digest(key, message, "sha256")


def test_the_longest_key_that_is_not_hashed_itself_and_the_next_one() -> None:
    for length in (0, 32, 63, 64, 65, 128):
        key = bytes(range(length))
        assert keyed_hash(key, b"row") == hmac.digest(key, b"row", "sha256")


def test_published_values_come_out() -> None:
    """RFC 4231, cases 1, 2 and 6."""
    cases = (
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    )
    for key, message, expected in cases:
        assert keyed_hash(key, message).hex() == expected


def test_a_piece_of_the_log_is_checked_with_the_same_hash() -> None:
    key, head = b"k" * 32, EMPTY
    rows: list[tuple[Column, ...]] = []
    for seq in (1, 2, 3):
        columns: tuple[Column, ...] = (seq, seq * 1000, "mode", *("x",) * 13, 0, "", 0, 0, "")
        expected = hmac.digest(key, head.row_hash + b"".join(map(encode_column, columns)), "sha256")
        assert chain_hash(key, head.row_hash, columns) == expected
        head = Head(seq, expected)
        rows.append((*columns, expected))
    piece = sound_piece(key, head, EMPTY, rows)
    assert piece is not None and piece.last == head
    assert sound_piece(b"l" * 32, head, EMPTY, rows) is None
