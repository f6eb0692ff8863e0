"""A card with a question and its answers: docked, queued, and never quicker than the eye.

It stands below the panes, so that what led to the question stays readable. The refusal is selected first, and the
whole of what is asked can be scrolled through. It takes the focus only while the person does nothing else, answers
only to keys pressed after it was seen (`state/key_guard.py`), and hands keys that were meant for the prompt on to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Offset
from textual.getters import query_one
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Input, Static

from blufio_tui.core.text.display import visible
from blufio_tui.ui.content.question import answer_row, choice_lines
from blufio_tui.ui.state.key_guard import CALM_SECS, NEVER, KeyTimes, is_typing, may_answer, may_store
from blufio_tui.ui.text.key_names import spell_key
from blufio_tui.ui.widgets.facts import Facts
from blufio_tui.ui.widgets.reason_input import ReasonInput

if TYPE_CHECKING:
    from blufio_tui.core.clock import Clock
    from blufio_tui.ui.state.choices import CardChoice

_SHORT = 32
"""Rows; below this the card takes the prompt's place."""
_TINY = 18
"""Rows; below this the card takes the place of everything but the keys."""
_HERE = ">"
"""Before the selected answer, for those who have the screen read to them."""
_FOR_A_NAME, _FOR_A_CHANGE = 5, 9
"""Rows that what is asked has at least, before the answers scroll."""
AROUND = 5
"""Cells beside the text: border, padding, scroll bar."""

_ANSWERING = frozenset({"pick", "select", "confirm", "refuse_all", "details"})

_TICK_SECS = 0.25
_IN_A_MOMENT = "in a moment…"


def looking_around(
    prefix: str, across: str = "select", what: str = "Select the answer", names: tuple[str, str] = ("Left", "Right")
) -> list[BindingType]:
    """The keys that every card has. Each card names them for itself.

    Args:
        across: the action of ← and →, what it does, and what the bottom line calls it.
    """
    return [
        Binding("left", f"{across}(-1)", names[0], show=False, id=f"{prefix}.left", tooltip=f"{what} before"),
        Binding("right", f"{across}(1)", names[1], show=False, id=f"{prefix}.right", tooltip=f"{what} after"),
        Binding("up", "select(-1)", "Up", show=False, id=f"{prefix}.up", tooltip="Select the previous answer"),
        Binding("down", "select(1)", "Down", show=False, id=f"{prefix}.down", tooltip="Select the next answer"),
        Binding("enter", "confirm", "Choose", id=f"{prefix}.choose", tooltip="Give the selected answer"),
        Binding(
            "pageup",
            "scroll_facts(-1)",
            "Scroll up",
            show=False,
            id=f"{prefix}.page_up",
            tooltip="Scroll what is asked",
        ),
        Binding(
            "pagedown",
            "scroll_facts(1)",
            "Scroll down",
            show=False,
            id=f"{prefix}.page_down",
            tooltip="Scroll what is asked",
        ),
    ]


