"""The approval card: what the gate asks, in the program's own words, and what each answer stores."""

from __future__ import annotations

from math import ceil, inf
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.content import Content

from blufio_tui.core.capability import Verdict
from blufio_tui.core.policy.approval import ApprovalAnswer
from blufio_tui.ui.content.question import facts, headline, is_long
from blufio_tui.ui.messages import Answered
from blufio_tui.ui.state.choices import CardChoice, Choice, choices_for
from blufio_tui.ui.widgets.choice_card import ChoiceCard, looking_around
from blufio_tui.ui.widgets.reason_input import ReasonInput

if TYPE_CHECKING:
    from blufio_tui.core.policy.approval import ApprovalQuestion
    from blufio_tui.ui.ports.approval_desk import PendingQuestion


class ApprovalCard(ChoiceCard):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "pick('n')", "Refuse", id="approval.deny", tooltip="Refuse; the agent is told"),
        Binding("y", "pick('y')", "Just this", id="approval.once", tooltip="Allow it just this time"),
        Binding("s", "pick('s')", "Session", id="approval.session", tooltip="Allow it for the rest of this session"),
        Binding("a", "pick('a')", "Always", id="approval.always", tooltip="Allow it permanently"),
        Binding(
            "S",
            "pick('S')",
            "Session, wider",
            show=False,
            id="approval.session_wide",
            tooltip="Allow the wider scope for this session",
        ),
        Binding(
            "A",
            "pick('A')",
            "Always, wider",
            show=False,
            id="approval.always_wide",
            tooltip="Allow the wider scope from now on",
        ),
        Binding("1", "pick('1')", "Other 1", show=False, id="approval.other_1", tooltip="Give the answer shown as 1"),
        Binding("2", "pick('2')", "Other 2", show=False, id="approval.other_2", tooltip="Give the answer shown as 2"),
        Binding("u", "pick('u')", "15 minutes", show=False, id="approval.until", tooltip="Allow it for 15 minutes"),
        *(
            Binding(letter, f"pick('{letter}')", title, show=False, id=f"approval.{name}", tooltip=help)
            for letter, name, title, help in (
                ("f", "folder", "This folder", "Allow what is in this folder and below"),
                ("e", "edits", "Edits here", "Allow edits of ordinary files in this project"),
                ("p", "pattern", "This program", "Allow the program with plain arguments, this session"),
                ("P", "pattern_always", "This program, always", "Allow the program with plain arguments, from now on"),
                ("t", "checks", "Tests and checks", "Allow the project's tests, builds and linters"),
                ("h", "domain", "All of a domain", "Allow plain requests to the whole domain"),
                ("k", "kind", "All of a kind", "Allow all files, or all hosts, until the session ends"),
            )
        ),
        Binding("r", "pick('r')", "Say why", id="approval.reason", tooltip="Deny and tell the model why"),
        Binding("N", "pick('N')", "Never", show=False, id="approval.never", tooltip="Always refuse this exact request"),
        Binding(
            "question_mark",
            "details",
            "Details",
            key_display="?",
            id="approval.details",
            tooltip="Show who asks, why, and what each answer stores",
        ),
        Binding(
            "D",
            "refuse_all",
            "Refuse all",
            show=False,
            id="approval.refuse_all",
            tooltip="Refuse this and all questions that wait",
        ),
        *looking_around("approval"),
    ]

    _deadline = inf

    @property
    def _question(self) -> ApprovalQuestion:
        return cast("PendingQuestion", self.front).question

    def words_input(self) -> ReasonInput:
        return ReasonInput(
            id=f"{self.id}-reason",
            classes="card-words",
            placeholder="Why not? One sentence for the model",
            compact=True,
        )

    def border_words(self) -> str:
        return "Your approval is needed"

    def front_choices(self) -> list[Choice]:
        return choices_for(self._question)

    def front_facts(self, width: int) -> list[Content]:
        return facts(self._question, width, tight=self._is_short, whole=self._is_whole)

    def front_heading(self) -> tuple[Content, str]:
        return headline(self._question), "" if self._deadline == inf else f"auto-deny in {self._time_left()}"

    def front_is_long(self) -> bool:
        return is_long(self._question)

    def _begin_front(self) -> None:
        self._deadline = self._clock.monotonic() + (self._question.timeout_secs or inf)

    def _time_left(self) -> str:
        minutes, seconds = divmod(ceil(round(max(self._deadline - self._clock.monotonic(), 0), 2)), 60)
        return f"{minutes}:{seconds:02d}"

    def look_again(self) -> None:
        """As for every card, and the end of the wait for an answer."""
        if self.front is not None and not self.is_held and self._clock.monotonic() >= self._deadline:
            self._answer(None)
        else:
            super().look_again()

    def action_refuse_all(self) -> None:
        """As if each had been refused; those that arrive later are asked."""
        for _ in range(len(self.queue)):
            self.refuse()

    def action_details(self) -> None:
        """Who asks, what was declared, why it is asked, and what each answer stores; again: only the question."""
        self._is_whole = not self._is_whole
        if self.front is not None:
            self.facts.show(self.front_facts)
        self._fit()
        self._draw_choices()

    def give(self, choice: CardChoice) -> None:
        self._answer(cast("Choice", choice).answer)

    def give_words(self, choice: CardChoice, words: str) -> None:  # noqa: ARG002 - only a refusal takes words
        self._answer(ApprovalAnswer(Verdict.DENY, reason=words))

    def refuse(self) -> None:
        self._answer(ApprovalAnswer(Verdict.DENY))

    def _answer(self, answer: ApprovalAnswer | None) -> None:
        if self.front is None:
            return
        pending = self.queue.pop(0)
        pending.resolve(answer)
        self.post_message(Answered(pending, answer))
        self.answered(by_person=answer is not None)
