"""The canonical list of a skill's files."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.core.errors import SkillError
from blufio_tui.core.skills.files import (
    MAX_FILES,
    MAX_TOTAL_BYTES,
    FileEntry,
    canonical_list,
    changed_files,
    check_list,
    content_hash,
    is_ignored,
)


def entry(path: str, sha256: str = "0" * 64, size: int = 1) -> FileEntry:
    return FileEntry(path, size, sha256)


def test_the_list_has_a_line_a_file_in_the_order_of_bytes() -> None:
    listed = canonical_list([entry("b"), entry("a/c"), entry("B2")]).decode().splitlines()
    assert [line.split(" ", 2)[2] for line in listed[1:]] == ["B2", "a/c", "b"]


def test_the_order_of_reading_does_not_change_the_hash() -> None:
    files = [entry("skill.toml"), entry("skill.wasm", "1" * 64), entry("a/b", "2" * 64)]
    assert content_hash(files) == content_hash(reversed(files))


@pytest.mark.parametrize("changed", [entry("a", "1" * 64), entry("a", size=2), entry("b")])
def test_content_size_and_name_all_count(changed: FileEntry) -> None:
    assert content_hash([entry("a")]) != content_hash([changed])


def test_the_signature_is_no_part_of_what_is_signed() -> None:
    assert content_hash([entry("a"), entry("skill.sig")]) == content_hash([entry("a")])


# fmt: off
@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a\\b", "c:x", "a\nb", "a\u202eb", "a\u200bb", "a\x7f",
     "x/" * 20 + "y", "a" * 600, "\udcff"],
)
def test_a_path_that_could_leave_the_folder_or_hide_is_refused(path: str) -> None:
    with pytest.raises(SkillError):
        check_list([entry(path)])


@pytest.mark.parametrize(("one", "other"), [("README", "readme"), ("é", "e\u0301"), ("ﬁ", "fi")])
def test_two_names_that_some_systems_take_for_one_are_refused(one: str, other: str) -> None:
    with pytest.raises(SkillError, match="are one file on some systems"):
        check_list([entry(one), entry(other)])


def test_too_many_files_and_too_many_bytes_are_refused() -> None:
    with pytest.raises(SkillError, match="at most 1000"):
        check_list([entry(f"f{number}") for number in range(MAX_FILES + 1)])
    with pytest.raises(SkillError, match="larger than 64 MiB"):
        check_list([entry("a", size=MAX_TOTAL_BYTES + 1)])


def test_build_products_are_no_part_of_a_skill() -> None:
    assert is_ignored("target/release/x.wasm")
    assert is_ignored("src/__pycache__/a.pyc")
    assert not is_ignored("src/targets.c")


def test_differences_are_named() -> None:
    before, now = [entry("a"), entry("b"), entry("c")], [entry("a"), entry("b", "1" * 64), entry("d")]
    assert changed_files(before, now) == ("changed: b", "new: d", "missing: c")


NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"], include_characters="-_."), min_size=1, max_size=8)
ENTRIES = st.builds(FileEntry, NAMES, st.integers(0, 100), st.sampled_from(["0" * 64, "1" * 64]))


@settings(max_examples=100, deadline=None)
@given(st.lists(ENTRIES, max_size=4), st.lists(ENTRIES, max_size=4))
def test_equal_hashes_mean_equal_files(left: list[FileEntry], right: list[FileEntry]) -> None:
    try:
        hashes = content_hash(left), content_hash(right)
    except SkillError:
        return
    assert (hashes[0] == hashes[1]) == (sorted(left) == sorted(right))
