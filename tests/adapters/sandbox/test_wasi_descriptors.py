"""What the WASI functions on file descriptors answer."""

import struct
from pathlib import Path

import pytest

from blufio_tui.adapters.files.wasi import handle_actions, open_handle
from blufio_tui.adapters.sandbox.worker_side.guest_errors import GuestTrap
from blufio_tui.core.wasi.errno import Errno
from blufio_tui.core.wasi.layout import FileType
from tests.fakes.wasi_guest import ROOT, Guest, errno_of


@pytest.fixture
def guest(tmp_path: Path) -> Guest:
    return Guest(tmp_path)


def test_the_position_moves_with_reading_and_writing(guest: Guest) -> None:
    fd = guest.file("file")
    assert guest.write(fd, b"0123456789") == 10
    assert guest.tell(fd) == 10
    assert guest.seek(fd, 2) == 2
    assert guest.read(fd, 3) == b"234"
    assert guest.seek(fd, 1, 1) == 6
    assert guest.seek(fd, -1, 2) == 9
    assert guest.read(fd) == b"9"
    assert guest.read(fd) == b""
    assert guest.seek(fd, 0, 1) == 10


def test_a_position_before_the_start_is_refused_and_one_past_the_end_is_not(guest: Guest, tmp_path: Path) -> None:
    fd = guest.file("file")
    assert errno_of(lambda: guest.seek(fd, -1)) is Errno.INVAL
    assert errno_of(lambda: guest.seek(fd, -1, 1)) is Errno.INVAL
    assert errno_of(lambda: guest.seek(fd, 0, 3)) is Errno.INVAL
    guest.seek(fd, 4)
    guest.write(fd, b"x")
    assert (tmp_path / "file").read_bytes() == b"\0\0\0\0x"


def test_reading_and_writing_at_an_offset_leaves_the_position(guest: Guest) -> None:
    fd = guest.file("file")
    guest.write(fd, b"hello")
    assert guest.read(fd, 2, offset=1) == b"el"
    assert guest.write(fd, b"J", offset=0) == 1
    assert guest.tell(fd) == 5
    assert guest.read(fd, offset=0) == b"Jello"
    assert guest.read(fd, offset=99) == b""
    assert errno_of(lambda: guest.read(fd, offset=1 << 63)) is Errno.INVAL


def test_appending_goes_to_the_end_wherever_the_position_is(guest: Guest, tmp_path: Path) -> None:
    guest.put("file", b"one")
    fd = guest.file("file", flags=0, fdflags=1)
    guest.seek(fd, 0)
    guest.write(fd, b"two")
    assert guest.tell(fd) == 6
    guest.write(fd, b"O", offset=0)
    assert (tmp_path / "file").read_bytes() == b"Onetwo"
    guest.call("fd_fdstat_set_flags", fd, 0)
    guest.seek(fd, 3)
    guest.write(fd, b"T")
    assert (tmp_path / "file").read_bytes() == b"OneTwo"
    assert guest.fdstat(fd)[1] == 0


def test_synchronous_files_and_sync_work(guest: Guest, tmp_path: Path) -> None:
    fd = guest.file("file", fdflags=2 | 16)
    assert guest.fdstat(fd)[1] == 18
    guest.write(fd, b"x")
    guest.call("fd_sync", fd)
    guest.call("fd_datasync", fd)
    guest.call("fd_sync", ROOT)
    assert (tmp_path / "file").read_bytes() == b"x"
    assert errno_of(lambda: guest.call("fd_fdstat_set_flags", fd, 32)) is Errno.INVAL


def test_size_can_be_set_and_allocated(guest: Guest) -> None:
    fd = guest.file("file")
    guest.call("fd_filestat_set_size", fd, 100)
    assert guest.filestat(fd)[4] == 100
    guest.call("fd_allocate", fd, 10, 10)
    assert guest.filestat(fd)[4] == 100
    guest.call("fd_allocate", fd, 90, 20)
    assert guest.filestat(fd)[4] == 110
    guest.call("fd_filestat_set_size", fd, 3)
    assert guest.filestat(fd)[4] == 3
    assert errno_of(lambda: guest.call("fd_allocate", fd, 0, 0)) is Errno.INVAL


def test_no_file_grows_without_end(guest: Guest, tmp_path: Path) -> None:
    fd = guest.file("file")
    over = handle_actions.MAX_FILE_BYTES + 1
    assert errno_of(lambda: guest.call("fd_filestat_set_size", fd, over)) is Errno.FBIG
    assert errno_of(lambda: guest.call("fd_allocate", fd, over, 1)) is Errno.FBIG
    assert errno_of(lambda: guest.write(fd, b"x", offset=over)) is Errno.FBIG
    assert errno_of(lambda: guest.call("fd_allocate", fd, (1 << 63) - 1, 1 << 63)) is Errno.FBIG
    assert (tmp_path / "file").stat().st_size == 0


