"""The file guard on a real file system: every way around it is refused, ordinary work is not."""

import asyncio
import json
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.adapters.files import file_effects
from blufio_tui.adapters.files.file_effects import prepare_list, prepare_read, prepare_write
from blufio_tui.adapters.files.guard import FileGuard, places
from blufio_tui.core.effects import ListDir, ReadFile, WriteFile
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.guards.paths import Places, covers

SECRET = b"the content of a file outside"


class World:
    """A project, a sibling whose name begins the same, a home, the program's own files, and a file outside of all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.project = root / "project"
        self.home = root / "home"
        self.own = root / "home" / ".blufio"
        self.outside = root / "outside"
        for folder in (self.project / "sub" / "deep", self.own / "keys", self.outside, root / "project-evil"):
            folder.mkdir(parents=True)
        (self.outside / "secret").write_bytes(SECRET)
        (root / "project-evil" / "secret").write_bytes(SECRET)
        (self.own / "blufio.db").write_bytes(SECRET)
        (self.own / "blufio.db-wal").write_bytes(SECRET)
        (self.own / "keys" / "audit.key").write_bytes(SECRET)
        (self.project / "a.txt").write_text("hello\n")
        (self.project / "sub" / "b.txt").write_text("b\n")
        self.guard = FileGuard(places(self.project, self.home), [self.own / "blufio.db", self.own / "keys"])

    def decided(self, canonical: str) -> bool:
        """The policy of these tests: whatever lies in the project."""
        return covers(str(self.project), canonical)

    def read(self, written: str, between: Callable[[], None] | None = None) -> bytes:
        """What a caller gets; raises NeverRule, HostError, or PermissionError for the policy's no."""
        prepared = prepare_read(self.guard, ReadFile(written))
        if not self.decided(prepared.target.path):
            raise PermissionError(prepared.target.path)
        if between is not None:
            between()
        return asyncio.run(prepared.execute()).data

    def write(self, written: str, content: bytes = b"new", between: Callable[[], None] | None = None) -> None:
        prepared = prepare_write(self.guard, WriteFile(written, content))
        if not self.decided(prepared.target.path):
            raise PermissionError(prepared.target.path)
        if between is not None:
            between()
        asyncio.run(prepared.execute())

    def leaked(self) -> list[Path]:
        """Files outside the project that are no longer what they were."""
        watched = [self.outside / "secret", self.root / "project-evil" / "secret", self.own / "blufio.db"]
        watched.append(self.own / "keys" / "audit.key")
        return [path for path in watched if path.read_bytes() != SECRET]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(Path(os.path.realpath(tmp_path)))


def refused(act: Callable[[], object]) -> bool:
    try:
        result = act()
    except (NeverRule, HostError, PermissionError):
        return True
    return isinstance(result, bytes) and SECRET not in result


# ── spellings ──────────────────────────────────────────────────────────────────────────────────────


def traversals(world: World) -> Iterator[str]:
    for depth in range(1, 16):
        up = "../" * depth
        yield from (f"{up}outside/secret", f"sub/{up}outside/secret", f"./{up}/outside//secret", f"{up}etc/passwd")
        yield from (f"sub/deep/{up}project-evil/secret", f"{up}home/.blufio/blufio.db", f"{up}proc/self/environ")
        yield f"missing/{up}outside/secret"
    project = str(world.project)
    yield from (f"{project}/../outside/secret", f"{project}-evil/secret", f"{project}/./../project-evil/secret")
    yield from (
        f"/{project}/../outside/secret",
        f"//{project}//..//outside//secret",
        f"{project}/sub/../../outside/secret",
    )
    yield from ("${PROJECT}/../outside/secret", "${PROJECT}-evil/secret", "~/../outside/secret", "~/.blufio/blufio.db")
    yield from ("~/.blufio/keys/audit.key", "~/.blufio/blufio.db-wal", "~/.blufio/keys", "~/.BLUFIO/blufio.db")


