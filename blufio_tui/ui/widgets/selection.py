"""Choosing a part of a conversation by key: a prompt, a reply, a code block in it, a tool call, a thought."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import ClassVar, TypeGuard

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from blufio_tui.core.events import Event, TurnStarted
from blufio_tui.ui.content.code_places import CodePlace, code_places
from blufio_tui.ui.content.entry_lines import text_width
from blufio_tui.ui.jump_targets import JumpTarget
from blufio_tui.ui.state.entries import Entry, Reply, Summary, UserSaid
from blufio_tui.ui.state.parts import Part
from blufio_tui.ui.widgets.marking import overlaid
from blufio_tui.ui.widgets.search import FindsWords

StopsOf = Callable[[Entry], "list[tuple[Part, CodePlace | None]]"]
"""The places of an entry that one stops at."""


def _is_whole_reply(entry: Entry) -> TypeGuard[Reply]:
    return isinstance(entry, Reply) and not entry.live


class ChoosesParts(FindsWords):
    """
    Attributes:
        chosen: the part that the keys are about; None for none.
        chosen_code: the code block of `chosen` that is chosen rather than the whole of it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left_square_bracket",
            "choose(-1)",
            "Turns",
            key_display="[ ]",
            id="chat.previous",
            tooltip="Choose the prompt above",
        ),
        Binding(
            "right_square_bracket",
            "choose(1)",
            "Turn below",
            show=False,
            id="chat.next",
            tooltip="Choose the prompt below",
        ),
        Binding(
            "p",
            "choose_part(-1)",
            "Parts",
            key_display="p n",
            id="chat.part_above",
            tooltip="Choose the part above: a prompt, a reply, a code block, a tool call, a thought",
        ),
        Binding(
            "n",
            "choose_part(1)",
            "Part below",
            show=False,
            id="chat.part_below",
            tooltip="Choose the part below",
        ),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.chosen: Part | None = None
        self.chosen_code: CodePlace | None = None

    def take(self, event: Event, at: float) -> None:
        if isinstance(event, TurnStarted):
            self.chosen = self.chosen_code = None
        super().take(event, at)

    def replace(self, entries: list[Entry], earlier_than: int = 0) -> None:
        self.chosen = self.chosen_code = None
        super().replace(entries, earlier_than)

    def decorate(self, strip: Strip, index: int, line: int) -> Strip:
        if self._is_chosen(index, line):
            strip = overlaid(strip, Style.from_color(bgcolor=self._parse("on $selection").rich_style.bgcolor))
        return super().decorate(strip, index, line)

    def _is_chosen(self, index: int, line: int) -> bool:
        if self.chosen is None or self.transcript.entries[self.first + index] is not self.chosen:
            return False
        code = self.chosen_code
        first, height = self._place_of(self.chosen, code)
        return first <= line < first + (height if code else self.offsets.height(index))

    def _place_of(self, part: Part, code: CodePlace | None) -> tuple[int, int]:
        """First line and height within the entry; most entries begin with a blank line."""
        index = self.index_of(part)
        lead = 1 if self.strips_of(index)[0].text.strip() == "" else 0
        return (lead + code.line, code.height) if code else (lead, self.offsets.height(index) - lead)

    def parts_of(self, entry: Entry) -> list[tuple[Part, CodePlace | None]]:
        """The entry and the code blocks in it, which can be chosen one by one once it is whole."""
        if not isinstance(entry, Part):
            return []
        places = code_places(entry.text.source, text_width(self.content_width)) if _is_whole_reply(entry) else []
        return [(entry, None), *((entry, place) for place in places)]

    def action_choose(self, step: int) -> None:
        """The prompt (or summary) above or below; the first time, one that is on the screen."""
        self._choose_next(step, lambda entry: [(entry, None)] if isinstance(entry, UserSaid | Summary) else [])

    def action_choose_part(self, step: int) -> None:
        self._choose_next(step, self.parts_of)

    def _choose_next(self, step: int, stops_of: StopsOf) -> None:
        entries = self.transcript.entries
        if self.chosen not in entries:
            bottom = round(self.scroll_y) + self.size.height
            seen = [e for i, e in enumerate(self.shown) if self.offsets.start(i) < bottom and stops_of(e)]
            stops = [stop for entry in (seen or self.shown)[-1:] for stop in stops_of(entry)]
            if stops:
                self.choose(*stops[-1])
            return
        here = stops_of(self.chosen)
        now = (self.chosen, self.chosen_code)
        within = here.index(now) + step if now in here else -1
        if 0 <= within < len(here):
            self.choose(*here[within])
            return
        place = entries.index(self.chosen) + step
        while 0 <= place < len(entries) and not stops_of(entries[place]):
            place += step
        if 0 <= place < len(entries):
            self.lay_out(entries[place])
            self.choose(*stops_of(entries[place])[0 if step > 0 else -1])

    def choose(self, part: Part, code: CodePlace | None = None) -> None:
        self.chosen, self.chosen_code = part, code
        first, height = self._place_of(part, code)
        start = self.offsets.start(self.index_of(part)) + first
        if not self.scroll_y <= start <= self.scroll_y + self.size.height - min(height, 3):
            self.following = False
            self.scroll_to(y=max(start - 2, 0), animate=False, immediate=True, force=True)
        self.refresh()

    def first_selected(self) -> int:
        if self.chosen in self.shown and self.chosen is not None:
            return self.offsets.start(self.index_of(self.chosen)) + self._place_of(self.chosen, self.chosen_code)[0]
        return super().first_selected()

    def jump_targets(self) -> Iterator[JumpTarget]:
        """Every part in sight; a code block, too."""
        corner, top = self.content_region, round(self.scroll_y)
        for index, entry in enumerate(self.shown if self.size.height else []):
            start = self.offsets.start(index)
            if start + self.offsets.height(index) <= top or start >= top + self.size.height:
                continue
            for part, code in self.parts_of(entry):
                y = start + self._place_of(part, code)[0] - top
                if 0 <= y < self.size.height:
                    yield JumpTarget(corner.x, corner.y + y, partial(self._jump_to, part, code))

    def _jump_to(self, part: Part, code: CodePlace | None) -> None:
        self.screen.set_focus(self)
        self.choose(part, code)

    def select_message(self, message_id: int) -> None:
        """Choose a stored prompt, if it is here."""
        for entry in self.shown:
            if isinstance(entry, UserSaid) and entry.message_id == message_id:
                self.choose(entry)

    def show_turn(self, turn_id: str) -> bool:
        """Choose the prompt that began a turn; False when it is not here."""
        for entry in self.transcript.entries:
            if isinstance(entry, UserSaid) and entry.turn_id == turn_id:
                self.lay_out(entry)
                self.choose(entry)
                return True
        return False