def test_what_a_call_writes_in_all_is_capped(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_handle, "MAX_WRITTEN_BYTES", 10)
    fd = guest.file("file")
    assert guest.write(fd, b"12345678") == 8
    assert errno_of(lambda: guest.write(fd, b"90a")) is Errno.NOSPC
    assert guest.write(fd, b"90") == 2


def test_times_of_an_open_file(guest: Guest) -> None:
    fd = guest.file("file")
    before = guest.filestat(fd)
    guest.call("fd_filestat_set_times", fd, 7, 1_000, 4)
    assert guest.filestat(fd)[5:7] == (before[5], 1_000)
    assert errno_of(lambda: guest.call("fd_filestat_set_times", fd, 1, 2, 12)) is Errno.INVAL
    assert errno_of(lambda: guest.call("fd_filestat_set_times", 1, 1, 2, 4)) is Errno.INVAL


def test_times_of_a_file_opened_for_reading_are_asked_about(guest: Guest, tmp_path: Path) -> None:
    guest.put("file")
    fd = guest.open("file", rights=Guest.READ | 1 << 23, inherited=0)
    guest.call("fd_filestat_set_times", fd, 0, 5_000, 4)
    assert (tmp_path / "file").stat().st_mtime_ns == 5_000
    assert ("fs.write", str(tmp_path / "file"), "utimes") in guest.host.policy.asked


def test_a_file_permits_what_it_was_opened_for(guest: Guest) -> None:
    guest.put("file", b"x")
    reading = guest.open("file", rights=Guest.READ, inherited=0)
    assert guest.fdstat(reading)[2] == Guest.READ
    assert errno_of(lambda: guest.write(reading, b"y")) is Errno.NOTCAPABLE
    writing = guest.open("file", rights=Guest.WRITE, inherited=0)
    assert errno_of(lambda: guest.read(writing)) is Errno.NOTCAPABLE
    assert guest.write(writing, b"y") == 1
    assert errno_of(lambda: guest.seek(writing, 0)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.tell(writing)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.call("fd_filestat_set_size", writing, 1)) is Errno.NOTCAPABLE


def test_rights_only_shrink(guest: Guest) -> None:
    fd = guest.file("file")
    base = guest.fdstat(fd)[2]
    guest.call("fd_fdstat_set_rights", fd, base & ~Guest.WRITE, 0)
    assert errno_of(lambda: guest.write(fd, b"x")) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.call("fd_fdstat_set_rights", fd, base, 0)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.call("fd_fdstat_set_rights", fd, 0, 1)) is Errno.NOTCAPABLE


def test_folders_are_not_read_written_or_sought(guest: Guest) -> None:
    for action in (
        lambda: guest.read(ROOT),
        lambda: guest.read(ROOT, offset=0),
        lambda: guest.write(ROOT, b"x"),
        lambda: guest.write(ROOT, b"x", offset=0),
        lambda: guest.seek(ROOT, 0),
        lambda: guest.tell(ROOT),
        lambda: guest.call("fd_allocate", ROOT, 0, 1),
        lambda: guest.call("fd_filestat_set_size", ROOT, 0),
        lambda: guest.call("fd_advise", ROOT, 0, 0, 0),
    ):
        assert errno_of(action) is Errno.BADF
    assert guest.filestat(ROOT)[2] == FileType.DIRECTORY


def test_advice_is_taken(guest: Guest) -> None:
    fd = guest.file("file")
    for advice in range(6):
        guest.call("fd_advise", fd, 0, 10, advice)
    assert errno_of(lambda: guest.call("fd_advise", fd, 0, 10, 6)) is Errno.INVAL


def test_streams_are_what_they_are(guest: Guest) -> None:
    assert guest.read(0, 3) == b'{"a'
    assert guest.read(0) == b'": 1}'
    assert guest.read(0) == b""
    guest.write(1, b"out")
    guest.write(2, b"err")
    assert (guest.host.output, guest.host.errors) == (b"out", b"err")
    assert errno_of(lambda: guest.read(1)) is Errno.BADF
    assert errno_of(lambda: guest.write(0, b"x")) is Errno.BADF
    assert errno_of(lambda: guest.seek(0, 0)) is Errno.SPIPE
    assert errno_of(lambda: guest.read(1, offset=0)) is Errno.SPIPE
    assert guest.fdstat(1)[0] == FileType.UNKNOWN
    assert guest.filestat(1)[2] == FileType.UNKNOWN


def test_closed_numbers_are_bad(guest: Guest) -> None:
    fd = guest.file("file")
    guest.call("fd_close", fd)
    for action in (
        lambda: guest.call("fd_close", fd),
        lambda: guest.read(fd),
        lambda: guest.write(fd, b"x"),
        lambda: guest.fdstat(fd),
        lambda: guest.filestat(fd),
        lambda: guest.call("fd_sync", fd),
        lambda: guest.call("fd_renumber", fd, ROOT),
        lambda: guest.call("fd_renumber", ROOT, fd),
        lambda: guest.call("fd_close", 0xFFFFFFFF),
    ):
        assert errno_of(action) is Errno.BADF


