"""What the WASI functions on paths answer, errno by errno."""

import os
from pathlib import Path

import pytest

from blufio_tui.core.wasi.errno import Errno, WasiError
from blufio_tui.core.wasi.layout import FileType
from tests.fakes.file_policy import FilePolicy
from tests.fakes.wasi_guest import ROOT, Guest, errno_of


@pytest.fixture
def guest(tmp_path: Path) -> Guest:
    return Guest(tmp_path)


def test_a_created_file_can_be_read_back(guest: Guest, tmp_path: Path) -> None:
    guest.put("file", b"hello")
    assert (tmp_path / "file").read_bytes() == b"hello"
    assert guest.read(guest.open("file", rights=Guest.READ)) == b"hello"


def test_opening_what_is_not_there_is_noent(guest: Guest) -> None:
    assert errno_of(lambda: guest.open("missing")) is Errno.NOENT
    assert errno_of(lambda: guest.open("missing/deeper")) is Errno.NOENT
    assert errno_of(lambda: guest.open("")) is Errno.NOENT


def test_exclusive_creation_refuses_what_exists(guest: Guest) -> None:
    guest.put("file")
    assert errno_of(lambda: guest.open("file", flags=Guest.CREATE | Guest.EXCLUSIVE)) is Errno.EXIST
    guest.symlink("nowhere", "link")
    created = lambda: guest.open("link", flags=Guest.CREATE | Guest.EXCLUSIVE, follow=True)  # noqa: E731
    assert errno_of(created) is Errno.EXIST


@pytest.mark.parametrize("path", ["/dir/file", "/", "../x", "dir/../../x", "dir/nested/../../../dir/file"])
def test_no_path_leaves_its_folder(guest: Guest, path: str) -> None:
    guest.mkdir("dir")
    guest.mkdir("dir/nested")
    guest.put("dir/file")
    assert errno_of(lambda: guest.open(path)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.stat(path)) is Errno.NOTCAPABLE


def test_dots_and_repeated_slashes_lead_where_posix_says(guest: Guest) -> None:
    guest.mkdir("dir")
    guest.mkdir("dir/nested")
    guest.put("dir/nested/file", b"x")
    fd = guest.open("dir/.//nested/../../dir/nested/../nested///./file", rights=Guest.READ)
    assert guest.read(fd) == b"x"


def test_dots_behind_a_file_or_nothing_do_not_resolve(guest: Guest) -> None:
    guest.put("file")
    guest.put("other")
    assert errno_of(lambda: guest.open("file/../other")) is Errno.NOTDIR
    assert errno_of(lambda: guest.open("missing/../other")) is Errno.NOENT


def test_a_path_with_a_nul_bad_text_or_too_long_is_refused(guest: Guest) -> None:
    assert errno_of(lambda: guest.open("file\0")) is Errno.INVAL
    assert guest.raw("path_unlink_file", ROOT, *guest.text(b"\xff\xfe")) == Errno.ILSEQ
    assert errno_of(lambda: guest.open("x" * 5000)) is Errno.NAMETOOLONG
    assert errno_of(lambda: guest.open("x" * 300)) is Errno.NAMETOOLONG


def test_a_slash_at_the_end_means_a_folder(guest: Guest) -> None:
    guest.put("file")
    guest.mkdir("dir")
    for slashes in ("/", "///"):
        assert errno_of(lambda: guest.open(f"file{slashes}")) is Errno.NOTDIR  # noqa: B023
        assert errno_of(lambda: guest.stat(f"file{slashes}")) is Errno.NOTDIR  # noqa: B023
        guest.open(f"dir{slashes}")
    assert errno_of(lambda: guest.unlink("file/")) is Errno.NOTDIR
    assert errno_of(lambda: guest.rmdir("file/")) is Errno.NOTDIR
    assert errno_of(lambda: guest.link("file", "new/")) is Errno.NOENT
    guest.rmdir("dir/")


