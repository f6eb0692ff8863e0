"""The approval card: what the gate asks, in the program's own words, and what each answer stores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import ceil, inf
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Input

from blufio_tui.core.capability import Verdict
from blufio_tui.core.errors import UsageError
from blufio_tui.core.policy.approval import ApprovalAnswer
from blufio_tui.core.policy.approval_offers import edited
from blufio_tui.ui.content.question import called_from, facts, is_flow_guard, is_long, question_line
from blufio_tui.ui.messages import Answered
from blufio_tui.ui.state.choices import CardChoice, Choice, choices_for
from blufio_tui.ui.text.difference import SIDE_BY_SIDE
from blufio_tui.ui.widgets.choice_card import AROUND, ChoiceCard, looking_around
from blufio_tui.ui.widgets.reason_input import PatternInput, ReasonInput

if TYPE_CHECKING:
    from blufio_tui.core.clock import Clock
    from blufio_tui.core.guards.paths import Places
    from blufio_tui.core.policy.approval import ApprovalQuestion, Offer
    from blufio_tui.ui.ports.desk import PendingQuestion
    from blufio_tui.ui.state.key_guard import KeyTimes


class ApprovalCard(ChoiceCard):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "pick('n')", "Refuse", id="approval.deny", tooltip="Refuse; the agent is told"),
        Binding("y", "pick('y')", "Just this time", show=False, id="approval.once", tooltip="Allow it just this time"),
        Binding(
            "s",
            "pick('s')",
            "This session",
            show=False,
            id="approval.session",
            tooltip="Allow it for the rest of this session",
        ),
        Binding("a", "pick('a')", "Permanently", show=False, id="approval.always", tooltip="Allow it permanently"),
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
            tooltip="Allow the wider scope permanently",
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
                ("P", "pattern_always", "This program, always", "Allow the program with plain arguments, permanently"),
                ("t", "checks", "Tests and checks", "Allow the project's tests, builds and linters"),
                ("h", "domain", "All of a domain", "Allow plain requests to the whole domain"),
                ("k", "kind", "All of a kind", "Allow all files, or all hosts, until the session ends"),
            )
        ),
        Binding(
            "r",
            "pick('r')",
            "Refuse because…",
            show=False,
            id="approval.reason",
            tooltip="Refuse and tell the model why",
        ),
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
            tooltip="Refuse this and all waiting requests",
        ),
        Binding(
            "tab", "edit_pattern", "Edit", id="approval.edit_pattern", tooltip="Edit what the selected answer covers"
        ),
        *looking_around(
            "approval",
            "look",
            "Look at the question that waits, else select the answer,",
            ("Question before", "Next question"),
        ),
    ]

    pattern = query_one(".card-pattern", PatternInput)

    def __init__(
        self,
        clock: Clock,
        keys: KeyTimes,
        is_calm: Callable[[], bool],
        type_on: Callable[..., None],
        keymap: Mapping[str, str] | None = None,
        *,
        places: Places,
        call_named: Callable[[str], str],
        is_bundled: Callable[[str], bool],
        id: str | None = None,
    ) -> None:
        """
        Args:
            call_named: the tool call with this id in a few words, "" for one that is not known.
            is_bundled: whether the skill with this content came with the program.
        """
        super().__init__(clock, keys, is_calm, type_on, keymap, id=id)
        self._places = places
        self._call_named = call_named
        self._is_bundled = is_bundled
        self._deadlines: dict[PendingQuestion, float] = {}

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield PatternInput(id=f"{self.id}-pattern", classes="card-pattern", compact=True)

    def on_mount(self) -> None:
        self.pattern.display = False

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
        """Short; of several questions, which one, and the call it came from."""
        question = self._question
        kind = "Flow guard" if is_flow_guard(question) else "Approval"
        if not self.place_in_line:
            return kind
        call = called_from(question) or self._call_named(question.call_id)
        return " · ".join(part for part in (f"{kind} {self.place_in_line}", call) if part)

    def front_choices(self) -> list[Choice]:
        return choices_for(self._question)

    def front_facts(self, width: int) -> list[Content]:
        return facts(
            self._question,
            width,
            self._places,
            whole=self._is_whole,
            is_bundled=self._is_bundled(self._question.request.actor.content_hash),
            columns=width >= SIDE_BY_SIDE - AROUND,
        )

    def front_heading(self) -> tuple[Content, str]:
        left = self._deadlines.get(self.front, inf)
        return question_line(self._question, self._places), "" if left == inf else f"auto-deny in {self._time(left)}"

    def front_is_long(self) -> bool:
        return is_long(self._question)

    def _begin_front(self) -> None:
        """The time to answer runs from when a question was first in front, also while another one is looked at."""
        self._deadlines = {one: ends for one, ends in self._deadlines.items() if one in self.queue}
        self._deadlines.setdefault(self.front, self._clock.monotonic() + (self._question.timeout_secs or inf))

    def _time(self, deadline: float) -> str:
        minutes, seconds = divmod(ceil(round(max(deadline - self._clock.monotonic(), 0), 2)), 60)
        return f"{minutes}:{seconds:02d}"

    def look_again(self) -> None:
        """As for every card, and the end of the wait for an answer."""
        now = self._clock.monotonic()
        over = [one for one in self.queue if now >= self._deadlines.get(one, inf)]
        if not over or self.is_held:
            super().look_again()
        for pending in over if not self.is_held else ():
            self._answer(None, pending)

    def action_look(self, step: int) -> None:
        """Put the next question that waits in front; where none does, select the next answer."""
        if len(self.queue) < 2:
            self.action_select(step)
            return
        waiting = [one for one in self._arrived if one in self.queue]
        at = (waiting.index(self.front) + step) % len(waiting)
        self.queue[:] = waiting[at:] + waiting[:at]
        self._answered_at = self._clock.monotonic()  # a letter that comes too early now is not text for the prompt
        self._show_front()

    # ── a wider answer, as wide as the person says ─────────────────────────────────────────────────

    @property
    def is_writing(self) -> bool:
        return self.reason.display or self.pattern.display

    def _stop_writing(self) -> None:
        self.pattern.display = False
        super()._stop_writing()

    @property
    def _editable(self) -> Offer | None:
        choice = self._choices[self.selected] if self.selected < len(self._choices) else None
        offer = cast("Choice", choice).answer.offer if choice is not None else None
        return offer if offer is not None and offer.may_widen else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tab edits where there is something to edit; elsewhere it moves the focus on, as everywhere."""
        if action == "edit_pattern":
            return self._editable is not None and not self.is_writing and self._lasting is None
        return super().check_action(action, parameters)

    def action_edit_pattern(self) -> None:
        if (offer := self._editable) is not None and self._may_answer():
            self.pattern.display = True
            self._fit()
            self.pattern.value = offer.pattern
            self.screen.set_focus(self.pattern)

    @on(Input.Submitted, ".card-pattern")
    def take_pattern(self, event: Input.Submitted) -> None:
        """What the pattern would store is shown; a key pressed after that stores it."""
        event.stop()
        offer, choice = self._editable, cast("Choice", self._choices[self.selected])
        if offer is None or self.front is None:
            return
        try:
            changed = edited(offer, event.value, self._question.request, self._places)
        except UsageError as error:
            self.app.notify(f"{error}.", severity="warning", markup=False)
            return
        choice = replace(choice, stores=changed.stores, answer=replace(choice.answer, offer=changed))
        self._choices[self.selected] = choice
        self._stop_writing()
        self.focus(scroll_visible=False)
        self._draw_choices()
        self._show_lasting(choice)

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

    def _answer(self, answer: ApprovalAnswer | None, about: PendingQuestion | None = None) -> None:
        """Answer the question in front, or one whose time is over."""
        pending = about or self.front
        if pending is None:
            return
        was_front = pending is self.front
        self.queue.remove(pending)
        self._deadlines.pop(pending, None)
        pending.resolve(answer)
        self.post_message(Answered(pending, answer))
        if was_front:
            self.answered(by_person=answer is not None)
        else:
            self._draw_title()