ENCODED = [
    "%2e%2e/outside/secret",
    "%2e%2e%2foutside%2fsecret",
    "..%2foutside/secret",
    "..%252foutside%252fsecret",
    "..%c0%afoutside/secret",
    "%c0%ae%c0%ae/outside/secret",
    "..%00/outside/secret",
    "..\\outside\\secret",
    "..\\/outside/secret",
    "....//outside/secret",
    "..;/outside/secret",
    ".../outside/secret",
    "..%5coutside%5csecret",
    "file:../outside/secret",
    "file://../outside/secret",
    "．．/outside/secret",
    "‥/outside/secret",
    "..∕outside∕secret",
    "..／outside／secret",
    ".\u200b./outside/secret",
    "~root/x",
    "~/../../etc/shadow",
    "$HOME/../outside/secret",
    "${HOME}/../outside/secret",
    "`pwd`/x",
    "$(pwd)/x",
    "..\x00/outside",
]

SYSTEM = [
    "/proc/self/environ",
    "/proc/self/mem",
    "/proc/self/maps",
    "/proc/self/fd/0",
    "/proc/self/root/etc/passwd",
    "/proc/self/cwd/a.txt",
    "/proc/thread-self/environ",
    "/proc/1/environ",
    "/proc/1/root/etc/shadow",
    "/proc/kcore",
    "/proc/version",
    "/proc",
    "/proc/",
    "//proc/version",
    "/./proc/version",
    "/proc/../proc/version",
    "/etc/../proc/self/environ",
    "/proc/net/tcp",
    "/proc/sys/kernel/hostname",
    "/sys",
    "/sys/kernel/notes",
    "/sys/../sys/devices",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/fd/0",
    "/dev/fd/1",
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/mem",
    "/dev/kmsg",
    "/dev/sda",
    "/dev/ptmx",
    "/dev/shm/x",
    "/dev/./null",
    "/dev/../dev/zero",
    "/etc/passwd",
    "/etc/shadow",
    "/root/.ssh/id_rsa",
    "/",
    "//",
    "/.",
    "/..",
    "/etc",
    "/tmp",
]

MALFORMED = ["", "\0", "a.txt\0", "a.txt\0.png", "\0/etc/passwd", "x" * 256, "a/" * 3000, "\ud800", "sub/" + "é" * 130]


def test_none_of_more_than_two_hundred_spellings_reaches_outside(world: World) -> None:
    spellings = [*traversals(world), *ENCODED, *SYSTEM, *MALFORMED]
    assert len(set(spellings)) > 200
    assert [one for one in spellings if not refused(lambda one=one: world.read(one))] == []  # type: ignore[misc]
    writes = [one for one in traversals(world) if one.startswith(("~", "/"))] + SYSTEM + MALFORMED
    assert [one for one in writes if not refused(lambda one=one: world.write(one))] == []  # type: ignore[misc]
    assert world.leaked() == []


@pytest.mark.parametrize(
    ("written", "content"),
    [
        ("a.txt", b"hello\n"),
        ("./a.txt", b"hello\n"),
        ("sub/../a.txt", b"hello\n"),
        ("sub/b.txt", b"b\n"),
        ("sub//b.txt", b"b\n"),
        ("${PROJECT}/sub/b.txt", b"b\n"),
        ("../project/a.txt", b"hello\n"),
        ("sub/deep/../../a.txt", b"hello\n"),
    ],
)
def test_ordinary_paths_are_read(world: World, written: str, content: bytes) -> None:
    assert world.read(written) == content


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "x y",
        "naïve.md",
        "日本語.txt",
        "a%20b",
        "back\\slash",
        "~tilde",
        ".hidden",
        "..two",
        "...",
        "-rf",
        "new\nline",
        "a:b",
        "quote'\"",
        "${X}",
        "*",
        "emoji 🎈",
        "x" * 255,
        "cafe\u0301",
        "caf\u00e9",
        "tab\tx",
        "[x]",
        "#1",
        "a;b",
        "&",
        "ß",
    ],
)
def test_any_ordinary_name_can_be_written_read_and_listed(world: World, name: str) -> None:
    world.write(name, b"x")
    assert world.read(name) == b"x"
    listed = asyncio.run(prepare_list(world.guard, ListDir(".")).execute())
    assert {"name": name, "type": "file", "size": 1} in json.loads(listed.data)
    assert listed.value == len(json.loads(listed.data))


