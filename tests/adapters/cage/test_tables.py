"""The filter, the table of handlers and the resolver's answers, without a process."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.adapters.cage.supervisor_side import filter
from blufio_tui.adapters.cage.supervisor_side.dispatch import HANDLERS
from blufio_tui.adapters.cage.supervisor_side.kernel import MISSING, NEWEST, NR, REFUSED, SIGNALS
from blufio_tui.adapters.cage.supervisor_side.names_service import NameService, parse_query
from blufio_tui.adapters.cage.wire.frames import Decoder, encode

_ALLOW, _NOTIFY, _ERRNO = 0x7FFF0000, 0x7FC00000, 0x00050000


def _judge(program: bytes, number: int, arguments: tuple[int, ...] = (), arch: int = 0xC000003E) -> int:
    """Run the filter as the kernel does."""
    data = struct.pack("IIQ6Q", number & 0xFFFFFFFF, arch, 0, *(arguments + (0,) * 6)[:6])
    at, loaded = 0, 0
    while True:
        code, yes, no, value = struct.unpack_from("HBBI", program, at * 8)
        at += 1
        match code:
            case 0x20:
                (loaded,) = struct.unpack_from("I", data, value)
            case 0x15:
                at += yes if loaded == value else no
            case 0x35:
                at += yes if loaded >= value else no
            case 0x45:
                at += yes if loaded & value else no
            case 0x54:
                loaded &= value
            case 0x06:
                return int(value)


PROGRAM = filter.build(signals=False)


def test_every_reported_call_has_a_handler() -> None:
    assert HANDLERS.keys() == set(NR.values()) | set(SIGNALS.values())


def test_the_filter_reports_what_has_a_handler() -> None:
    odd = {"openat", "open", "sendto", "prlimit64", "sched_setparam", "sched_setscheduler", "sched_setaffinity"}
    for name, number in NR.items():
        if name not in odd | {"sched_setattr"}:
            assert _judge(PROGRAM, number) == _NOTIFY, name
    for number in SIGNALS.values():
        assert _judge(PROGRAM, number) == _ALLOW
        assert _judge(filter.build(signals=True), number) == _NOTIFY


def test_an_open_is_reported_unless_it_is_for_the_path_only() -> None:
    assert _judge(PROGRAM, NR["openat"], (0, 0, 0)) == _NOTIFY
    assert _judge(PROGRAM, NR["openat"], (0, 0, 0o10000000)) == _ALLOW
    assert _judge(PROGRAM, NR["openat"], (0, 0, 0o10000000 << 32)) == _NOTIFY


def test_a_call_on_oneself_passes_and_on_another_is_reported() -> None:
    assert _judge(PROGRAM, NR["prlimit64"], (0,)) == _ALLOW
    assert _judge(PROGRAM, NR["prlimit64"], (1 << 32,)) == _ALLOW
    assert _judge(PROGRAM, NR["prlimit64"], (77,)) == _NOTIFY


def test_sending_without_an_address_passes() -> None:
    assert _judge(PROGRAM, NR["sendto"], (3, 0, 0, 0, 0, 0)) == _ALLOW
    assert _judge(PROGRAM, NR["sendto"], (3, 0, 0, 0, 1 << 40, 16)) == _NOTIFY
    assert _judge(PROGRAM, NR["sendto"], (3, 0, 0, 0x20000000, 0, 0)) & 0xFFFF0000 == _ERRNO


def test_other_tables_of_calls_are_not_there() -> None:
    assert _judge(PROGRAM, 5, arch=0x40000003) == _ERRNO | 38
    assert _judge(PROGRAM, 0x40000000 | 2) == _ERRNO | 38


def test_calls_that_came_later_are_not_there() -> None:
    assert _judge(PROGRAM, NEWEST) != _ERRNO | 38
    assert {_judge(PROGRAM, number) for number in (NEWEST + 1, NEWEST + 100, 0x3FFFFFFF)} == {_ERRNO | 38}


@pytest.mark.parametrize(
    ("level", "option", "high"),
    [(0, 4, 0), (41, 57, 0), (41, 5, 0), (41, 6, 0), (41, 32, 0), (1, 60, 0), (0, 4, 1 << 32), (41, 57, 7 << 40)],
)
def test_options_that_lead_a_packet_elsewhere_are_refused(level: int, option: int, high: int) -> None:
    assert _judge(PROGRAM, 54, (3, level | high, option | high)) == _ERRNO | 92


@pytest.mark.parametrize(("level", "option"), [(1, 2), (1, 15), (6, 1), (0, 1), (41, 26), (6, 30), (0, 57), (41, 4)])
def test_ordinary_options_of_sockets_pass(level: int, option: int) -> None:
    assert _judge(PROGRAM, 54, (3, level, option)) == _ALLOW


@pytest.mark.parametrize(
    "number",
    [
        0x40086602, 0x401C5820, 0x40806685, 0x800C6613, 0xC0506617, 0x40087602,  # flags, verity, encryption, version
        0x50009401, 0x50009417, 0x5000940F, 0x40089413, 0xC0285806, 0x40086602 | 1 << 32,  # btrfs, XFS
    ],
)  # fmt: skip
def test_what_file_systems_do_by_a_descriptor_for_reading_is_refused(number: int) -> None:
    assert _judge(PROGRAM, 16, (3, number)) == _ERRNO | 1


@pytest.mark.parametrize("number", [0x5401, 0x541B, 0x80086601, 0xC020660B, 0x40049409, 0x4020940D, 0x5450, 0x8905])
def test_ordinary_controls_pass(number: int) -> None:
    assert _judge(PROGRAM, 16, (3, number)) == _ALLOW


def test_owners_of_descriptors_are_refused_where_the_kernel_would_signal_anybody() -> None:
    for call, number in ((72, 8), (72, 15), (16, 0x8901), (16, 0x8902)):
        assert _judge(PROGRAM, call, (3, number)) == _ALLOW
        assert _judge(filter.build(signals=True), call, (3, number)) == _ERRNO | 1
    assert _judge(PROGRAM, 72, (3, 1024)) == _ERRNO | 1
    assert _judge(PROGRAM, 72, (3, 6)) == _ALLOW


def test_what_is_refused_is_refused() -> None:
    assert {_judge(PROGRAM, number) for number in REFUSED} == {_ERRNO | 1}
    assert {_judge(PROGRAM, number) for number in MISSING} == {_ERRNO | 38}


def test_terminal_injection_is_refused_whatever_the_high_half_says() -> None:
    for number in (0x5412, 0x5412 | 7 << 32):
        assert _judge(PROGRAM, 16, (0, number)) == _ERRNO | 1


def test_only_ordinary_sockets_are_made() -> None:
    allowed = [(1, 1, 0), (2, 1, 0), (2, 2, 17), (10, 1, 6), (16, 3, 0)]
    refused = [(2, 3, 1), (2, 1, 262), (17, 3, 0), (40, 1, 0), (38, 5, 0), (16, 3, 12), (2, 5, 132)]
    assert {_judge(PROGRAM, 41, one) for one in allowed} == {_ALLOW}
    assert {_judge(PROGRAM, 41, one) & 0xFFFF0000 for one in refused} == {_ERRNO}


def _query(name: str, kind: int = 1) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0" + labels + b"\0" + struct.pack(">HH", kind, 1)


def test_a_name_gets_an_address_of_its_own_and_keeps_it() -> None:
    service = NameService()
    first, second, again = (service.reply(_query(name))[-4:] for name in ("a.example", "b.example", "A.example"))
    service.socket.close()
    assert first == again != second
    assert sorted(service.names.values()) == ["a.example", "b.example"]


def test_other_questions_get_an_empty_answer() -> None:
    service = NameService()
    assert struct.unpack_from(">H", service.reply(_query("a.example", 28)), 6) == (0,)
    assert service.reply(_query("1.0.0.127.in-addr.arpa", 12))[3] & 15 == 3
    service.socket.close()


@given(st.binary(max_size=80))
def test_any_bytes_are_a_query_or_none(data: bytes) -> None:
    parsed = parse_query(data)
    assert parsed is None or len(data) >= parsed[2]


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3), max_size=5), st.integers(1, 9))
def test_frames_come_out_as_they_went_in(messages: list[dict[str, str]], step: int) -> None:
    sent = [{**message, "type": "x"} for message in messages]
    data, decoder = b"".join(encode(message) for message in sent), Decoder()
    got = [message for at in range(0, len(data), step) for message in decoder.feed(data[at : at + step])]
    assert got == sent