def test_folders_and_files_are_opened_as_what_they_are(guest: Guest) -> None:
    guest.put("file")
    guest.mkdir("dir")
    assert errno_of(lambda: guest.open("file", flags=Guest.DIRECTORY)) is Errno.NOTDIR
    assert errno_of(lambda: guest.open("dir", rights=Guest.READ | Guest.WRITE)) is Errno.ISDIR
    assert errno_of(lambda: guest.open("dir", flags=Guest.CREATE)) is Errno.ISDIR
    assert errno_of(lambda: guest.open("new", flags=Guest.CREATE | Guest.DIRECTORY)) is Errno.INVAL
    assert guest.fdstat(guest.open("dir", flags=Guest.DIRECTORY))[0] == FileType.DIRECTORY
    assert guest.fdstat(guest.open("file"))[0] == FileType.REGULAR_FILE


def test_a_file_is_no_starting_point(guest: Guest) -> None:
    fd = guest.file("file")
    assert errno_of(lambda: guest.on_path("path_unlink_file", "x", at=fd)) is Errno.NOTDIR
    assert guest.raw("path_open", fd, 0, *guest.text("x"), 0, 0, 0, 0, 0) == Errno.NOTDIR
    assert guest.raw("path_open", 99, 0, *guest.text("x"), 0, 0, 0, 0, 0) == Errno.BADF