def test_links_inside_the_project_work_and_are_decided_by_where_they_lead(world: World) -> None:
    (world.project / "link").symlink_to("sub/b.txt")
    (world.project / "folder").symlink_to(world.project / "sub")
    assert world.read("link") == b"b\n"
    assert world.read("folder/b.txt") == b"b\n"
    assert prepare_read(world.guard, ReadFile("link")).target.path == str(world.project / "sub" / "b.txt")
    world.write("link", b"changed")
    assert (world.project / "sub" / "b.txt").read_bytes() == b"changed"
    assert (world.project / "link").is_symlink()


def test_dots_after_a_link_go_up_from_where_the_link_leads(world: World) -> None:
    (world.project / "out").symlink_to(world.outside)
    assert prepare_read(world.guard, ReadFile("out/../outside/secret")).target.path == str(world.outside / "secret")
    assert prepare_read(world.guard, ReadFile("out/../a.txt")).target.path == str(world.root / "a.txt")


# ── links ──────────────────────────────────────────────────────────────────────────────────────────


def links(world: World) -> Iterator[tuple[Path, str]]:
    """(link to make in the project, where it leads); the part after the link is added by the test."""
    secret, evil = str(world.outside / "secret"), str(world.root / "project-evil")
    targets = [secret, "../outside/secret", "./../outside/secret", "../../project/../outside/secret", f"{evil}/secret"]
    targets += ["/etc/passwd", "/proc/self/environ", "/dev/zero", "/dev/stdin", str(world.own / "blufio.db")]
    targets += [str(world.own / "keys" / "audit.key"), "/proc/self/root/etc/passwd", "/proc/self/cwd/a.txt"]
    for number, target in enumerate(targets):
        yield world.project / f"file{number}", target
        yield (
            world.project / "sub" / f"file{number}",
            target.replace("../", "../../", 1) if target[0] == "." else target,
        )


def test_no_link_to_a_file_leads_outside(world: World) -> None:
    attempts = []
    for link, target in links(world):
        link.symlink_to(target)
        chain = link.with_name(link.name + "-chain")
        chain.symlink_to(link)
        attempts += [str(link), str(chain)]
    assert [one for one in attempts if not refused(lambda one=one: world.read(one))] == []  # type: ignore[misc]
    assert [one for one in attempts if not refused(lambda one=one: world.write(one))] == []  # type: ignore[misc]
    assert world.leaked() == []


def test_no_link_to_a_folder_at_any_level_leads_outside(world: World) -> None:
    attempts = []
    for level, parent in enumerate([world.project, world.project / "sub", world.project / "sub" / "deep"]):
        for target in (world.outside, world.root / "project-evil", "/etc", "/proc/self", world.own, world.own / "keys"):
            link = parent / f"folder{level}{len(attempts)}"
            link.symlink_to(target)
            attempts += [f"{link}/{name}" for name in ("secret", "passwd", "environ", "blufio.db", "audit.key")]
    assert [one for one in attempts if not refused(lambda one=one: world.read(one))] == []  # type: ignore[misc]
    assert [one for one in attempts if not refused(lambda one=one: world.write(one))] == []  # type: ignore[misc]
    assert world.leaked() == []


