"""What an undo plans for each file."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.files.undo import KeptChange, plan_undo


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
