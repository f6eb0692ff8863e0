"""Edits: what is replaced, what stays, and what a model is told when it cannot be done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.files.edits import Edit, EditError, Looseness, apply_edits
from blufio_tui.core.files.encodings import read_text

LINES = st.lists(st.text(alphabet="ab \tx{}é", max_size=8), max_size=12)
ENDS = st.sampled_from(["\n", "\r\n"])


@given(before=LINES, after=LINES, ends=ENDS, new=st.text(alphabet="ab \n", max_size=12))
def test_everything_outside_of_the_match_keeps_its_bytes(
    before: list[str], after: list[str], ends: str, new: str
) -> None:
    head, tail = ends.join([*before, ""]), ends.join(["", *after])
    edited = apply_edits(f"{head}<MARK>{tail}", [Edit("<MARK>", new)])
    assert edited.text.startswith(head) and edited.text.endswith(tail)
    assert edited.text[len(head) : len(edited.text) - len(tail)].replace("\r\n", "\n") == new


@given(text=st.text(alphabet="ab\r\n ", max_size=40), old=st.text(alphabet="ab\n", min_size=1, max_size=4))
def test_replacing_all_leaves_none_and_counts_each(text: str, old: str) -> None:
    plain = text.replace("\r\n", "\n")
    if old not in plain:
        return
    edited = apply_edits(text, [Edit(old, "Z", replace_all=True)])
    assert edited.text.replace("\r\n", "\n") == plain.replace(old, "Z")
    assert len(edited.applied[0].lines) == plain.count(old)


@given(data=st.binary(max_size=60))
def test_a_file_that_is_text_comes_back_byte_for_byte(data: bytes) -> None:
    file = read_text(data)
    if file is not None:
        assert file.encoded(file.text) == data


def test_a_windows_file_gets_windows_ends_for_new_lines() -> None:
    assert apply_edits("a\r\nb\r\nc\r\n", [Edit("a\nb", "x\ny\nz")]).text == "x\r\ny\r\nz\r\nc\r\n"


def test_the_edits_are_made_in_order_and_each_sees_the_one_before() -> None:
    assert apply_edits("one", [Edit("one", "two"), Edit("two", "three")]).text == "three"


def test_one_edit_that_fails_names_itself_and_none_is_made() -> None:
    with pytest.raises(EditError, match="edit 2 of 2: `old` is not in the file"):
        apply_edits("one", [Edit("one", "two"), Edit("absent", "three")])


def test_a_piece_that_is_there_twice_is_refused_with_its_lines() -> None:
    with pytest.raises(EditError, match="there 2 times, at lines 1, 3"):
        apply_edits("x = 1\ny\nx = 1\n", [Edit("x = 1", "x = 2")])


def test_what_is_not_there_is_answered_with_the_nearest_lines_and_their_numbers() -> None:
    text = "".join(f"value_{number} = {number}\n" for number in range(3000)) + "def greet(name):\n    pass\n"
    with pytest.raises(EditError, match=r"3001\tdef greet\(name\):"):
        apply_edits(text, [Edit("def greet(names):", "x")])


def test_blanks_at_the_ends_of_lines_are_overlooked_in_sight() -> None:
    edited = apply_edits("a  \nb\t\nc\n", [Edit("a\nb\n", "z\n")])
    assert edited.text == "z\nc\n" and edited.applied[0].looseness is Looseness.TRAILING_BLANKS


def test_another_indentation_is_carried_over_to_the_new_text() -> None:
    text = "class A:\n    def f(self):\n        return 1\n"
    edited = apply_edits(text, [Edit("def f(self):\n    return 1", "def f(self):\n    x = 1\n\n    return x")])
    assert edited.text == "class A:\n    def f(self):\n        x = 1\n\n        return x\n"
    assert edited.applied[0].looseness is Looseness.INDENTATION


def test_a_loose_match_must_be_the_only_one() -> None:
    with pytest.raises(EditError, match="2 times"):
        apply_edits("  a\n  b\n\n    a\n    b\n", [Edit("a\nb\n", "c\n", replace_all=True)])


@pytest.mark.parametrize("text", ["    a\n  b\n", "\ta\n    b\n"])
def test_lines_that_are_shifted_unevenly_do_not_match(text: str) -> None:
    with pytest.raises(EditError, match="not in the file"):
        apply_edits(text, [Edit("a\nb", "c")])


@pytest.mark.parametrize(("old", "new", "why"), [("", "x", "is empty"), ("a", "a", "are the same")])
def test_an_edit_that_cannot_mean_anything_is_explained(old: str, new: str, why: str) -> None:
    with pytest.raises(EditError, match=why):
        apply_edits("a", [Edit(old, new)])
