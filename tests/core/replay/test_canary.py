"""Canaries say something else and look the same."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.replay.canary import canary, longer


@pytest.mark.parametrize(
    ("data", "other"),
    [
        (b"Oslo 10:05", b"Ptmp 20:06"),
        (b"API_KEY=abc123\n# c=1\n", b"API_KEY=bcd234\n# d=2\n"),
        (b"name,city\nada,london\n", b"name,city\nbeb,mpoepo\n"),
        (b'{"city": "Oslo", "on": true, "n": [1, -2.5e3]}', b'{"city": "Ptmp", "on": true, "n": [2, -3.6e3]}'),
        (b'{"a": "x\\ny\\u00e9z"}', b'{"a": "y\\nz\\u00e9a"}'),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xfe\xff"),
        (b"", b""),
        (b"---", b"---"),
    ],
)
def test_the_shape_stays(data: bytes, other: bytes) -> None:
    assert canary(data, 1) == other


@given(st.text() | st.recursive(st.text() | st.integers() | st.booleans(), st.lists).map(json.dumps))
def test_length_and_lines_stay(text: str) -> None:
    data = text.encode()
    other = canary(data, 4)
    assert len(other) == len(data)
    assert other.count(b"\n") == data.count(b"\n")


@given(st.dictionaries(st.text(), st.text() | st.integers(-(10**9), 10**9), max_size=4))
def test_json_stays_json_with_its_keys(value: dict[str, object]) -> None:
    for data in (json.dumps(value).encode(), json.dumps(value, ensure_ascii=False).encode()):
        assert json.loads(canary(data, 1)).keys() == value.keys()
        assert json.loads(longer(data)).keys() == value.keys()


@given(st.text(alphabet=st.characters(min_codepoint=97, max_codepoint=122), min_size=1))
def test_letters_become_others_and_each_shift_differs(text: str) -> None:
    data = text.encode()
    assert len({data, canary(data, 1), canary(data, 4)}) == 3
