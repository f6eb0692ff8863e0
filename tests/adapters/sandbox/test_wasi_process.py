"""Arguments, environment, clocks, chance, waiting and the end of a WASI guest."""

import struct
from pathlib import Path

import pytest

from blufio_tui.adapters.sandbox.worker_side.guest_errors import GuestExit, GuestTrap
from blufio_tui.adapters.sandbox.worker_side.wasi.imports import FUNCTIONS
from blufio_tui.core.wasi.errno import Errno
from tests.fakes.wasi_guest import ROOT, Guest, errno_of

CLOCK, READ, WRITE = 0, 1, 2
SECOND = 1_000_000_000


@pytest.fixture
def guest(tmp_path: Path) -> Guest:
    return Guest(tmp_path)


def strings(guest: Guest, sizes: str, get: str) -> list[bytes]:
    guest.call(sizes, 0, 4)
    count, size = guest.u32(0), guest.u32(4)
    guest.call(get, 100, 1000)
    pointers = struct.unpack(f"<{count}I", guest.memory.read(100, 4 * count))
    block = guest.memory.read(1000, size)
    return [block[pointer - 1000 :].split(b"\0")[0] for pointer in pointers]


def test_arguments_and_environment_arrive_whole(guest: Guest) -> None:
    assert strings(guest, "args_sizes_get", "args_get") == [b"probe", b"zwei", "drü".encode()]
    assert strings(guest, "environ_sizes_get", "environ_get") == [b"A=1", b"LONG=" + b"x" * 40]


def test_nothing_to_tell_is_no_error(guest: Guest) -> None:
    guest.host.arguments, guest.host.variables = (), ()
    assert strings(guest, "args_sizes_get", "args_get") == []
    assert strings(guest, "environ_sizes_get", "environ_get") == []


def test_clocks_come_from_the_one_source(guest: Guest) -> None:
    guest.call("clock_time_get", 0, 0, 0)
    assert guest.u64() == guest.host.sources.realtime_ns()
    for clock in (1, 2, 3):
        guest.call("clock_time_get", clock, 1, 0)
        assert guest.u64() == guest.host.sources.monotonic_ns()
        guest.call("clock_res_get", clock, 0)
        assert guest.u64() > 0
    assert guest.raw("clock_time_get", 4, 0, 0) == Errno.INVAL
    assert guest.raw("clock_res_get", 99, 0) == Errno.INVAL


def test_chance_fills_exactly_the_buffer(guest: Guest) -> None:
    guest.call("random_get", 16, 7)
    assert guest.memory.read(15, 9) == b"\0\x07chance\0"
    guest.call("random_get", 0, 0)
    guest.memory.data = bytearray(3 << 20)
    guest.call("random_get", 8, (3 << 20) - 8)
    assert guest.memory.data[-1] != 0


def test_exit_and_signals(guest: Guest) -> None:
    with pytest.raises(GuestExit) as left:
        guest.raw("proc_exit", 42)
    assert left.value.code == 42
    with pytest.raises(GuestTrap, match="signal 6"):
        guest.raw("proc_raise", 6)
    assert guest.raw("proc_raise", 0) == Errno.SUCCESS
    assert guest.raw("proc_raise", 31) == Errno.INVAL
    assert guest.raw("sched_yield") == Errno.SUCCESS


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.startswith("sock_")])
def test_there_are_no_sockets(guest: Guest, name: str) -> None:
    assert guest.raw(name, *[0] * len(FUNCTIONS[name][0])) == Errno.NOSYS


def poll(guest: Guest, *subscriptions: tuple[int, int, int, bool]) -> list[tuple[int, int, int, int]]:
    """Wait for (type, clock or descriptor, timeout, absolute); the events as (number, errno, type, bytes)."""
    for number, (tag, subject, timeout, absolute) in enumerate(subscriptions):
        record = struct.pack("<QB7xI4xQQH6x", number, tag, subject, timeout, 0, int(absolute))
        guest.memory.write(4096 + 48 * number, record)
    guest.call("poll_oneoff", 4096, 8192, len(subscriptions), 0)
    data = guest.memory.read(8192, 32 * guest.u32())
    return [event[:4] for event in struct.iter_unpack("<QHB5xQH6x", data)]


def test_waiting_for_a_clock_sleeps_that_long(guest: Guest) -> None:
    assert poll(guest, (CLOCK, 1, 3 * SECOND, False)) == [(0, 0, CLOCK, 0)]
    assert guest.host.slept == [3.0]


def test_the_first_clock_ends_the_waiting(guest: Guest) -> None:
    events = poll(guest, (CLOCK, 1, 9 * SECOND, False), (CLOCK, 0, 2 * SECOND, False), (CLOCK, 1, 2 * SECOND, False))
    assert [event[0] for event in events] == [1, 2]
    assert guest.host.slept == [2.0]


def test_a_point_in_time_may_be_past(guest: Guest) -> None:
    now = guest.host.sources.monotonic_ns()
    assert [event[0] for event in poll(guest, (CLOCK, 1, now - 5, True))] == [0]
    assert guest.host.slept == []
    poll(guest, (CLOCK, 1, now + SECOND, True))
    assert guest.host.slept == [1.0]


def test_descriptors_are_ready_at_once(guest: Guest) -> None:
    fd = guest.file("file")
    guest.write(fd, b"12345")
    guest.seek(fd, 2)
    events = poll(
        guest,
        (CLOCK, 1, SECOND, False),
        (READ, 0, 0, False),
        (READ, fd, 0, False),
        (WRITE, 1, 0, False),
        (WRITE, fd, 0, False),
    )
    assert [(number, errno) for number, errno, _, _ in events] == [(1, 0), (2, 0), (3, 0), (4, 0)]
    assert events[0][3] == len(b'{"a": 1}')
    assert events[1][3] == 3
    assert guest.host.slept == []


def test_what_cannot_be_waited_for_is_an_event_with_an_errno(guest: Guest) -> None:
    events = poll(guest, (READ, 99, 0, False), (READ, 1, 0, False), (WRITE, ROOT, 0, False), (READ, ROOT, 0, False))
    assert [errno for _, errno, _, _ in events] == [Errno.BADF, Errno.NOTCAPABLE, Errno.NOTCAPABLE, Errno.NOTCAPABLE]
    assert [errno for _, errno, _, _ in poll(guest, (CLOCK, 77, SECOND, False))] == [Errno.INVAL]


def test_waiting_for_nothing_too_much_or_nonsense_is_refused(guest: Guest) -> None:
    assert guest.raw("poll_oneoff", 0, 0, 0, 0) == Errno.INVAL
    assert guest.raw("poll_oneoff", 0, 0, 1025, 0) == Errno.INVAL
    assert errno_of(lambda: poll(guest, (3, 0, 0, False))) is Errno.INVAL
