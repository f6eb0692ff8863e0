"""The card of what the model asks: a question with answers, or a plan. It looks and says otherwise than an approval."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.content import Content

from blufio_tui.core.asking import MAX_OPTIONS, AskedQuestion, PersonAnswer, ProposedPlan
from blufio_tui.ui.content.person_question import body, border_words, heading, listed
from blufio_tui.ui.messages import ChangePlan, PersonAnswered
from blufio_tui.ui.state.person_choices import PersonChoice, person_choices
from blufio_tui.ui.widgets.choice_card import ChoiceCard, looking_around
from blufio_tui.ui.widgets.reason_input import ReasonInput

if TYPE_CHECKING:
    from blufio_tui.core.asking import PersonQuestion
    from blufio_tui.ui.ports.desk import PendingAsked
    from blufio_tui.ui.state.choices import CardChoice


class WordsInput(ReasonInput):
    """The line in which one answers in one's own words, or says why a plan is refused."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Send", id="asked.send", tooltip="Send what is written to the model"),
        Binding("escape", "give_up", "Back", id="asked.no_words", tooltip="Back to the answers without choosing one"),
    ]


class PersonCard(ChoiceCard):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "pick('n')", "No", id="asked.no", tooltip="Give no answer; refuse a plan"),
        *(
            Binding(
                str(number),
                f"pick('{number}')",
                f"Answer {number}",
                show=False,
                id=f"asked.option_{number}",
                tooltip=f"Give the answer shown as {number}",
            )
            for number in range(1, MAX_OPTIONS + 1)
        ),
        Binding("t", "pick('t')", "Own words", show=False, id="asked.type", tooltip="Answer in your own words"),
        Binding("y", "pick('y')", "Approve", show=False, id="asked.approve", tooltip="Approve the plan, in mode ask"),
        Binding(
            "e",
            "pick('e')",
            "Approve, edit freely",
            show=False,
            id="asked.approve_edits",
            tooltip="Approve the plan, in mode accept-edits",
        ),
        Binding("c", "pick('c')", "Change it", show=False, id="asked.change", tooltip="Open the plan in your editor"),
        Binding(
            "r",
            "pick('r')",
            "Refuse because…",
            show=False,
            id="asked.reason",
            tooltip="Refuse the plan and tell the model why",
        ),
        *looking_around("asked"),
    ]

    SECOND_KEY = "to "

    _changed = ""
    """The plan in front as the person has changed it."""

    @property
    def _question(self) -> PersonQuestion:
        return cast("PendingAsked", self.front).question

    def words_input(self) -> ReasonInput:
        return WordsInput(id=f"{self.id}-words", classes="card-words", placeholder="Your words", compact=True)

    def border_words(self) -> str:
        return border_words(self._question)

    def front_choices(self) -> list[PersonChoice]:
        return person_choices(self._question)

    def front_facts(self, width: int) -> list[Content]:
        return body(self._question, width, plan=self._changed)

    def front_heading(self) -> tuple[Content, str]:
        return heading(self._question, is_changed=bool(self._changed)), ""

    def front_is_long(self) -> bool:
        return isinstance(self._question, ProposedPlan)

    def answer_blocks(self, width: int) -> list[list[Content]] | None:
        question = self._question
        if isinstance(question, AskedQuestion) and question.options:
            return listed(self._shown_choices(), self.selected, width)
        return None

    def _begin_front(self) -> None:
        self._changed = ""

    def show_changed(self, pending: PendingAsked, plan: str) -> None:
        """The plan as it comes back from the person's editor: to be looked at, and approved or not."""
        if pending is self.front and plan.strip():
            self._changed = plan
            self.facts.show(self.front_facts)
            self._fit()
            self.was_hidden()
            self._draw_title()

    def give(self, choice: CardChoice) -> None:
        chosen, question = cast("PersonChoice", choice), self._question
        if chosen.edits and isinstance(question, ProposedPlan):
            self.post_message(ChangePlan(cast("PendingAsked", self.front), self._changed or question.markdown))
        elif chosen.mode is not None and isinstance(question, ProposedPlan):
            self._answer(PersonAnswer(True, self._changed or question.markdown, chosen.mode))
        else:
            self._answer(PersonAnswer(chosen.allows, chosen.text))

    def give_words(self, choice: CardChoice, words: str) -> None:
        """An answer needs words; a refusal may be without."""
        if words or not choice.allows:
            self._answer(PersonAnswer(choice.allows, words))

    def refuse(self) -> None:
        self._answer(PersonAnswer(False))

    def _answer(self, answer: PersonAnswer) -> None:
        if self.front is None:
            return
        pending = self.queue.pop(0)
        self.post_message(PersonAnswered(pending, answer))
        self.answered()
