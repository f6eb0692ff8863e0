"""What an undo plans for each file."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.files.undo import KeptChange, plan_undo, plan_undo_of_all


@pytest.mark.parametrize(
    ("now", "restore", "refused"),
    [
        ("after", "before", ""),
        ("before", "before", "it is already as it was before"),
        ("other", "before", "it changed since"),
        ("", "before", "it was removed since"),
        ("unreadable", "before", "it changed since"),
    ],
)
def test_a_file_is_restored_only_as_the_call_left_it(now: str, restore: str, refused: str) -> None:
    (step,) = plan_undo([KeptChange("/a", "before", "after", 0o640)], lambda _: now)
    assert (step.restore, step.refused, step.now, step.mode) == (restore, refused, now, 0o640)


def test_several_changes_of_one_file_go_back_to_before_the_first() -> None:
    changes = [KeptChange("/a", "1", "2"), KeptChange("/b", "", "x"), KeptChange("/a", "2", "3")]
    steps = plan_undo(changes, {"/a": "3", "/b": "x"}.__getitem__)
    assert [(step.path, step.restore, step.refused) for step in steps] == [("/a", "1", ""), ("/b", "", "")]


def test_content_that_was_not_kept_is_refused_with_the_reason() -> None:
    (step,) = plan_undo([KeptChange("/a", "lost", "after", lost="too large")], lambda _: "after")
    assert step.refused == "too large"


@given(st.lists(st.sampled_from(["1", "2", "3", ""]), min_size=2, max_size=6), st.sampled_from(["1", "2", "3", ""]))
def test_nothing_but_what_the_call_left_is_ever_overwritten(contents: list[str], now: str) -> None:
    changes = [KeptChange("/a", before, after) for before, after in itertools.pairwise(contents)]
    steps = plan_undo(changes, lambda _: now)
    assert (steps == ()) == (contents[0] == contents[-1])  # what came and went, or is as it was, is no change
    for step in steps:
        assert step.refused or (now == contents[-1] and step.restore == contents[0])


def one(before: str, after: str) -> list[KeptChange]:
    return [KeptChange("/a", before, after)]


@pytest.mark.parametrize(
    ("calls", "now", "refused"),
    [
        ([one("1", "2"), one("2", "3")], "3", ""),
        ([one("1", "2"), one("2", "3")], "2", ""),  # the second is undone already: what stands there is kept
        ([one("1", "2"), one("2", "3")], "1", "it is already as it was before"),
        ([one("1", "2"), one("2", "3")], "9", "it changed since"),
        ([one("1", "2"), one("2", "3")], "", "it was removed since"),
        ([one("1", "2"), one("9", "3")], "3", "something else changed it in the meantime"),
        ([one("1", "2"), [KeptChange("/a", "lost", "3", lost="too large")]], "3", "too large"),
        ([[KeptChange("/a", "1", "x"), KeptChange("/a", "y", "2")], one("2", "3")], "3", ""),  # within a call as before
    ],
)
def test_several_calls_go_back_together_and_only_over_what_is_kept(
    calls: list[list[KeptChange]], now: str, refused: str
) -> None:
    (step,) = plan_undo_of_all(calls, lambda _: now)
    assert (step.restore, step.refused, step.now) == ("1", refused, now)


def test_calls_that_together_changed_nothing_need_no_undo() -> None:
    assert plan_undo_of_all([one("1", "2"), one("2", "1")], lambda _: "1") == ()
    assert plan_undo_of_all([], lambda _: "1") == ()


def test_a_file_that_was_made_and_changed_is_removed() -> None:
    (step,) = plan_undo_of_all([one("", "1"), one("1", "2")], lambda _: "2")
    assert (step.restore, step.refused) == ("", "")


@given(
    st.lists(st.lists(st.sampled_from(["1", "2", "3", ""]), min_size=2, max_size=4), min_size=1, max_size=4),
    st.sampled_from(["1", "2", "3", "", "other"]),
)
def test_together_nothing_is_overwritten_that_no_call_found_or_left(contents: list[list[str]], now: str) -> None:
    calls = [[KeptChange("/a", before, after) for before, after in itertools.pairwise(one)] for one in contents]
    for step in plan_undo_of_all(calls, lambda _: now):
        if not step.refused:
            assert now in {content for one in contents for content in (one[0], one[-1])}
            assert step.restore == contents[0][0]
