"""Archives: ordinary ones unpack, hostile ones leave nothing outside and end with a reason."""

import contextlib
import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.adapters.skills import archive as skill_archive
from blufio_tui.adapters.skills.archive import unpack
from blufio_tui.core.errors import SkillError


def tar_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def zip_of(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


def unpacked(tmp_path: Path, data: bytes, name: str = "a.tar.gz") -> dict[str, bytes]:
    archive, into = tmp_path / name, tmp_path / "outer" / "into"
    archive.write_bytes(data)
    into.mkdir(parents=True)
    try:
        unpack(archive, into)
    finally:
        outside = [path for path in (tmp_path / "outer").iterdir() if path != into]
        assert outside == []
    return {path.relative_to(into).as_posix(): path.read_bytes() for path in into.rglob("*") if path.is_file()}


def test_a_tar_and_a_zip_unpack_to_the_same_files(tmp_path: Path) -> None:
    expected = {"greeter/skill.toml": b"[skill]", "greeter/src/a.c": b"int x;"}
    for data, name in (
        (tar_of(*((member(f"./{path}"), data) for path, data in expected.items())), "a.tar.gz"),
        (zip_of(*expected.items()), "a.zip"),
    ):
        place = tmp_path / name.removeprefix("a.")
        place.mkdir()
        assert unpacked(place, data, name) == expected


def test_build_products_are_left_behind(tmp_path: Path) -> None:
    assert unpacked(tmp_path, zip_of(("a", b"1"), ("target/x", b"2"), ("node_modules/y", b"3")), "a.zip") == {"a": b"1"}


def test_files_come_out_as_plain_data(tmp_path: Path) -> None:
    info = member("run.sh")
    info.mode = 0o4777
    unpacked(tmp_path, tar_of((info, b"#!/bin/sh")))
    mode = stat.S_IMODE((tmp_path / "outer" / "into" / "run.sh").stat().st_mode)
    assert mode & 0o7111 == 0


ESCAPES = [
    "../evil",
    "a/../../evil",
    "/evil",
    "..",
    "a//b",
    "a/./b",
    "a\\..\\evil",
    "c:evil",
    "a\x1bb",
    "a\u202eb",
    "a\nb",
]


@pytest.mark.parametrize("name", ESCAPES)
def test_a_path_that_leaves_the_folder_or_hides_is_refused_in_a_tar(tmp_path: Path, name: str) -> None:
    with pytest.raises(SkillError):
        unpacked(tmp_path, tar_of((member(name), b"x")))


@pytest.mark.parametrize("name", [name for name in ESCAPES if "\\" not in name or os.sep == "/"])
def test_a_path_that_leaves_the_folder_or_hides_is_refused_in_a_zip(tmp_path: Path, name: str) -> None:
    with pytest.raises(SkillError):
        unpacked(tmp_path, zip_of((name, b"x")), "a.zip")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    with pytest.raises(SkillError, match="a link or a special file"):
        unpacked(tmp_path, tar_of((member("a", kind, "/etc/passwd"), b"")))


def test_writing_through_a_link_made_earlier_in_the_archive_is_impossible(tmp_path: Path) -> None:
    with pytest.raises(SkillError, match="a link or a special file"):
        unpacked(tmp_path, tar_of((member("d", tarfile.SYMTYPE, "../.."), b""), (member("d/evil"), b"x")))


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("a")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(SkillError, match="a link or a special file"):
        unpacked(tmp_path, zip_of((info, b"/etc/passwd")), "a.zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_method_whose_memory_the_archive_chooses_is_refused(tmp_path: Path, method: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("a", b"x" * 100)
    with pytest.raises(SkillError, match="method other than deflate"):
        unpacked(tmp_path, buffer.getvalue(), "a.zip")


def test_a_file_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SkillError, match="twice"):
        unpacked(tmp_path, tar_of((member("a"), b"1"), (member("./a"), b"2")))


def test_a_file_where_a_folder_is_needed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SkillError):
        unpacked(tmp_path, tar_of((member("a"), b"1"), (member("a/b"), b"2")))


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skill_archive, "MAX_TOTAL_BYTES", 1_000_000)
    monkeypatch.setattr(skill_archive, "_MAX_UNPACKED", 1_200_000)
    monkeypatch.setattr(skill_archive, "MAX_FILES", 20)


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("pack", ["tar", "zip"])
def test_a_bomb_is_stopped_while_it_unpacks(tmp_path: Path, pack: str) -> None:
    zeros = bytes(5_000_000)
    data = tar_of((member("a"), zeros)) if pack == "tar" else zip_of(("a", zeros))
    assert len(data) < 10_000
    with pytest.raises(SkillError, match="unpacks to more than"):
        unpacked(tmp_path, data, f"a.{pack}")


@pytest.mark.usefixtures("small_limits")
def test_a_zip_that_lies_about_sizes_is_stopped_all_the_same(tmp_path: Path) -> None:
    data = bytearray(zip_of(("a", bytes(5_000_000))))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = struct.pack("<I", 10)
    with pytest.raises(SkillError):
        unpacked(tmp_path, bytes(data), "a.zip")


@pytest.mark.usefixtures("small_limits")
def test_a_bomb_in_a_tars_header_is_stopped(tmp_path: Path) -> None:
    long_name = tarfile.TarInfo("././@LongLink")
    long_name.type = tarfile.GNUTYPE_LONGNAME
    with pytest.raises(SkillError, match="unpacks to more than"):
        unpacked(tmp_path, tar_of((long_name, b"a" * 5_000_000), (member("a"), b"x")))


@pytest.mark.usefixtures("small_limits")
def test_too_many_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SkillError, match="more than 20 files"):
        unpacked(tmp_path, tar_of(*((member(f"f{number}"), b"") for number in range(21))))


@pytest.mark.usefixtures("small_limits")
def test_endless_folders_are_refused_too(tmp_path: Path) -> None:
    with pytest.raises(SkillError, match="more than 20 files"):
        unpacked(tmp_path, tar_of(*((member(f"d{number}", tarfile.DIRTYPE), b"") for number in range(100))))


def test_a_zip_with_a_huge_directory_is_refused_before_it_is_read(tmp_path: Path) -> None:
    data = bytearray(zip_of(("a", b"x")))
    at = data.rindex(b"PK\x05\x06") + 12
    data[at : at + 4] = struct.pack("<I", 100_000_000)
    with pytest.raises(SkillError, match="more than"):
        unpacked(tmp_path, bytes(data), "a.zip")


def test_an_archive_that_is_itself_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skill_archive, "MAX_ARCHIVE_BYTES", 10)
    with pytest.raises(SkillError, match="larger than"):
        unpacked(tmp_path, tar_of((member("a"), b"x")))


NO_ARCHIVES = [b"", b"PK", b"\x1f\x8b", b"plain text", gzip.compress(b"not a tar", mtime=0), zip_of()[:-4]]


@pytest.mark.parametrize("data", NO_ARCHIVES, ids=["empty", "pk", "gz", "text", "gzip", "cut"])
def test_what_is_no_archive_says_so(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SkillError):
        unpacked(tmp_path, data)


GOOD = (tar_of((member("skill.toml"), b"x" * 600)), zip_of(("skill.toml", b"x" * 600)))


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_archive_unpacks_or_is_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, changes: list[tuple[int, int]]
) -> None:
    damaged = bytearray(data)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    with contextlib.suppress(SkillError):
        unpacked(tmp_path_factory.mktemp("archive"), bytes(damaged))