class ChoiceCard(Vertical, can_focus=True):
    """
    Attributes:
        queue: what waits; the first is shown.
        is_held: another card is in front; this one waits unseen.
    """

    SECOND_KEY: ClassVar[str] = "to store: "
    """How the line begins that says what Enter then does."""

    title = query_one(".card-title", Static)
    facts = query_one(".card-facts", Facts)
    answers = query_one(".card-choices", Facts)
    lasting = query_one(".card-lasting", Static)
    reason = query_one(".card-words", ReasonInput)
    selected: reactive[int] = reactive(0)

    def __init__(
        self,
        clock: Clock,
        keys: KeyTimes,
        is_calm: Callable[[], bool],
        type_on: Callable[..., None],
        keymap: Mapping[str, str] | None = None,
        *,
        id: str | None = None,
    ) -> None:
        """
        Args:
            is_calm: whether the card may take the focus by itself now.
            type_on: gives the prompt the focus and the keys that were meant for it.
        """
        super().__init__(id=id)
        self._clock = clock
        self._keys = keys
        self._is_calm = is_calm
        self._type_on = type_on
        self._keymap = keymap or {}
        self.queue: list[Any] = []
        self._arrived: list[Any] = []
        self.is_held = False
        self._choices: list[CardChoice] = []
        self._painted: float | None = None
        self._disturbed = NEVER
        self._answered_at = NEVER
        self._lasting: CardChoice | None = None
        self._lasting_key: events.Key | None = None
        self._lasting_painted: float | None = None
        self._lasting_words = Content("")
        self._is_whole = False
        self._ticker: Timer | None = None
        self._is_invited = False
        self.display = False

    # ── what a card is about ───────────────────────────────────────────────────────────────────────

    def border_words(self) -> str:
        """What the border says: whose question it is."""
        raise NotImplementedError

    def front_choices(self) -> Sequence[CardChoice]:
        """The answers to the question in front, the refusal first."""
        raise NotImplementedError

    def front_facts(self, width: int) -> list[Content]:
        """What is asked, whole."""
        raise NotImplementedError

    def front_heading(self) -> tuple[Content, str]:
        """The first line: what is asked, and at its right end how many wait."""
        raise NotImplementedError

    def answer_blocks(self, width: int) -> list[list[Content]] | None:
        """For each answer its lines; None if they stand side by side."""
        return choice_lines(self._shown_choices(), self.selected, width) if self._is_whole else None

    def front_is_long(self) -> bool:
        """Whether there is more to look at than a line about it."""
        raise NotImplementedError

    def give(self, choice: CardChoice) -> None:
        """Answer the question in front."""
        raise NotImplementedError

    def give_words(self, choice: CardChoice, words: str) -> None:
        """As `give`, with the words that the choice needs."""
        raise NotImplementedError

    def refuse(self) -> None:
        """What Escape means."""
        raise NotImplementedError

    def words_input(self) -> ReasonInput:
        """The line in which one writes what a choice needs."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield Static(id=f"{self.id}-title", classes="card-title", markup=False)
        yield Facts(id=f"{self.id}-facts", classes="card-facts")
        yield Facts(id=f"{self.id}-choices", classes="card-choices")
        yield Static(id=f"{self.id}-lasting", classes="card-lasting", markup=False)
        yield self.words_input()

    def on_mount(self) -> None:
        self.facts.can_focus = self.answers.can_focus = False
        self.reason.display = self.lasting.display = False
        self._ticker = self.set_interval(_TICK_SECS, self.look_again, pause=True)

    # ── the queue ────────────────────────────────────────────────────────────────────────────────────

    @property
    def front(self) -> Any:
        return self.queue[0] if self.queue else None

    def add(self, pending: object) -> None:
        self.queue.append(pending)
        self._arrived = [*(one for one in self._arrived if one in self.queue), pending]
        if len(self.queue) == 1:
            self._show_front()
        else:
            self._draw_title()
            self.refresh_bindings()

    def withdraw(self, pending: object) -> None:
        if pending in self.queue:
            was_front = pending is self.front
            self.queue.remove(pending)
            self._show_front() if was_front else self._draw_title()

    def hold(self, is_held: bool) -> None:
        """Step behind another card, or come forward."""
        if is_held is not self.is_held:
            self.is_held = is_held
            self._show_front()

    def _show_front(self) -> None:
        front = self.front
        was_saying_why = self.is_writing
        self._stop_writing()
        self._forget_lasting()
        self.display = front is not None and not self.is_held
        self._painted = None
        if self._ticker is not None:
            (self._ticker.resume if self.display else self._ticker.pause)()
        if not self.display:
            return
        self._choices = list(self.front_choices())
        self._is_whole = False
        self.set_reactive(ChoiceCard.selected, 0)
        self._begin_front()
        self.facts.show(self.front_facts)
        self._fit()
        self.was_hidden()
        self._draw_choices()
        if was_saying_why:  # its line is gone; the next question is where the person was
            self.focus(scroll_visible=False)
        self._take_focus_if_calm()
        self._draw_title()

    def _stop_writing(self) -> None:
        self.reason.display = False
        self._fit()

    def _begin_front(self) -> None:
        """Another question is in front now."""

    # ── what has been seen ───────────────────────────────────────────────────────────────────────────

    def was_hidden(self) -> None:
        """What is asked is not on the screen yet, or was covered: the wait begins when it has been painted."""
        self._painted = None
        if self.front is not None and not self.is_held:
            self.call_after_refresh(self._note_painted, self.front)

    def _note_painted(self, shown: object) -> None:
        if shown is self.front and self.screen.is_current:
            self._painted = self._clock.monotonic()
            self._take_focus_if_calm()  # the card before it was hidden meanwhile, and the focus went elsewhere
            self._draw_title()

    def _take_focus_if_calm(self) -> None:
        if self.front is not None and not self.is_held and not self.has_focus_within and self._is_calm():
            self._disturbed = self._clock.monotonic()
            self._is_invited = True
            self.screen.set_focus(self, scroll_visible=False)

    @property
    def is_ready(self) -> bool:
        """Whether a key pressed now would answer."""
        return may_answer(pressed=self._clock.monotonic(), painted=self._painted, disturbed=self._disturbed)

    def _may_answer(self) -> bool:
        return self._was_seen() and self._is_in_sight

    @property
    def _is_in_sight(self) -> bool:
        """Whether the terminal is high enough for the question and the first of its answers."""
        title, answers, height = self.title.region, self.answers.content_region, self.screen.size.height
        shown = self.answers.line_count and answers.height > 0 and answers.y < height
        return title.height > 0 and title.bottom <= height and bool(shown)

    @property
    def _lasting_is_in_sight(self) -> bool:
        """Whether all that a second key would store is on the screen."""
        region, card = self.lasting.region, self.content_region
        return region.height > 0 and card.contains_region(region) and region.bottom <= self.screen.size.height

    def _was_seen(self) -> bool:
        return not self._keys.together and may_answer(
            pressed=self._keys.pressed, painted=self._painted, disturbed=self._disturbed
        )

    @property
    def was_pressed_before(self) -> bool:
        """Whether the key of this moment was pressed before what is asked was on the screen."""
        return self._painted is None or self._keys.pressed < self._painted

    @property
    def _is_short(self) -> bool:
        return self.screen.size.height < _SHORT

    def _fit(self) -> None:
        """As high as what is asked needs, and no higher than leaves the conversation in sight."""
        if self.front is None or not self.screen.size.width:
            return
        width, height = self.screen.size.width - AROUND, self.screen.size.height
        short, tiny = self._is_short, height < _TINY
        height -= self.front_heading()[0].cell_length // (width + 1)  # a long first line takes more than one row
        wanted = len(self.front_facts(width))
        answers = len(self._answer_lines(width))
        self.screen.set_class(short, "-short")
        self.screen.set_class(tiny, "-tiny")
        self.answers.display = not (tiny and self._lasting is not None)  # what is stored has to be seen whole
        if tiny:
            self._fit_tiny(width, height - (6 if self.has_focus_within else 8), wanted, answers)
            return
        room = max(height - ((9 if self.has_focus_within else 11) if short else 16), 8)
        least = _FOR_A_CHANGE if self.front_is_long() else _FOR_A_NAME
        self.answers.styles.height = 1 + min(answers, max(room - min(wanted, least), 4))
        self.facts.styles.height = min(wanted, max(room - min(answers, room - least), 3))

    def _fit_tiny(self, width: int, room: int, wanted: int, answers: int) -> None:
        """In `room` lines for what is asked and the answers; below the card the status and the keys stay in sight."""
        if self._lasting is not None:
            self.facts.styles.height = min(wanted, max(room + 1 - len(self._lasting_words.wrap(width)), 0))
            return
        room = max(room - self.is_writing, 2)
        rows = min(answers, max(room - min(wanted, 3), 1))
        self.answers.styles.height = 1 + rows
        self.facts.styles.height = min(wanted, max(room - rows, 1))

    def on_resize(self) -> None:
        self._fit()
        self._draw_title()
        self._draw_choices()
        self.call_after_refresh(self._draw_title)  # whether there is more below is known then

    # ── drawing ──────────────────────────────────────────────────────────────────────────────────────

    def _draw_title(self) -> None:
        if self.front is None or self.is_held:
            return
        head, right = self.front_heading()
        width = max((self.size.width or self.screen.size.width) - 4, 20)
        gap = width - head.cell_length - len(right)
        self.title.update(Content.assemble(head, " " * gap, (right, "$muted")) if gap > 1 else head)
        self.border_title = Content(self.border_words())
        self.border_subtitle = Content(" · ".join(part for part in ("" if gap > 1 else right, self._hint()) if part))

    @property
    def place_in_line(self) -> str:
        """`2 of 3` in the order in which they came, "" if one waits alone."""
        waiting = [one for one in self._arrived if one in self.queue]
        return f"{waiting.index(self.front) + 1} of {len(waiting)}" if len(waiting) > 1 else ""

    @property
    def is_writing(self) -> bool:
        """Whether words are being written, so that letters are letters."""
        return self.reason.display

    def _hint(self) -> str:
        """How to answer, while a letter alone would not."""
        more = "PgDn: more below" if self.facts.is_cut else ""
        if not self.has_focus_within:
            go = spell_key(self._keymap.get("approval.go", "alt+g").split(",")[0])
            return f"{go} to answer"
        return more if self.is_ready else " · ".join(part for part in (more, _IN_A_MOMENT) if part)

    def _draw_choices(self) -> None:
        if self._choices:
            self.answers.show(self._answer_lines)
            self.call_after_refresh(self._show_selected)

    def _shown_choices(self) -> list[CardChoice]:
        """With the letters as the person has set them."""
        keys = {binding.action: binding for binding in self.BINDINGS if isinstance(binding, Binding)}
        shown = []
        for choice in self._choices:
            binding = keys.get(f"pick('{choice.letter}')")
            own = self._keymap.get(binding.id or "", "") if binding is not None else ""
            shown.append(cast("CardChoice", replace(cast(Any, choice), letter=own.split(",")[0])) if own else choice)
        return shown

    def _answer_lines(self, width: int) -> list[Content]:
        blocks = self.answer_blocks(width)
        if blocks is None:
            lines = answer_row(self._shown_choices(), self.selected, width)
        else:
            lines = [line for lines in blocks for line in lines]
        return [_mark_in_words(line) for line in lines] if self.app.has_class("-accessible") else lines

    def _point(self) -> None:
        """Let the terminal's cursor stand at the answer that Enter gives: screen readers and magnifiers follow it."""
        if not self.has_focus or not self._choices or not self.app.has_class("-accessible"):
            return
        lines = [line.plain for line in self._answer_lines(self.answers.content_width or 30)]
        place = next(((line.find(_HERE), y) for y, line in enumerate(lines) if _HERE in line), None)
        if place is not None:
            inside = self.answers.content_region
            self.app.cursor_position = inside.offset + Offset(*place) - Offset(0, round(self.answers.scroll_y))
            self.refresh()

    def _show_selected(self) -> None:
        """In a very low terminal the answers scroll too."""
        self._scroll_to_selected()
        self._point()

    def _scroll_to_selected(self) -> None:
        blocks = None if self.front is None else self.answer_blocks(self.answers.content_width or 30)
        if blocks is None:
            return
        heights = [len(lines) for lines in blocks]
        top, bottom = sum(heights[: self.selected]), sum(heights[: self.selected + 1])
        y = min(max(bottom - self.answers.size.height, 0), top)
        self.answers.scroll_to(y=y, animate=False, immediate=True, force=True)

    def watch_selected(self) -> None:
        self._draw_choices()
        self.refresh_bindings()

    def look_again(self) -> None:
        """What only time changes: that nobody types any more."""
        if self.front is not None and not self.is_held:
            self._take_focus_if_calm()
            self._draw_title()

    # ── keys ─────────────────────────────────────────────────────────────────────────────────────────

    def on_key(self, event: events.Key) -> None:
        """Let through what may act; hand on to the prompt what was typed for it."""
        if self.is_writing or not is_typing(event.key, event.character, is_printable=event.is_printable):
            return
        if self._lasting is not None:
            if event.key == "enter" and not self._keys.together:
                if not self._lasting_is_in_sight:
                    self.app.notify("The terminal is too low to show what it would store.", severity="warning")
                if not self._lasting_is_in_sight or not may_store(
                    pressed=self._keys.pressed, painted=self._lasting_painted
                ):
                    event.stop()
                    event.prevent_default()
                return
            if event.key != "escape":
                first = self._lasting_key
                self._forget_lasting()
                self._hand_on(event, *([first] if first is not None and event.is_printable else []))
                return
            event.stop()
            event.prevent_default()
            self._forget_lasting()
        elif event.key == "escape":
            return  # `deny_front` looks at the same times
        elif event.key in ("tab", "question_mark") or (self._may_answer() and self._has_answer_for(event.key)):
            self._lasting_key = event
        else:
            if not self._is_in_sight:
                self.app.notify("The terminal is too low to show the question; Esc refuses it.", severity="warning")
            self._hand_on(event)

    def _has_answer_for(self, key: str) -> bool:
        if key == "enter":
            return True
        found = self.screen.active_bindings.get(key)
        return (
            found is not None
            and found.node is self
            and any(found.binding.action in ("refuse_all", f"pick('{choice.letter}')") for choice in self._choices)
        )

    def _hand_on(self, event: events.Key, *before: events.Key) -> None:
        """A key too early, or none of the answers: the wait begins again, and what is text goes to the prompt.

        After an answer one hurries to the next question: a letter of an answer is then no text.
        """
        event.stop()
        event.prevent_default()
        self._disturbed = max(self._keys.pressed, self._disturbed)
        hurries = self._keys.pressed - self._answered_at < CALM_SECS and self._has_answer_for(event.key)
        if event.is_printable and not hurries:
            self._type_on(*before, event)
        self._draw_title()

    def on_paste(self, event: events.Paste) -> None:
        if not self.is_writing:
            event.stop()
            self._type_on(event)

    def on_descendant_focus(self) -> None:
        self._make_room()

    def on_descendant_blur(self) -> None:
        self._make_room()

    def _make_room(self) -> None:
        """In a low terminal the prompt stands aside, but only for a card with the focus: one sees what one types.

        Elsewhere the class changes nothing, and restyling a screen takes its time.
        """
        low = self.screen.has_class("-short")
        self.screen.set_class(self.has_focus_within, "-answering", update=low)
        self._fit()
        self._draw_title()

    def on_blur(self) -> None:
        self._forget_lasting()
        self._make_room()

    def on_focus(self) -> None:
        """Where the focus came by the way, the keys behind it may have been meant for where it was before."""
        if not self._is_invited:
            self._disturbed = max(self._clock.monotonic(), self._disturbed)
        self._is_invited = False
        self._make_room()
        self.call_after_refresh(self._show_selected)

    def go_to(self) -> None:
        """The person asked for it."""
        self._is_invited = not self.has_focus
        self.focus(scroll_visible=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While one says why, the letters of the answers are letters."""
        return not (action in _ANSWERING and self.is_writing) and super().check_action(action, parameters)

    def action_pick(self, letter: str) -> None:
        for choice in self._choices:
            if choice.letter == letter:
                self._choose(choice)
                return

    def action_confirm(self) -> None:
        if self._lasting is not None:
            self._choose(self._lasting)
        elif self._choices:
            self._choose(self._choices[self.selected])

    def action_select(self, step: int) -> None:
        self._forget_lasting()
        self.selected = max(0, min(self.selected + step, len(self._choices) - 1))

    def action_scroll_facts(self, step: int) -> None:
        self.facts.scroll_relative(y=step * max(self.facts.size.height - 1, 1), animate=False)
        self.call_after_refresh(self._draw_title)

    def deny_front(self) -> None:
        """What Escape does, wherever the focus is, unless it was pressed for something else."""
        if self.front is None:
            return
        is_alone = may_answer(pressed=self._keys.pressed, painted=self._painted, disturbed=self._keys.previous)
        if self._was_seen() and (is_alone or self.has_focus_within):
            self.refuse()
        else:
            self._disturbed = max(self._keys.pressed, self._disturbed)
            self._draw_title()

    def _choose(self, choice: CardChoice) -> None:
        if self.front is None:
            return
        if choice.needs_reason:
            self.selected = self._choices.index(choice)
            self.reason.display = True
            self.reason.value = ""
            self._fit()
            self.screen.set_focus(self.reason)  # at once: the next key is a letter of the sentence
        elif choice.lasts and choice is not self._lasting:
            self._show_lasting(choice)
        else:
            self.give(choice)

    def _show_lasting(self, choice: CardChoice) -> None:
        """What lasts takes a second key."""
        self.selected = self._choices.index(choice)
        self._lasting, self._lasting_painted = choice, None
        self._lasting_words = Content.assemble(
            ("Enter", "bold $accent"),
            (f" {self.SECOND_KEY}{visible(choice.stores)}   ", ""),
            ("Esc", "bold $accent"),
            (" back", "$muted"),
        )
        self.lasting.update(self._lasting_words)
        self.lasting.display = True
        self._fit()
        self.call_after_refresh(self._note_lasting_painted, choice)

    def _note_lasting_painted(self, choice: CardChoice) -> None:
        if choice is self._lasting:
            self._lasting_painted = self._clock.monotonic()

    def _forget_lasting(self) -> None:
        was_shown = self._lasting is not None
        self._lasting = self._lasting_key = self._lasting_painted = None
        self.lasting.display = False
        if was_shown:
            self._fit()

    @on(ReasonInput.GivenUp)
    def back_to_answers(self) -> None:
        self._stop_writing()
        self.go_to()

    @on(Input.Submitted, ".card-words")
    def take_words(self, event: Input.Submitted) -> None:
        event.stop()
        if self._choices:
            self.give_words(self._choices[self.selected], event.value.strip())

    def answered(self, *, by_person: bool = True) -> None:
        """The question in front is answered and gone."""
        if by_person and self.has_focus_within:
            self._answered_at = self._clock.monotonic()
        self._show_front()


def _mark_in_words(line: Content) -> Content:
    """With the mark of lists before the selected answer: what stands for a picture is read aloud as one."""
    at = line.plain.find("▸")
    return Content.assemble(line[:at], _HERE, line[at + 1 :]) if at >= 0 else line
