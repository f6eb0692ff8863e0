"""What a WASI guest's file operations are decided on, and that nothing gets around the decision."""

import gc
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from blufio_tui.adapters.files import wasi as wasi_files
from blufio_tui.adapters.files.wasi import HandleTable, OpenHandle
from blufio_tui.core.effects import Effect, FileOperation
from blufio_tui.core.errors import CapabilityDenied, HostError
from blufio_tui.core.wasi.errno import Errno
from tests.fakes.file_policy import FilePolicy
from tests.fakes.wasi_guest import Guest, errno_of


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """One folder that may be read, one that may be written, one that may be both."""
    made = tuple(tmp_path / name for name in ("read", "write", "both"))
    for folder in made:
        folder.mkdir()
        (folder / "file").write_bytes(b"content")
    return made  # type: ignore[return-value]


@pytest.fixture
def guest(tmp_path: Path, folders: tuple[Path, Path, Path]) -> Guest:
    read, write, both = folders
    return Guest(tmp_path, FilePolicy((read, both), (write, both)))


def asked(guest: Guest, action: Callable[[], object]) -> list[tuple[str, str, str]]:
    guest.host.policy.asked.clear()
    assert errno_of(action) is Errno.SUCCESS
    return guest.host.policy.asked


@pytest.mark.parametrize(
    "action",
    [
        lambda guest: guest.put("read/new"),
        lambda guest: guest.open("read/file", rights=Guest.WRITE),
        lambda guest: guest.open("read/file", flags=Guest.TRUNCATE),
        lambda guest: guest.open("write/file", rights=Guest.READ),
        lambda guest: guest.open("write/file", rights=Guest.READ | Guest.WRITE),
        lambda guest: guest.open("write/file"),
        lambda guest: guest.open("write", flags=Guest.DIRECTORY),
        lambda guest: guest.stat("write/file"),
        lambda guest: guest.stat("elsewhere"),
        lambda guest: guest.readlink("write/file"),
        lambda guest: guest.mkdir("read/new"),
        lambda guest: guest.rmdir("read"),
        lambda guest: guest.unlink("read/file"),
        lambda guest: guest.symlink("file", "read/link"),
        lambda guest: guest.rename("read/file", "both/new"),
        lambda guest: guest.rename("both/file", "read/new"),
        lambda guest: guest.rename("write/file", "both/new"),
        lambda guest: guest.link("read/file", "both/new"),
        lambda guest: guest.link("write/file", "both/new"),
        lambda guest: guest.link("both/file", "read/new"),
        lambda guest: guest.listing(),
    ],
)
def test_what_the_policy_denies_is_notcapable_and_changes_nothing(
    guest: Guest, tmp_path: Path, action: Callable[[Guest], object]
) -> None:
    before = sorted((str(path), path.stat().st_size) for path in tmp_path.rglob("*"))
    assert errno_of(lambda: action(guest)) is Errno.NOTCAPABLE
    assert sorted((str(path), path.stat().st_size) for path in tmp_path.rglob("*")) == before


def test_each_operation_is_decided_on_its_canonical_path(guest: Guest, tmp_path: Path) -> None:
    file, new = str(tmp_path / "both" / "file"), str(tmp_path / "both" / "new")
    assert asked(guest, lambda: guest.stat("read/../both/./file")) == [("fs.read", file, "stat")]
    assert asked(guest, lambda: guest.open("both/file", rights=Guest.READ)) == [("fs.read", file, "read")]
    assert asked(guest, lambda: guest.open("both/file", rights=Guest.WRITE)) == [("fs.write", file, "write")]
    assert asked(guest, lambda: guest.file("both/new")) == [("fs.write", new, "create"), ("fs.read", new, "read")]
    assert asked(guest, lambda: guest.unlink("both/new")) == [("fs.write", new, "remove")]
    assert asked(guest, lambda: guest.rename("both/file", "both/new")) == [
        ("fs.write", file, "rename"),
        ("fs.write", new, "rename"),
    ]
    assert asked(guest, lambda: guest.link("both/new", "both/file")) == [
        ("fs.read", new, "link"),
        ("fs.write", new, "link"),
        ("fs.write", file, "link"),
    ]


def test_reading_and_writing_an_open_file_asks_nothing_more(guest: Guest) -> None:
    fd = guest.file("both/file")
    assert asked(guest, lambda: (guest.read(fd), guest.write(fd, b"x"), guest.filestat(fd), guest.seek(fd, 0))) == []


def test_each_pass_over_a_preopened_folder_is_asked_about(tmp_path: Path) -> None:
    guest = Guest(tmp_path)
    one = [("fs.read", str(tmp_path), "list")]
    assert asked(guest, guest.listing) == one
    assert asked(guest, lambda: guest.listing(cookie=2)) == []
    assert asked(guest, guest.listing) == one


