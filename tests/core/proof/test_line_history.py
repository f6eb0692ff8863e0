"""Lines walked back through the versions of a file."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.proof.line_history import Change, Origin, Source, line_before, origin_of_file, origin_of_line


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Versions:
    """A file that effects and others change."""

    def __init__(self) -> None:
        self.now: str | None = None
        self.changes: list[Change] = []
        self.kept: dict[str, bytes] = {"": b""}

    def others(self, text: str) -> None:
        self.now = text
        self.kept[sha(text)] = text.encode()

    def ours(self, text: str) -> Change:
        before = "" if self.now is None else sha(self.now)
        change = Change(len(self.changes) + 1, f"c{len(self.changes) + 1}", before, sha(text))
        self.changes.append(change)
        self.others(text)
        return change

    def line(self, number: int) -> Origin:
        assert self.now is not None
        return origin_of_line(number, sha(self.now), self.changes, self.kept.get)


def test_each_line_is_of_the_effect_that_wrote_it() -> None:
    file = Versions()
    first = file.ours("a\nb\nc\n")
    second = file.ours("a\nnew\nb\nc\n")
    third = file.ours("a\nnew\nb\nc changed\n")
    assert [file.line(number) for number in (1, 2, 3, 4)] == [
        Origin(Source.CALL, first),
        Origin(Source.CALL, second),
        Origin(Source.CALL, first),
        Origin(Source.CALL, third),
    ]


def test_a_line_from_before_the_first_effect_is_not_ours() -> None:
    file = Versions()
    file.others("theirs\n")
    first = file.ours("theirs\nours\n")
    assert file.line(1) == Origin(Source.BEFORE_US, first)
    assert file.line(2) == Origin(Source.CALL, first)


def test_a_line_that_others_wrote_between_or_after_is_not_ours() -> None:
    file = Versions()
    first = file.ours("ours\n")
    file.others("ours\ntheirs\n")
    second = file.ours("ours\ntheirs\nours too\n")
    file.others("last\nours\ntheirs\nours too\n")
    assert file.line(1) == Origin(Source.NOT_BY_US, second)
    assert file.line(2) == Origin(Source.CALL, first)
    assert file.line(3) == Origin(Source.NOT_BY_US, first)
    assert file.line(4) == Origin(Source.CALL, second)


def test_a_version_that_is_not_kept_leaves_only_what_can_be_told() -> None:
    file = Versions()
    first = file.ours("a\n")
    second = file.ours("a\nb\n")
    del file.kept[sha("a\n")]
    assert file.line(1) == file.line(2) == Origin(Source.UNKNOWN, second)
    file.kept[sha("a\n")] = b"a\n"
    assert file.line(1) == Origin(Source.CALL, first)


def test_an_effect_of_which_only_the_fact_is_known_is_told_by_what_came_after() -> None:
    file = Versions()
    file.ours("a\n")
    opaque = Change(9, "c9", sha("a\n"), None)
    file.changes.append(opaque)
    file.others("a\nb\n")
    assert file.line(2) == Origin(Source.CALL, opaque)
    assert file.line(1) == Origin(Source.CALL, file.changes[0])


def test_the_whole_file_is_of_the_last_effect_if_it_is_as_that_left_it() -> None:
    change = Change(1, "c", "", sha("a"))
    assert origin_of_file(sha("a"), [change]) == Origin(Source.CALL, change)
    assert origin_of_file(sha("b"), [change]) == Origin(Source.NOT_BY_US, change)
    assert origin_of_file("", [Change(1, "c", sha("a"), "")]).source is Source.CALL
    assert origin_of_file(sha("b"), []) == Origin(Source.NOT_BY_US)


@pytest.mark.parametrize("line", [0, 3, -1])
def test_a_line_that_the_file_has_not_is_refused(line: int) -> None:
    file = Versions()
    file.ours("a\nb\n")
    with pytest.raises(ValueError, match="the file has 2 lines"):
        file.line(line)


_TEXTS = st.lists(st.sampled_from([b"a", b"b", b"c", b""]), max_size=12)


@given(_TEXTS, _TEXTS)
def test_a_line_is_found_where_the_same_text_was(before: Sequence[bytes], after: Sequence[bytes]) -> None:
    found = [line_before(before, after, index) for index in range(len(after))]
    known = [one for one in found if one is not None]
    assert all(before[one] == after[index] for index, one in enumerate(found) if one is not None)
    assert known == sorted(set(known)), "lines keep their order, and none is there twice"