def test_pipes_and_devices_cannot_be_opened(guest: Guest, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert errno_of(lambda: guest.open("pipe", rights=Guest.READ)) is Errno.NOTCAPABLE


def test_folders_are_made_once_and_removed_when_empty(guest: Guest) -> None:
    guest.mkdir("dir")
    assert errno_of(lambda: guest.mkdir("dir")) is Errno.EXIST
    assert errno_of(lambda: guest.mkdir("missing/dir")) is Errno.NOENT
    guest.put("dir/file")
    assert errno_of(lambda: guest.rmdir("dir")) is Errno.NOTEMPTY
    assert errno_of(lambda: guest.unlink("dir")) is Errno.ISDIR
    assert errno_of(lambda: guest.rmdir("dir/file")) is Errno.NOTDIR
    guest.unlink("dir/file")
    guest.rmdir("dir")
    assert errno_of(lambda: guest.rmdir("dir")) is Errno.NOENT
    assert errno_of(lambda: guest.unlink("dir")) is Errno.NOENT


@pytest.mark.parametrize("path", [".", "dir/..", "./"])
def test_a_preopened_folder_itself_stays(guest: Guest, path: str) -> None:
    guest.mkdir("dir")
    assert errno_of(lambda: guest.rmdir(path)) is Errno.INVAL
    assert errno_of(lambda: guest.rename(path, "new")) is Errno.BUSY
    assert errno_of(lambda: guest.mkdir(path)) is Errno.EXIST


def test_rename_follows_posix_for_files_and_folders(guest: Guest, tmp_path: Path) -> None:
    guest.mkdir("source")
    guest.mkdir("target")
    guest.rename("source", "target")
    assert errno_of(lambda: guest.open("source")) is Errno.NOENT
    guest.mkdir("source")
    guest.put("target/file")
    assert errno_of(lambda: guest.rename("source", "target")) is Errno.NOTEMPTY
    assert errno_of(lambda: guest.rename("source", "target/file")) is Errno.NOTDIR
    assert errno_of(lambda: guest.rename("target/file", "source")) is Errno.ISDIR
    assert errno_of(lambda: guest.rename("missing", "x")) is Errno.NOENT
    assert errno_of(lambda: guest.rename("source", "source/inside")) is Errno.INVAL
    guest.put("other", b"new")
    guest.rename("other", "target/file")
    assert (tmp_path / "target/file").read_bytes() == b"new"


def test_rename_accepts_slashes_behind_folders_only(guest: Guest) -> None:
    guest.mkdir("source")
    guest.rename("source/", "target")
    guest.rename("target", "source/")
    guest.rename("source/", "target/")
    guest.put("file")
    assert errno_of(lambda: guest.rename("file/", "x")) is Errno.NOTDIR
    assert errno_of(lambda: guest.rename("file", "x/")) is Errno.NOTDIR


def test_an_open_folder_follows_its_rename(guest: Guest, tmp_path: Path) -> None:
    guest.mkdir("old")
    fd = guest.open("old", flags=Guest.DIRECTORY)
    guest.rename("old", "new")
    guest.put("inside", b"x", at=fd)
    assert (tmp_path / "new" / "inside").exists()


def test_a_second_name_is_the_same_file(guest: Guest) -> None:
    guest.put("file", b"x")
    guest.link("file", "again")
    assert guest.stat("file") == guest.stat("again")
    assert guest.stat("file")[3] == 2
    assert errno_of(lambda: guest.link("file", "again")) is Errno.EXIST
    assert errno_of(lambda: guest.link("file", "file")) is Errno.EXIST
    assert errno_of(lambda: guest.link("file", "again/")) is Errno.NOTDIR
    assert errno_of(lambda: guest.link("file", "new/")) is Errno.NOENT
    assert errno_of(lambda: guest.link("missing", "x")) is Errno.NOENT
    guest.mkdir("dir")
    assert errno_of(lambda: guest.link("dir", "x")) is Errno.PERM
    assert errno_of(lambda: guest.link("file", "x", follow=True)) is Errno.INVAL


def test_times_are_set_where_the_flags_say(guest: Guest) -> None:
    guest.put("file")
    old = guest.stat("file")
    guest.call("path_filestat_set_times", ROOT, 0, *guest.text("file"), 0, 123_000, 4)
    assert guest.stat("file")[6] == 123_000
    assert guest.stat("file")[5] == old[5]
    for flags in (1 | 2, 4 | 8, 16):
        assert guest.raw("path_filestat_set_times", ROOT, 0, *guest.text("file"), 0, 5, flags) == Errno.INVAL
    assert guest.stat("file")[6] == 123_000
    guest.call("path_filestat_set_times", ROOT, 0, *guest.text("file"), 0, 0, 2 | 8)
    assert guest.stat("file")[6] > old[6]


# ── links ──────────────────────────────────────────────────────────────────────────────────────────


def test_links_are_followed_when_asked(guest: Guest) -> None:
    guest.put("target", b"x")
    guest.symlink("target", "link")
    assert guest.stat("link")[2] == FileType.SYMBOLIC_LINK
    assert guest.stat("link", follow=True)[2] == FileType.REGULAR_FILE
    assert errno_of(lambda: guest.open("link", rights=Guest.READ)) is Errno.LOOP
    assert guest.read(guest.open("link", rights=Guest.READ, follow=True)) == b"x"
    assert errno_of(lambda: guest.open("link", flags=Guest.DIRECTORY, follow=True)) is Errno.NOTDIR


def test_links_to_folders_are_always_followed_inside_a_path(guest: Guest) -> None:
    guest.mkdir("dir")
    guest.mkdir("dir/sub")
    guest.put("dir/file", b"x")
    guest.symlink("dir/sub", "link")
    assert guest.read(guest.open("link/../file", rights=Guest.READ)) == b"x"
    assert errno_of(lambda: guest.open("link", flags=Guest.DIRECTORY)) is Errno.LOOP
    guest.open("link", flags=Guest.DIRECTORY, follow=True)
    guest.open("link/", flags=Guest.DIRECTORY)


def test_loops_and_dangling_links_end(guest: Guest) -> None:
    guest.symlink("loop", "loop")
    assert errno_of(lambda: guest.open("loop")) is Errno.LOOP
    assert errno_of(lambda: guest.open("loop", follow=True)) is Errno.LOOP
    assert errno_of(lambda: guest.open("loop/x")) is Errno.LOOP
    guest.symlink("nowhere", "dangling")
    assert errno_of(lambda: guest.open("dangling")) is Errno.LOOP
    assert errno_of(lambda: guest.open("dangling", follow=True)) is Errno.NOENT
    guest.link("dangling", "twin")
    assert guest.readlink("twin") == b"nowhere"
    guest.unlink("dangling")


def test_readlink_is_cut_at_the_buffer(guest: Guest) -> None:
    guest.symlink("target", "link")
    assert guest.readlink("link") == b"target"
    assert guest.readlink("link", size=4) == b"targ"
    guest.put("file")
    assert errno_of(lambda: guest.readlink("file")) is Errno.INVAL
    assert errno_of(lambda: guest.readlink("missing")) is Errno.NOENT


def test_symlink_does_not_replace_anything(guest: Guest) -> None:
    guest.mkdir("dir")
    guest.put("file")
    assert errno_of(lambda: guest.symlink("x", "dir")) is Errno.EXIST
    assert errno_of(lambda: guest.symlink("x", "dir/")) is Errno.EXIST
    assert errno_of(lambda: guest.symlink("x", "file")) is Errno.EXIST
    assert errno_of(lambda: guest.symlink("x", "file/")) is Errno.NOTDIR
    assert errno_of(lambda: guest.symlink("x", "new/")) is Errno.NOENT
    assert errno_of(lambda: guest.symlink("", "new")) is Errno.NOENT


@pytest.mark.parametrize("text", ["/etc/passwd", "..", "../sibling", "dir/../../x"])
def test_no_link_that_leads_out_can_be_made(guest: Guest, tmp_path: Path, text: str) -> None:
    assert errno_of(lambda: guest.symlink(text, "link")) is Errno.NOTCAPABLE
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("target", ["/etc", "../outside", ".."])
def test_a_link_that_leads_out_is_not_followed(tmp_path: Path, target: str) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("x")
    (inside / "link").symlink_to(target)
    guest = Guest(inside, FilePolicy((tmp_path, Path("/etc")), (tmp_path,)))
    for attempt in ("link/secret", "link/passwd", "link/outside/secret"):
        assert errno_of(lambda: guest.open(attempt, rights=Guest.READ)) is Errno.NOTCAPABLE  # noqa: B023
    assert errno_of(lambda: guest.open("link", follow=True)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.put("link/new")) is Errno.NOTCAPABLE


# ── folders ────────────────────────────────────────────────────────────────────────────────────────


def test_a_listing_starts_with_the_dots_and_goes_on_at_a_cookie(guest: Guest) -> None:
    guest.put("file")
    guest.mkdir("sub")
    entries, end = guest.listing()
    assert end
    assert [(name, kind) for _, name, kind in entries] == [
        (".", FileType.DIRECTORY),
        ("..", FileType.DIRECTORY),
        ("file", FileType.REGULAR_FILE),
        ("sub", FileType.DIRECTORY),
    ]
    rest, end = guest.listing(cookie=entries[1][0])
    assert [name for _, name, _ in rest] == ["file", "sub"]
    assert guest.listing(cookie=entries[3][0]) == ([], True)


def test_a_listing_in_small_pieces_is_whole(guest: Guest, tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"file.{number}").touch()
    seen: list[str] = []
    cookie, end = 0, False
    fd = guest.open(".", flags=Guest.DIRECTORY, rights=1 << 14)
    while not end:
        entries, end = guest.listing(fd, cookie, size=256)
        seen += [name for _, name, _ in entries]
        cookie = entries[-1][0] if entries else cookie
    assert sorted(seen) == sorted([".", "..", *(f"file.{number}" for number in range(300))])


def test_a_record_that_does_not_fit_is_cut(guest: Guest) -> None:
    guest.call("fd_readdir", ROOT, 8192, 10, 0, 0)
    assert guest.u32() == 10
    assert guest.raw("fd_readdir", 0, 8192, 10, 0, 0) == Errno.NOTDIR


def test_a_new_pass_sees_new_files_and_a_running_one_does_not_break(guest: Guest) -> None:
    guest.put("a")
    first, _ = guest.listing(size=60)
    guest.put("b")
    rest, _ = guest.listing(cookie=first[-1][0])
    assert [name for _, name, _ in rest][-1] == "a"
    assert [name for _, name, _ in guest.listing()[0]][-1] == "b"


def test_names_that_are_no_text_are_left_out(guest: Guest, tmp_path: Path) -> None:
    try:
        with open(os.fsencode(tmp_path) + b"/\xff", "wb"):
            pass
    except OSError:
        pytest.skip("this file system has no such names")
    assert [name for _, name, _ in guest.listing()[0]] == [".", ".."]


def test_a_folder_that_is_gone_is_empty_or_missing(guest: Guest) -> None:
    guest.mkdir("dir")
    fd = guest.open("dir", flags=Guest.DIRECTORY)
    guest.rmdir("dir")
    assert errno_of(lambda: guest.put("file", at=fd)) is Errno.NOENT
    guest.call("fd_close", fd)
    guest.mkdir("dir")


def test_every_path_function_needs_its_right(guest: Guest) -> None:
    guest.mkdir("dir")
    fd = guest.open("dir", flags=Guest.DIRECTORY, rights=0, inherited=0)
    for name in ("path_create_directory", "path_remove_directory", "path_unlink_file"):
        assert errno_of(lambda: guest.on_path(name, "x", at=fd)) is Errno.NOTCAPABLE  # noqa: B023
    assert errno_of(lambda: guest.stat("x", at=fd)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.open("x", at=fd)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.symlink("y", "x", at=fd)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.rename("x", "y", at=fd)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.rename("x", "y", new_at=fd)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.link("x", "y", new_at=fd)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.listing(fd)) is Errno.NOTCAPABLE


def test_creating_and_truncating_need_rights_of_the_folder(guest: Guest) -> None:
    guest.put("file", b"abc")
    base, passed_on = guest.fdstat(ROOT)[2:]
    guest.call("fd_fdstat_set_rights", ROOT, base & ~(1 << 19) & ~(1 << 10), passed_on)
    assert errno_of(lambda: guest.open("file", flags=Guest.TRUNCATE)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.open("new", flags=Guest.CREATE)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.call("fd_fdstat_set_rights", ROOT, base, passed_on)) is Errno.NOTCAPABLE


def test_truncating_on_opening_works_without_other_rights(guest: Guest, tmp_path: Path) -> None:
    guest.put("file", b"abc")
    fd = guest.open("file", flags=Guest.TRUNCATE, rights=0, inherited=0)
    assert (tmp_path / "file").read_bytes() == b""
    with pytest.raises(WasiError):
        guest.read(fd)


def test_rights_that_were_not_inherited_cannot_be_had(guest: Guest) -> None:
    guest.mkdir("dir")
    fd = guest.open("dir", flags=Guest.DIRECTORY, rights=guest.fdstat(ROOT)[2], inherited=Guest.READ)
    guest.put("dir/file")
    assert errno_of(lambda: guest.open("file", rights=Guest.WRITE, at=fd)) is Errno.NOTCAPABLE
    guest.open("file", rights=Guest.READ, at=fd)


def test_unknown_flags_are_refused(guest: Guest) -> None:
    assert errno_of(lambda: guest.open("x", flags=16)) is Errno.INVAL
    assert errno_of(lambda: guest.open("x", fdflags=32)) is Errno.INVAL


def test_files_run_out_at_their_limit(guest: Guest) -> None:
    guest.put("file")
    opened = []
    with pytest.raises(WasiError) as caught:
        while True:
            opened.append(guest.open("file"))
    assert caught.value.errno is Errno.MFILE
    assert len(opened) < 260
    guest.call("fd_close", opened[0])
    assert guest.open("file") == opened[0]
