"""The quick encoding of a row is that of the chain, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.audit.chain import CHAINED_COLUMNS, EMPTY, Column, Head, chain_hash, encode_column
from blufio_tui.core.audit.sound import ODD, row_encoder, sound_piece

_NUMBERS = {"seq", "ts_us", "about_seq", "body_bytes", "duration_us"}
_INTEGERS = st.integers(-(2**63), 2**63 - 1)
_NUMBER = st.sampled_from([0, 1, -1, 9, 10]) | _INTEGERS
_TEXT = st.sampled_from(["", "1", "0", "ok", "\0", "é"]) | st.text(st.characters(exclude_categories=["Cs"]))
_ANY = _NUMBER | st.text() | st.sampled_from([1.0, 0.0, b"1", b"", None, "\ud800"]) | st.floats() | st.binary()
_OURS = st.tuples(*(_NUMBER if name in _NUMBERS else _TEXT for name in CHAINED_COLUMNS))
_OTHERS = st.tuples(*(_ANY,) * len(CHAINED_COLUMNS))


@st.composite
def _one_column_changed(draw: st.DrawFn) -> tuple[Column, ...]:
    columns: list[Column] = list(draw(_OURS))
    columns[draw(st.integers(0, len(columns) - 1))] = draw(_ANY)
    return tuple(columns)


def _canonical(columns: tuple[Column, ...]) -> bytes:
    return b"".join(map(encode_column, columns))


@given(st.lists(_OURS, min_size=1, max_size=5))
def test_rows_of_ours_are_encoded_as_the_chain_does(rows: list[tuple[Column, ...]]) -> None:
    encode = row_encoder()
    for columns in rows * 2:
        assert encode((*columns, b"")) == _canonical(columns)


@given(st.lists(_OURS | _OTHERS | _one_column_changed(), max_size=5))
def test_others_too_or_not_at_all(rows: list[tuple[Column, ...]]) -> None:
    encode = row_encoder()
    for columns in rows:
        try:
            encoded = encode((*columns, b""))
        except ODD:
            continue
        assert encoded == _canonical(columns)


@pytest.mark.parametrize("number", range(1, len(CHAINED_COLUMNS)))
def test_a_value_of_another_type_that_looks_alike_is_odd(number: int) -> None:
    columns: list[Column] = [1 if name in _NUMBERS else "1" for name in CHAINED_COLUMNS]
    encode = row_encoder()
    encode((*columns, b""))
    for value in ("1", 1.0, b"1", None) if columns[number] == 1 else (1, 1.0, b"1", None, "\ud800"):
        columns[number] = value
        with pytest.raises(ODD):
            encode((*columns, b""))


HOUR = 3600 * 1_000_000


@pytest.mark.parametrize(
    ("stamps", "between"),
    [
        ([5], (5, 5)),
        ([5, 7, 6], (5, 7)),
        ([5, 4], (4, 5)),
        ([HOUR, 0], (0, HOUR)),
        ([HOUR + 1, 0], None),
        ([0, HOUR + 1, 0], None),
        ([-5, -7], (-7, -5)),
        ([], None),
    ],
)
def test_times_are_within_an_hour_of_the_latest_before(stamps: list[int], between: tuple[int, int] | None) -> None:
    key, head, rows = b"k" * 32, EMPTY, list[tuple[Column, ...]]()
    for stamp in stamps:
        columns: tuple[Column, ...] = (head.seq + 1, stamp, "mode", *("",) * 13, 0, "", 0, 0, "")
        head = Head(head.seq + 1, chain_hash(key, head.row_hash, columns))
        rows.append((*columns, head.row_hash))
    piece = sound_piece(key, None, EMPTY, rows)
    assert (None if piece is None else (piece.earliest, piece.latest)) == between
