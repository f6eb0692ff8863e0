"""The approval card: docked, queued, and never quicker than the eye.

It stands below the panes, so that what led to the question stays readable. Deny is selected first, keys
are ignored for the first moments, and the whole of what is asked can be scrolled through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil, inf
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.reactive import reactive
from textual.widgets import Input, Static

from blufio_tui.core.capability import Verdict
from blufio_tui.core.policy.approval import ApprovalAnswer
from blufio_tui.ui.content.question import choice_lines, facts, headline, is_long
from blufio_tui.ui.messages import Answered
from blufio_tui.ui.state.choices import Choice, choices_for
from blufio_tui.ui.widgets.facts import Facts
from blufio_tui.ui.widgets.reason_input import ReasonInput

if TYPE_CHECKING:
    from blufio_tui.core.clock import Clock
    from blufio_tui.ui.ports.approval_desk import PendingQuestion

_SHORT = 32
"""Rows; below this the card takes the prompt's place."""
_TINY = 18
"""Rows; below this the card takes the place of everything but the keys."""
_FOR_A_NAME, _FOR_A_CHANGE = 5, 9
"""Rows that what is asked has at least, before the answers scroll."""
_AROUND = 5
"""Cells beside the text: border, padding, scroll bar."""

_ANSWERING = frozenset({"pick", "select", "confirm"})

GUARD_SECS = 0.3
"""A key that comes sooner was meant for something else; each such key begins the wait anew."""