def test_loops_of_links_end(world: World) -> None:
    (world.project / "loop").symlink_to("loop")
    (world.project / "ping").symlink_to("pong")
    (world.project / "pong").symlink_to("ping")
    (world.project / "self").symlink_to(".")
    for written in ("loop", "ping", "loop/x"):
        with pytest.raises(HostError, match="symbolic links"):
            world.read(written)
    assert world.read("self/self/self/a.txt") == b"hello\n"


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "a/b", "a/a", "b/a", "b/b"]), st.text("ab./", min_size=1, max_size=8)),
        max_size=6,
    ),
    st.text("ab./", max_size=14),
)
@settings(max_examples=150, deadline=None)
def test_canonical_paths_are_where_the_system_would_go(tree: list[tuple[str, str]], path: str) -> None:
    """Against `realpath` on random small trees of folders and links, loops included."""
    with tempfile.TemporaryDirectory() as made:
        root = os.path.realpath(made)
        for place, target in tree:
            with suppress(OSError):
                link = Path(root, place)
                link.parent.mkdir(exist_ok=True)
                link.symlink_to(target) if target.strip("/") else link.mkdir()
        guard = FileGuard(Places(root, root))
        try:
            canonical = guard.canonical(f"{root}/{path}")
        except (HostError, NeverRule):
            return
        assert canonical == os.path.realpath(f"{root}/{path}")
        assert guard.canonical(canonical) == canonical


# ── races: swapped between the decision and the effect ─────────────────────────────────────────────


def swaps(world: World) -> list[tuple[str, str, Callable[[], None]]]:
    """(name, path asked for, what changes after the decision)."""
    project = world.project

    def replace_by(path: Path, target: str | Path) -> Callable[[], None]:
        def swap() -> None:
            path.rename(path.with_name(path.name + "-old")) if path.exists() else None
            path.symlink_to(target)

        return swap

    own = world.own
    cases = []
    for target in (world.outside, own, own / "keys", "/etc", "/proc/self", world.root / "project-evil", "../outside"):
        for name in ("secret", "passwd", "environ", "blufio.db", "audit.key"):
            cases.append((f"folder to {target}", f"sub/{name}", replace_by(project / "sub", target)))
            cases.append((f"deep folder to {target}", f"sub/deep/{name}", replace_by(project / "sub" / "deep", target)))
    for target in (
        world.outside / "secret",
        own / "blufio.db",
        own / "keys" / "audit.key",
        "/etc/passwd",
        "/dev/zero",
        "/proc/self/environ",
        "../outside/secret",
        "/dev/stdin",
    ):
        cases.append((f"file to {target}", "a.txt", replace_by(project / "a.txt", target)))
        cases.append((f"new file to {target}", "new.txt", replace_by(project / "new.txt", target)))
    cases.append(("project to outside", "secret", replace_by(project, world.outside)))
    return cases


def test_no_swap_after_the_decision_reaches_another_file(tmp_path: Path) -> None:
    base = Path(os.path.realpath(tmp_path))
    count = len(swaps(World(base / "count")))
    assert count > 80
    passed = []
    for number in range(count):
        for act in ("read", "write"):
            world = World(base / f"{act}{number}")
            name, written, swap = swaps(world)[number]
            (world.project / written).parent.mkdir(exist_ok=True)
            attempt = world.read if act == "read" else world.write
            if not refused(lambda: attempt(written, between=swap)) or world.leaked():  # noqa: B023
                passed.append((act, name))
    assert passed == []


