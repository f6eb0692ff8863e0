"""Turning to the person: what comes back in each case, and that it ends."""

from collections.abc import Sequence

import pytest

from blufio_tui.core.asking import NobodyThere, PersonAnswer, PersonQuestion
from blufio_tui.core.builtin.ask_user import AskUserTool
from blufio_tui.core.builtin.patience import MOST_ASKED, MOST_UNANSWERED, Patience
from blufio_tui.core.builtin.plan import PlanTool
from blufio_tui.core.capability import Mode
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import Event, PersonAsked
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import CallContext

PLAN: JsonObject = {"markdown": "# Do it\n"}


class Answers:
    def __init__(self, *answers: PersonAnswer | None) -> None:
        self.answers = list(answers)
        self.asked: list[PersonQuestion] = []

    async def ask(self, question: PersonQuestion) -> PersonAnswer | None:
        self.asked.append(question)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def context(turn: str = "t", told: list[Event] | None = None) -> CallContext:
    return CallContext("s", turn, "c", [].append if told is None else told.append, "task 1")


@pytest.mark.parametrize(
    ("answer", "said", "is_error"),
    [
        (PersonAnswer(True, "8080"), "The person answers: 8080", False),
        (PersonAnswer(False), "closed the question without an answer", False),
        (None, "nobody can be asked", True),
    ],
)
async def test_what_the_model_hears_of_an_answer(answer: PersonAnswer | None, said: str, is_error: bool) -> None:
    told: list[Event] = []
    person = Answers(answer)
    question: JsonObject = {"question": " Which? ", "options": ["a", "b", "a", " "]}
    outcome = await AskUserTool(person, Patience()).invoke(question, context(told=told))
    assert said in outcome.content and outcome.is_error is is_error
    (asked,) = person.asked
    assert (asked.text, asked.options, asked.on_behalf) == ("Which?", ("a", "b"), "task 1")  # type: ignore[union-attr]
    assert told == [PersonAsked("t", "c", True), PersonAsked("t", "c", False)]


@pytest.mark.parametrize(
    ("answer", "said", "kind"),
    [
        (PersonAnswer(True, "# Do it", Mode.ASK), ("as you wrote it", "mode is now ask"), None),
        (PersonAnswer(True, "# Less", Mode.ACCEPT_EDITS), ("changed the plan", "now accept-edits", "# Less"), None),
        (PersonAnswer(False, "too big"), ("refused the plan: too big",), ErrorKind.CAPABILITY_DENIED),
        (PersonAnswer(False), ("refused the plan without saying why",), ErrorKind.CAPABILITY_DENIED),
        (None, ("nobody can approve a plan",), ErrorKind.HOST_ERROR),
    ],
)
async def test_what_the_model_hears_of_its_plan(
    answer: PersonAnswer | None, said: Sequence[str], kind: ErrorKind | None
) -> None:
    outcome = await PlanTool(Answers(answer), lambda: Mode.PLAN, Patience()).invoke(PLAN, context())
    assert all(words in outcome.content for words in said)
    assert (outcome.error.kind if outcome.error else None) is kind


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode is not Mode.PLAN])
async def test_outside_the_mode_plan_nobody_is_bothered_with_plans(mode: Mode) -> None:
    person = Answers(PersonAnswer(True, "x", Mode.ASK))
    outcome = await PlanTool(person, lambda: mode, Patience()).invoke(PLAN, context())
    assert outcome.is_error and f"the mode is {mode}, not plan" in outcome.content and person.asked == []


@pytest.mark.parametrize(
    ("answer", "most"), [(PersonAnswer(False), MOST_UNANSWERED), (PersonAnswer(True, "yes"), MOST_ASKED)]
)
async def test_asking_ends_for_the_turn_and_not_for_the_next(answer: PersonAnswer, most: int) -> None:
    person, patience = Answers(answer), Patience()
    tools = AskUserTool(person, patience), PlanTool(person, lambda: Mode.PLAN, patience)
    for _ in range(most):
        assert "not asked again" not in (await tools[0].invoke({"question": "?"}, context())).content
    for tool, arguments in ((tools[0], {"question": "?"}), (tools[1], PLAN)):
        outcome = await tool.invoke(arguments, context())  # type: ignore[arg-type]
        assert outcome.is_error and "not asked again" in outcome.content
    assert len(person.asked) == most
    await tools[0].invoke({"question": "?"}, context("next"))
    assert len(person.asked) == most + 1


@pytest.mark.parametrize("arguments", [{"question": "  "}, {"question": "?", "options": "a"}, {}])
async def test_a_question_that_is_none_is_not_asked(arguments: JsonObject) -> None:
    assert (await AskUserTool(NobodyThere(), Patience()).invoke(arguments, context())).is_error