def test_whether_a_file_exists_is_not_told_before_it_is_allowed(guest: Guest, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret").touch()
    for path in ("elsewhere/secret", "elsewhere/missing", "elsewhere/secret/deeper", "elsewhere/missing/../x"):
        assert errno_of(lambda: guest.stat(path)) is Errno.NOTCAPABLE  # noqa: B023


def test_a_write_only_handle_cannot_be_read_whatever_a_worker_asks(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"secret")
    table = HandleTable()
    fd = os.open(tmp_path / "file", os.O_RDWR)
    number = table.add(OpenHandle(fd, "file", readable=False, writable=True))
    with pytest.raises(HostError, match="not opened for this"):
        table.call(number, "read", (0, 10))
    table.close()


def test_a_link_swapped_in_after_the_decision_is_not_followed(tmp_path: Path) -> None:
    allowed, outside = tmp_path / "allowed", tmp_path / "outside"
    for folder in (allowed, outside):
        folder.mkdir()
        (folder / "file").write_bytes(folder.name.encode())

    def swap(_effect: Effect) -> None:
        (allowed / "file").unlink()
        (allowed / "file").symlink_to(outside / "file")

    policy = FilePolicy((allowed,), (allowed,), before_execute=swap)
    guest = Guest(allowed, policy)
    assert errno_of(lambda: guest.open("file", rights=Guest.READ)) in (Errno.NOTCAPABLE, Errno.LOOP)
    assert (outside / "file").read_bytes() == b"outside"


def test_a_folder_swapped_for_a_link_after_the_decision_is_not_entered(tmp_path: Path) -> None:
    allowed, outside = tmp_path / "allowed", tmp_path / "outside"
    (allowed / "dir").mkdir(parents=True)
    outside.mkdir()

    def swap(_effect: Effect) -> None:
        (allowed / "dir").rmdir()
        (allowed / "dir").symlink_to(outside)

    guest = Guest(allowed, FilePolicy((allowed,), (allowed,), before_execute=swap))
    assert errno_of(lambda: guest.mkdir("dir/new")) is Errno.NOTCAPABLE
    assert list(outside.iterdir()) == []


def test_a_declared_folder_is_made_when_something_is_first_put_there(tmp_path: Path) -> None:
    for number, action in enumerate((lambda guest: guest.put("file", b"x"), lambda guest: guest.mkdir("sub"))):
        folder = tmp_path / f"cache{number}" / "weather"
        guest = Guest(folder, FilePolicy((folder,), (folder,)))
        assert errno_of(guest.listing) is Errno.NOENT
        assert errno_of(lambda: guest.put("deeper/file")) is Errno.NOENT  # noqa: B023
        assert not folder.exists()
        action(guest)
        assert len(list(folder.iterdir())) == 1


def test_a_folder_that_may_not_be_written_is_not_made(tmp_path: Path) -> None:
    guest = Guest(tmp_path / "cache", FilePolicy((tmp_path,), ()))
    assert errno_of(lambda: guest.put("file")) is Errno.NOTCAPABLE
    assert not (tmp_path / "cache").exists()


async def test_a_path_that_changes_between_two_decisions_is_decided_again(tmp_path: Path) -> None:
    allowed, secret = tmp_path / "allowed", tmp_path / "secret"
    allowed.mkdir()
    secret.mkdir()
    (allowed / "file").write_bytes(b"x")
    (allowed / "a").mkdir()
    swapped = False

    def swap(_effect: Effect) -> None:
        nonlocal swapped
        if not swapped:
            swapped = True
            (allowed / "a").rmdir()
            (allowed / "a").symlink_to("b")

    policy = FilePolicy((allowed,), (allowed,), before_execute=swap)
    with pytest.raises((CapabilityDenied, HostError)):
        await policy(FileOperation("rename", "file", "a/new", root=str(allowed), other_root=str(allowed)))
    assert (str(allowed / "b" / "new")) in [path for _, path, _ in policy.asked]


def test_a_worker_cannot_claim_that_something_was_decided(tmp_path: Path) -> None:
    """The class that carries decisions is not one that the wire can make."""
    from blufio_tui.adapters.sandbox.wire.effect_frames import effect_frame, parse_effect

    claimed = wasi_files.PartlyDecided("stat", "x", root=str(tmp_path), decided=(("fs.read", str(tmp_path / "x")),))
    parsed = parse_effect(effect_frame(claimed, "nonce", 1))
    assert type(parsed) is FileOperation


def test_the_programs_own_files_stay_closed(tmp_path: Path) -> None:
    own = tmp_path / "grants.toml"
    own.write_text("x")
    guest = Guest(tmp_path, FilePolicy((tmp_path,), (tmp_path,), protected=(own,)))
    assert errno_of(lambda: guest.open("grants.toml", rights=Guest.READ)) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.link("grants.toml", "mine")) is Errno.NOTCAPABLE
    assert errno_of(lambda: guest.rename("grants.toml", "mine")) is Errno.NOTCAPABLE
    guest.put("other")
    assert errno_of(lambda: guest.rename("other", "grants.toml")) is Errno.NOTCAPABLE
    assert own.read_text() == "x"


@pytest.mark.parametrize("operation", ["chmod", "", "open\0"])
async def test_an_unknown_operation_is_refused(tmp_path: Path, operation: str) -> None:
    with pytest.raises(CapabilityDenied):
        await FilePolicy((tmp_path,))(FileOperation(operation, "x", root=str(tmp_path)))


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [("read", (0,)), ("read", (-1, 4)), ("read", (0, 1 << 63)), ("list", (True, 4)), ("explode", ()), ("stat", (1,))],
)
def test_malformed_requests_on_an_open_file_are_errors(
    tmp_path: Path, operation: str, arguments: tuple[int, ...]
) -> None:
    table = HandleTable()
    number = table.add(OpenHandle(os.open(tmp_path, os.O_RDONLY), "x", readable=True, writable=False))
    with pytest.raises(HostError):
        table.call(number, operation, arguments)
    with pytest.raises(HostError):
        table.call(number + 1, "stat")
    table.close()
    with pytest.raises(HostError):
        table.call(number, "stat")


def test_open_files_are_closed_with_their_call(tmp_path: Path) -> None:
    guest = Guest(tmp_path)
    gc.collect()  # what earlier tests left open
    before = len(os.listdir("/dev/fd"))
    for number in range(20):
        guest.file(f"file{number}")
    assert len(os.listdir("/dev/fd")) == before + 20
    guest.host.handles.close()
    assert len(os.listdir("/dev/fd")) == before
