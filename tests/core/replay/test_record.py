"""A record goes into bytes and comes back as it was; bytes that are none are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.errors import StorageError
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, Manifest, NetworkCapability
from blufio_tui.core.replay.record import (
    Answer,
    CallRecord,
    Clocks,
    Ending,
    Exchanged,
    Guest,
    Reply,
    Request,
    Touched,
    decode,
    encode,
)
from tests.fakes.call_records import record_of

_FIELDS = st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5), max_size=3)
_TOUCHED = st.builds(Touched, *[st.text(max_size=5)] * 5, st.integers(0, 9))
_EXCHANGES = st.builds(
    Exchanged,
    st.builds(Request, st.text(max_size=5), _FIELDS, st.binary(max_size=9)),
    st.builds(Answer, st.sampled_from(Reply), _FIELDS, st.binary(max_size=9)),
    st.lists(_TOUCHED, max_size=2).map(tuple),
)
_NANOSECONDS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3).map(tuple)
_ENDINGS = st.builds(
    Ending,
    st.text(max_size=9),
    st.tuples(st.text(max_size=5), st.text(max_size=5)),
    st.integers(0, 2**63),
    st.integers(0, 2**32),
    st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=2).map(tuple),
    st.integers(0, 9),
)
_MANIFEST = Manifest(
    "x",
    "1.0.0",
    "…",
    capabilities=Capabilities(
        NetworkCapability(("example.com",), ("GET",)), FilesystemCapability(("/a",), ("/b",)), ("LANG",)
    ),
)
_RECORDS = st.builds(
    CallRecord,
    *[st.text(max_size=5)] * 5,
    created=st.floats(0, 1e10),
    guest=st.builds(Guest, st.text(max_size=5), st.text(max_size=5), st.binary(max_size=5)),
    manifest=st.just(_MANIFEST),
    places=st.builds(Places, st.text(max_size=3), st.text(max_size=3)),
    approved=st.booleans(),
    input_json=st.binary(max_size=9),
    preopens=st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=2).map(tuple),
    env_keys=st.lists(st.text(max_size=3), max_size=2).map(tuple),
    seed=st.binary(max_size=32),
    clocks=st.builds(Clocks, _NANOSECONDS, _NANOSECONDS),
    exchanges=st.lists(_EXCHANGES, max_size=3).map(tuple),
    ending=_ENDINGS,
)


@given(_RECORDS)
def test_a_record_comes_back_as_it_was(record: CallRecord) -> None:
    assert decode(encode(record)) == record


@pytest.mark.parametrize("cut", [0, 5, 16, 17, 60, -1])
def test_half_a_record_is_refused(cut: int) -> None:
    with pytest.raises(StorageError):
        decode(encode(record_of())[:cut])


@given(st.binary(max_size=60))
def test_anything_else_is_refused(data: bytes) -> None:
    for start in (b"", b"blufio-record-1\n"):
        with pytest.raises(StorageError):
            decode(start + data)