class ApprovalCard(Vertical, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "pick('d')", "Deny", id="approval.deny", tooltip="Deny this, store nothing"),
        Binding("o", "pick('o')", "Once", id="approval.once", tooltip="Allow this one effect"),
        Binding("s", "pick('s')", "Session", id="approval.session", tooltip="Allow it until the session ends"),
        Binding("a", "pick('a')", "Always", id="approval.always", tooltip="Allow it from now on"),
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
        Binding("u", "pick('u')", "For a while", show=False, id="approval.until", tooltip="Allow it for a while"),
        Binding("r", "pick('r')", "Say why", id="approval.reason", tooltip="Deny and tell the model why"),
        Binding("n", "pick('n')", "Never", id="approval.never", tooltip="Deny this from now on"),
        Binding("up", "select(-1)", "Up", show=False, id="approval.up", tooltip="Select the answer above"),
        Binding("down", "select(1)", "Down", show=False, id="approval.down", tooltip="Select the answer below"),
        Binding("enter", "confirm", "Choose", id="approval.choose", tooltip="Give the selected answer"),
        Binding(
            "pageup", "scroll_facts(-1)", "Scroll up", show=False, id="approval.page_up", tooltip="Scroll what is asked"
        ),
        Binding(
            "pagedown",
            "scroll_facts(1)",
            "Scroll down",
            show=False,
            id="approval.page_down",
            tooltip="Scroll what is asked",
        ),
    ]

    title = query_one("#approval-title", Static)
    facts = query_one("#approval-facts", Facts)
    answers = query_one("#approval-choices", Facts)
    reason = query_one("#approval-reason", ReasonInput)
    selected: reactive[int] = reactive(0)

    def __init__(self, clock: Clock, keymap: Mapping[str, str] | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._keymap = keymap or {}
        self.queue: list[PendingQuestion] = []
        self._choices: list[Choice] = []
        self._guarded_until = 0.0
        self._deadline = 0.0
        self.display = False

    def compose(self) -> ComposeResult:
        yield Static(id="approval-title", markup=False)
        yield Facts(id="approval-facts")
        yield Facts(id="approval-choices")
        yield ReasonInput(id="approval-reason", placeholder="Why not? One sentence for the model", compact=True)

    def on_mount(self) -> None:
        self.facts.can_focus = self.answers.can_focus = False
        self.answers.border_title = "answers, and what each stores"
        self.reason.display = False
        self.set_interval(0.5, self._tick)

    # ── the queue ──────────────────────────────────────────────────────────────────────────────────

    @property
    def front(self) -> PendingQuestion | None:
        return self.queue[0] if self.queue else None

    def add(self, pending: PendingQuestion) -> None:
        self.queue.append(pending)
        if len(self.queue) == 1:
            self._show_front()
        else:
            self._draw_title()

    def withdraw(self, pending: PendingQuestion) -> None:
        if pending in self.queue:
            was_front = pending is self.front
            self.queue.remove(pending)
            self._show_front() if was_front else self._draw_title()

    def _show_front(self) -> None:
        front = self.front
        self.reason.display = False
        self.display = front is not None
        if front is None:
            return
        self._choices = choices_for(front.question)
        self.set_reactive(ApprovalCard.selected, 0)
        now = self._clock.monotonic()
        self._guarded_until, self._deadline = now + GUARD_SECS, now + (front.question.timeout_secs or inf)
        self.facts.show(lambda width: facts(front.question, width, tight=self._is_short))
        self._fit()
        self._draw_title()
        self._draw_choices()
        self.call_after_refresh(self._draw_title)
        self.focus(scroll_visible=False)

    @property
    def _is_short(self) -> bool:
        return self.screen.size.height < _SHORT

    def _fit(self) -> None:
        """As high as what is asked needs, and no higher than leaves the conversation in sight."""
        front = self.front
        if front is None or not self.screen.size.width:
            return
        width, height = self.screen.size.width - _AROUND, self.screen.size.height
        short, tiny = self._is_short, height < _TINY
        wanted = len(facts(front.question, width, tight=short))
        answers = sum(len(lines) for lines in choice_lines(self._choices, 0, width))
        self.screen.set_class(short, "-short")
        self.screen.set_class(tiny, "-tiny")
        if tiny:
            room = max(height - 7, 4)
            self.answers.styles.height = 1 + min(answers, max(room - min(wanted, 3), 2))
            self.facts.styles.height = min(wanted, max(room - min(answers, room - 3), 2))
            return
        room = max(height - (9 if short else 16), 8)
        least = _FOR_A_CHANGE if is_long(front.question) else _FOR_A_NAME
        self.answers.styles.height = 1 + min(answers, max(room - min(wanted, least), 4))
        self.facts.styles.height = min(wanted, max(room - min(answers, room - least), 3))

    def on_resize(self) -> None:
        self._fit()
        self._draw_title()
        self._draw_choices()
        self.call_after_refresh(self._draw_title)  # whether there is more below is known then

    # ── drawing ────────────────────────────────────────────────────────────────────────────────────

    def _draw_title(self) -> None:
        front = self.front
        if front is None:
            return
        right = "" if self._deadline == inf else f"{self._time_left()} until it is denied"
        if len(self.queue) > 1:
            right = f"1 of {len(self.queue)} · {right}".removesuffix(" · ")
        head = headline(front.question)
        width = max(self.size.width - 4, 20)
        gap = max(width - head.cell_length - len(right), 2)
        self.title.update(Content.assemble(head, " " * gap, (right, "$muted")), layout=False)
        self.border_title = "Your approval is needed"
        more = "PgDn: more below" if self.facts.is_cut else ""
        self.border_subtitle = more

    def _time_left(self) -> str:
        minutes, seconds = divmod(ceil(round(max(self._deadline - self._clock.monotonic(), 0), 2)), 60)
        return f"{minutes}:{seconds:02d}"

    def _draw_choices(self) -> None:
        if self._choices:
            self.answers.show(self._answer_lines)
            self.call_after_refresh(self._show_selected)

    def _shown_choices(self) -> list[Choice]:
        """With the letters as the person has set them."""
        keys = {binding.action: binding for binding in self.BINDINGS if isinstance(binding, Binding)}
        shown = []
        for choice in self._choices:
            binding = keys.get(f"pick('{choice.letter}')")
            own = self._keymap.get(binding.id or "", "") if binding is not None else ""
            shown.append(replace(choice, letter=own.split(",")[0]) if own else choice)
        return shown

    def _answer_lines(self, width: int) -> list[Content]:
        return [line for lines in choice_lines(self._shown_choices(), self.selected, width) for line in lines]

    def _show_selected(self) -> None:
        """In a very low terminal the answers scroll too."""
        heights = [len(lines) for lines in choice_lines(self._choices, self.selected, self.answers.content_width or 30)]
        top, bottom = sum(heights[: self.selected]), sum(heights[: self.selected + 1])
        y = min(max(bottom - self.answers.size.height, 0), top)
        self.answers.scroll_to(y=y, animate=False, immediate=True, force=True)

    def watch_selected(self) -> None:
        self._draw_choices()

    def _tick(self) -> None:
        front = self.front
        if front is None:
            return
        if self._clock.monotonic() >= self._deadline:
            self._answer(None)
        else:
            self._draw_title()

    # ── keys ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_guarded(self) -> bool:
        return self._clock.monotonic() < self._guarded_until

    def on_key(self, event: events.Key) -> None:
        if self.is_guarded:
            self._guarded_until = self._clock.monotonic() + GUARD_SECS
            event.stop()
            event.prevent_default()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While one says why, the letters of the answers are letters."""
        return not (action in _ANSWERING and self.reason.display) and super().check_action(action, parameters)

    def action_pick(self, letter: str) -> None:
        for choice in self._choices:
            if choice.letter == letter:
                self._choose(choice)
                return

    def action_confirm(self) -> None:
        if self._choices:
            self._choose(self._choices[self.selected])

    def action_select(self, step: int) -> None:
        self.selected = max(0, min(self.selected + step, len(self._choices) - 1))

    def action_scroll_facts(self, step: int) -> None:
        self.facts.scroll_relative(y=step * max(self.facts.size.height - 1, 1), animate=False)
        self.call_after_refresh(self._draw_title)

    def deny_front(self) -> None:
        """What Escape does."""
        if self.front is not None and not self.is_guarded:
            self._answer(ApprovalAnswer(Verdict.DENY))

    def _choose(self, choice: Choice) -> None:
        if self.is_guarded or self.front is None:
            return
        if choice.needs_reason:
            self.selected = self._choices.index(choice)
            self.reason.display = True
            self.reason.value = ""
            self.screen.set_focus(self.reason)  # at once: the next key is a letter of the sentence
        else:
            self._answer(choice.answer)

    @on(ReasonInput.GivenUp)
    def back_to_answers(self) -> None:
        self.reason.display = False
        self.focus(scroll_visible=False)

    @on(Input.Submitted, "#approval-reason")
    def deny_with_reason(self, event: Input.Submitted) -> None:
        event.stop()
        self._answer(ApprovalAnswer(Verdict.DENY, reason=event.value.strip()))

    def _answer(self, answer: ApprovalAnswer | None) -> None:
        if self.front is None:
            return
        pending = self.queue.pop(0)
        pending.resolve(answer)
        self.post_message(Answered(pending, answer))
        self._show_front()