def test_a_preopen_can_be_closed_and_written_over(guest: Guest) -> None:
    guest.mkdir("dir")
    fd = guest.open("dir", flags=Guest.DIRECTORY)
    inode = guest.filestat(fd)[1]
    guest.call("fd_renumber", fd, ROOT)
    assert guest.filestat(ROOT)[1] == inode
    assert errno_of(lambda: guest.fdstat(fd)) is Errno.BADF
    assert errno_of(lambda: guest.call("fd_prestat_get", ROOT, 0)) is Errno.BADF
    guest.call("fd_close", ROOT)
    assert errno_of(lambda: guest.stat("x")) is Errno.BADF


def test_renumbering_moves_position_and_rights(guest: Guest, tmp_path: Path) -> None:
    first, second = guest.file("first"), guest.file("second")
    guest.write(first, b"ab")
    before = guest.fdstat(first)
    guest.call("fd_renumber", first, second)
    assert guest.fdstat(second) == before
    guest.write(second, b"c")
    assert (tmp_path / "first").read_bytes() == b"abc"
    guest.call("fd_renumber", second, second)
    guest.call("fd_renumber", 1, second)
    guest.write(second, b"x")
    assert guest.host.output == b"x"


def test_new_numbers_never_take_the_place_of_a_stream(guest: Guest) -> None:
    guest.call("fd_close", 0)
    assert guest.file("file") > 3


def test_preopens_tell_their_names(guest: Guest) -> None:
    guest.call("fd_prestat_get", ROOT, 0)
    assert struct.unpack("<II", guest.memory.read(0, 8)) == (0, 5)
    guest.call("fd_prestat_dir_name", ROOT, 100, 8)
    assert guest.memory.read(100, 8) == b"/data\0\0\0"
    assert errno_of(lambda: guest.call("fd_prestat_dir_name", ROOT, 100, 4)) is Errno.NAMETOOLONG
    for fd in (0, 1, 2, 4):
        assert errno_of(lambda: guest.call("fd_prestat_get", fd, 0)) is Errno.BADF  # noqa: B023


def test_scattered_buffers_are_filled_in_order(guest: Guest) -> None:
    guest.put("file", b"abcdefgh")
    fd = guest.open("file", rights=Guest.READ)
    guest.memory.write(8, struct.pack("<IIIIII", 9000, 3, 9500, 0, 9600, 10))
    guest.call("fd_read", fd, 8, 3, 0)
    assert guest.u32() == 8
    assert guest.memory.read(9000, 4) == b"abc\0"
    assert guest.memory.read(9600, 6) == b"defgh\0"
    assert guest.raw("fd_read", fd, 8, 5000, 0) == Errno.INVAL


def test_a_large_write_may_be_short_but_never_wrong(guest: Guest, tmp_path: Path) -> None:
    fd = guest.file("file")
    size = 700_000
    guest.memory.data = bytearray(bytes(range(256)) * 8192)
    guest.memory.write(8, struct.pack("<IIII", 1024, size, 1024, size))
    guest.call("fd_write", fd, 8, 2, 0)
    assert guest.u32() == 2 * size
    assert (tmp_path / "file").read_bytes() == guest.memory.read(1024, size) * 2


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("fd_write", (1, 0xFFFFFFF8, 2, 0)),
        ("fd_write", (1, 8, 1, 0xFFFFFFFF)),
        ("fd_read", (0, 8, 1, 1 << 20)),
        ("path_open", (ROOT, 0, 1 << 20, 5, 0, 0, 0, 0, 0)),
        ("random_get", (1 << 20, 1)),
        ("poll_oneoff", (0, 1 << 20, 1, 0)),
        ("args_get", (1 << 20, 0)),
        ("fd_readdir", (ROOT, (1 << 20) - 4, 8, 0, 0)),
        ("clock_time_get", (0, 0, (1 << 20) - 7)),
    ],
)
def test_memory_outside_the_guest_ends_the_call(guest: Guest, name: str, arguments: tuple[int, ...]) -> None:
    guest.memory.write(8, struct.pack("<II", 0, 4))
    with pytest.raises(GuestTrap, match="out of bounds"):
        guest.raw(name, *arguments)


def test_a_buffer_outside_the_guest_ends_the_call(guest: Guest) -> None:
    guest.memory.write(8, struct.pack("<II", 0xFFFFFFF0, 0x20))
    for name, fd in (("fd_read", 0), ("fd_write", 1)):
        with pytest.raises(GuestTrap, match="out of bounds"):
            guest.raw(name, fd, 8, 1, 0)
