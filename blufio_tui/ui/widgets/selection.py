"""Choosing a part of a conversation by key: a prompt, a reply, a code block in it, a tool call, a thought."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeGuard

from blufio_tui.ui.content.code_places import CodePlace, code_places
from blufio_tui.ui.content.entry_lines import text_width
from blufio_tui.ui.jump_targets import JumpTarget
from blufio_tui.ui.state.entries import Entry, Reply, Summary, UserSaid
from blufio_tui.ui.state.parts import Part

if TYPE_CHECKING:
    from blufio_tui.ui.widgets.entry_window import EntryWindow

StopsOf = Callable[[Entry], "list[tuple[Part, CodePlace | None]]"]
"""The places of an entry that one stops at."""


def _is_whole_reply(entry: Entry) -> TypeGuard[Reply]:
    return isinstance(entry, Reply) and not entry.live


class PartSelection:
    """
    Attributes:
        chosen: the part that the keys are about; None for none.
        chosen_code: the code block of `chosen` that is chosen rather than the whole of it.
    """

    def __init__(self, view: EntryWindow) -> None:
        self._view = view
        self.chosen: Part | None = None
        self.chosen_code: CodePlace | None = None

    def clear(self) -> None:
        self.chosen = self.chosen_code = None

    def is_chosen(self, index: int, line: int) -> bool:
        """Whether this line of the entry is one of what is chosen."""
        view = self._view
        if self.chosen is None or view.transcript.entries[view.first + index] is not self.chosen:
            return False
        code = self.chosen_code
        first, height = self._place_of(self.chosen, code)
        return first <= line < first + (height if code else view.offsets.height(index))

    def _place_of(self, part: Part, code: CodePlace | None) -> tuple[int, int]:
        """First line and height within the entry; most entries begin with a blank line."""
        view = self._view
        index = view.index_of(part)
        lead = 1 if view.strips_of(index)[0].text.strip() == "" else 0
        return (lead + code.line, code.height) if code else (lead, view.offsets.height(index) - lead)

    def _parts_of(self, entry: Entry) -> list[tuple[Part, CodePlace | None]]:
        """The entry and the code blocks in it, which can be chosen one by one once it is whole."""
        if not isinstance(entry, Part):
            return []
        width = text_width(self._view.content_width)
        places = code_places(entry.text.source, width) if _is_whole_reply(entry) else []
        return [(entry, None), *((entry, place) for place in places)]

    def choose_prompt(self, step: int) -> None:
        """The prompt (or summary) above or below; the first time, one that is on the screen."""
        self._choose_next(step, lambda entry: [(entry, None)] if isinstance(entry, UserSaid | Summary) else [])

    def choose_part(self, step: int) -> None:
        """The part above or below; the first time, one that is on the screen."""
        self._choose_next(step, self._parts_of)

    def _choose_next(self, step: int, stops_of: StopsOf) -> None:
        view = self._view
        entries = view.transcript.entries
        if self.chosen not in entries:
            bottom = round(view.scroll_y) + view.size.height
            seen = [e for i, e in enumerate(view.shown) if view.offsets.start(i) < bottom and stops_of(e)]
            stops = [stop for entry in (seen or view.shown)[-1:] for stop in stops_of(entry)]
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
            view.lay_out(entries[place])
            self.choose(*stops_of(entries[place])[0 if step > 0 else -1])

    def choose(self, part: Part, code: CodePlace | None = None) -> None:
        """Choose a part of the window, and bring it on the screen."""
        view = self._view
        self.chosen, self.chosen_code = part, code
        first, height = self._place_of(part, code)
        start = view.offsets.start(view.index_of(part)) + first
        if not view.scroll_y <= start <= view.scroll_y + view.size.height - min(height, 3):
            view.following = False
            view.scroll_to(y=max(start - 2, 0), animate=False, immediate=True, force=True)
        view.refresh()

    def first_line(self) -> int | None:
        """Where what is chosen begins, in lines of the window; None when nothing there is chosen."""
        view = self._view
        if self.chosen is None or self.chosen not in view.shown:
            return None
        return view.offsets.start(view.index_of(self.chosen)) + self._place_of(self.chosen, self.chosen_code)[0]

    def jump_targets(self) -> Iterator[JumpTarget]:
        """Every part in sight; a code block, too."""
        view = self._view
        corner, top = view.content_region, round(view.scroll_y)
        for index, entry in enumerate(view.shown if view.size.height else []):
            start = view.offsets.start(index)
            if start + view.offsets.height(index) <= top or start >= top + view.size.height:
                continue
            for part, code in self._parts_of(entry):
                y = start + self._place_of(part, code)[0] - top
                if 0 <= y < view.size.height:
                    yield JumpTarget(corner.x, corner.y + y, partial(self._jump_to, part, code))

    def _jump_to(self, part: Part, code: CodePlace | None) -> None:
        self._view.screen.set_focus(self._view)
        self.choose(part, code)

    def select_message(self, message_id: int) -> None:
        """Choose a stored prompt, if it is here."""
        for entry in self._view.shown:
            if isinstance(entry, UserSaid) and entry.message_id == message_id:
                self.choose(entry)

    def show_turn(self, turn_id: str) -> bool:
        """Choose the prompt that began a turn; False when it is not here."""
        for entry in self._view.transcript.entries:
            if isinstance(entry, UserSaid) and entry.turn_id == turn_id:
                self._view.lay_out(entry)
                self.choose(entry)
                return True
        return False
