"""The answers as an editor shows them."""

from collections.abc import Sequence

import pytest

from blufio_tui.acp.questions import person_options
from blufio_tui.core.asking import AskedQuestion, PersonQuestion, ProposedPlan
from blufio_tui.ui.state.person_choices import person_choices


@pytest.mark.parametrize(
    ("question", "names"),
    [
        (
            AskedQuestion("c", "Which?", ("red", "Answer red")),
            ["No answer: Close the question", "Answer red", "Answer Answer red"],
        ),
        (
            ProposedPlan("c", "Do it."),
            ["Refuse the plan", "Approve the plan", "Approve, edit freely: approve"],
        ),
    ],
)
def test_an_answer_says_what_it_means_and_nothing_twice(question: PersonQuestion, names: Sequence[str]) -> None:
    choices = [one for one in person_choices(question) if not one.needs_reason and not one.edits]
    shown = [option.name for option in person_options(choices)]
    assert [name[: len(start)] for name, start in zip(shown, names, strict=True)] == list(names)
    assert shown[1].count("red") <= 1