@pytest.mark.parametrize("moment", ["sub", "deep", "c.txt"])
def test_no_swap_in_the_middle_of_opening_reaches_another_file(
    world: World, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Each folder on the way is swapped for a link just before the guard opens the name `moment`."""
    (world.project / "sub" / "deep" / "c.txt").write_bytes(b"inside")
    (world.outside / "deep").mkdir()
    for folder in (world.outside, world.outside / "deep"):
        (folder / "c.txt").write_bytes(SECRET)
    plain_open = os.open

    def swapping_open(path: str, *rest: Any, **more: Any) -> int:
        if path == moment and (world.project / "sub" / "deep").exists() and not (world.project / "sub").is_symlink():
            (world.project / "sub" / "deep").rename(world.project / "sub" / "deep-old")
            (world.project / "sub" / "deep").symlink_to(world.outside / "deep")
            (world.project / "sub").rename(world.project / "sub-old")
            (world.project / "sub").symlink_to(world.outside)
            if moment == "c.txt":
                (world.project / "sub-old" / "deep-old" / "c.txt").unlink()
                (world.project / "sub-old" / "deep-old" / "c.txt").symlink_to(world.outside / "c.txt")
        return plain_open(path, *rest, **more)

    prepared = prepare_read(world.guard, ReadFile("sub/deep/c.txt"))
    monkeypatch.setattr(os, "open", swapping_open)
    try:
        assert asyncio.run(prepared.execute()).data == b"inside"
    except NeverRule as error:
        assert "changed into a symbolic link" in str(error)


def test_a_swap_is_told_from_a_missing_file(world: World) -> None:
    def swap() -> None:
        (world.project / "a.txt").unlink()
        (world.project / "a.txt").symlink_to(world.outside / "secret")

    with pytest.raises(NeverRule, match="changed into a symbolic link"):
        world.read("a.txt", between=swap)


def test_a_file_swapped_for_a_pipe_never_blocks(world: World) -> None:
    def swap() -> None:
        (world.project / "a.txt").unlink()
        os.mkfifo(world.project / "a.txt")

    with pytest.raises(NeverRule, match="named pipe"):
        world.read("a.txt", between=swap)
    with pytest.raises(NeverRule, match="named pipe"):
        world.write("a.txt")


# ── kinds of files ─────────────────────────────────────────────────────────────────────────────────


def test_pipes_sockets_and_folders_are_not_read_or_replaced(world: World) -> None:
    os.mkfifo(world.project / "pipe")
    listener = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(world.project)  # a socket's path may not be long
    try:
        listener.bind("socket")
    finally:
        os.chdir(here)
    for name, word in (("pipe", "named pipe"), ("socket", "socket")):
        with pytest.raises(NeverRule, match=word):
            world.read(name)
        with pytest.raises(NeverRule, match=word):
            world.write(name)
    with pytest.raises(HostError, match="Is a directory"):
        world.read("sub")
    with pytest.raises(HostError, match="Is a directory"):
        world.write("sub")
    listener.close()


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs mknod")
def test_a_device_outside_dev_is_refused(world: World) -> None:
    try:
        os.mknod(world.project / "zero", 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("mknod is not permitted here")
    with pytest.raises(NeverRule, match="device"):
        world.read("zero")


def test_own_files_are_recognised_under_a_hard_link(world: World) -> None:
    os.link(world.own / "blufio.db", world.project / "db")
    os.link(world.own / "keys" / "audit.key", world.project / "key")
    for name in ("db", "key"):
        with pytest.raises(NeverRule, match="own files"):
            world.read(name)
        with pytest.raises(NeverRule, match="own files"):
            world.write(name)


def test_own_folders_are_recognised_when_they_were_moved_there(world: World) -> None:
    guard = FileGuard(places(world.project, world.home), [world.own / "keys"])
    prepared = prepare_read(guard, ReadFile("moved/audit.key"))
    (world.project / "moved").symlink_to(world.own / "keys")
    with pytest.raises(NeverRule):
        asyncio.run(prepared.execute())


def test_a_file_over_the_cap_is_not_read(world: World) -> None:
    (world.project / "big").write_bytes(b"x" * 101)
    with pytest.raises(HostError, match="101 bytes, more than the limit of 100"):
        asyncio.run(prepare_read(world.guard, ReadFile("big", max_bytes=100)).execute())
    assert asyncio.run(prepare_read(world.guard, ReadFile("big", max_bytes=101)).execute()).value == 101
    with pytest.raises(HostError, match="more than"):
        prepare_write(world.guard, WriteFile("x", bytes(file_effects.MAX_WRITE + 1)))


def test_failures_say_what_and_where(world: World) -> None:
    for written, word in (("nope", "No such file"), ("a.txt/x", "Not a directory"), ("nope/x", "No such file")):
        with pytest.raises(HostError, match=f"{world.project}/{written}: {word}"):
            world.read(written)
    with pytest.raises(HostError, match="Not a directory"):
        asyncio.run(prepare_list(world.guard, ListDir("a.txt")).execute())


# ── writing ────────────────────────────────────────────────────────────────────────────────────────


def test_a_write_replaces_the_file_whole_and_keeps_its_mode(world: World) -> None:
    path = world.project / "a.txt"
    path.chmod(0o640)
    before = path.stat().st_ino
    world.write("a.txt", b"\x00new")
    assert path.read_bytes() == b"\x00new"
    assert path.stat().st_mode & 0o7777 == 0o640
    assert path.stat().st_ino != before
    assert [entry.name for entry in world.project.iterdir() if entry.name.endswith("tmp")] == []


def test_a_failed_write_leaves_the_old_file_and_no_temporary_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HostError, match="No space left"):
        world.write("a.txt", b"new")
    assert (world.project / "a.txt").read_bytes() == b"hello\n"
    assert sorted(os.listdir(world.project)) == ["a.txt", "sub"]


def test_missing_folders_are_made(world: World) -> None:
    world.write("x/y/z.txt", b"z")
    assert (world.project / "x" / "y" / "z.txt").read_bytes() == b"z"


def test_writing_one_name_of_a_hard_linked_file_leaves_the_other(world: World) -> None:
    os.link(world.outside / "secret", world.project / "linked")
    world.write("linked", b"new")
    assert world.leaked() == []
    assert (world.project / "linked").read_bytes() == b"new"


# ── what a person is shown ─────────────────────────────────────────────────────────────────────────


def test_a_write_is_described_by_its_difference(world: World) -> None:
    text = prepare_write(world.guard, WriteFile("a.txt", b"hello\nworld\n")).describe()
    assert f"write {world.project}/a.txt" in text
    assert "+world" in text and "-hello" not in text
    assert "-hello" in prepare_write(world.guard, WriteFile("a.txt", b"")).describe()
    new = prepare_write(world.guard, WriteFile("n", b"new\n")).describe()
    assert new.endswith("--- nothing\n+++ after\n@@ -0,0 +1 @@\n+new")
    assert prepare_write(world.guard, WriteFile("n", b"")).describe().endswith("--- nothing\nan empty file")
    assert "not text" in prepare_write(world.guard, WriteFile("a.txt", b"\xff\x00")).describe()


def test_a_long_write_is_described_whole(world: World) -> None:
    lines = [f"line {number}" for number in range(5000)]
    shown = prepare_write(world.guard, WriteFile("long", "\n".join([*lines, ""]).encode())).describe()
    assert shown.endswith("\n".join(f"+{line}" for line in lines))
    longer = "".join(f"{line}\n" for line in [*lines, "one more"])
    said = prepare_write(world.guard, WriteFile("long", longer.encode())).describe()
    assert f"new content, {len(longer):,} bytes:\n{longer.rstrip()}" in said


def test_hard_links_lookalikes_and_real_places_are_noted(world: World) -> None:
    os.link(world.outside / "secret", world.project / "linked")
    assert "2 hard links" in prepare_read(world.guard, ReadFile("linked")).describe()
    (world.project / "A.txt").write_text("other")
    text = prepare_read(world.guard, ReadFile("a.txt")).describe()
    if sorted(os.listdir(world.project)).count("A.txt"):
        assert "not to be confused with 'A.txt'" in text
    (world.project / "link").symlink_to("sub/b.txt")
    assert "asked for as link" in prepare_read(world.guard, ReadFile("link")).describe()


def test_a_listing_tells_kinds_apart_and_follows_nothing(world: World) -> None:
    (world.project / "link").symlink_to("/etc/passwd")
    os.mkfifo(world.project / "pipe")
    listed = json.loads(asyncio.run(prepare_list(world.guard, ListDir(".")).execute()).data)
    assert [(one["name"], one["type"]) for one in listed] == [
        ("a.txt", "file"),
        ("link", "symlink"),
        ("pipe", "other"),
        ("sub", "dir"),
    ]
