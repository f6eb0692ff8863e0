"""Choosing a part of a conversation by key: a prompt, a reply, a code block or a link in it, a tool call, a thought."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeGuard

from blufio_tui.ui.content.code_places import CodePlace, code_places
from blufio_tui.ui.content.entry_lines import text_width
from blufio_tui.ui.jump_targets import JumpTarget
from blufio_tui.ui.state.entries import Entry, Reply, Summary, ToolLine, UserSaid
from blufio_tui.ui.state.parts import Part
from blufio_tui.ui.text.links import LinkPlace, link_places

if TYPE_CHECKING:
    from blufio_tui.ui.widgets.entry_window import EntryWindow

Place = CodePlace | LinkPlace
StopsOf = Callable[[Entry], "list[tuple[Part, Place | None]]"]
"""The places of an entry that one stops at."""


def _is_whole_reply(entry: Entry) -> TypeGuard[Reply]:
    return isinstance(entry, Reply) and not entry.live and entry.text.shows_all


class PartSelection:
    """
    Attributes:
        chosen: the part that the keys are about; None for none.
        place: the code block or link in `chosen` that is chosen rather than the whole of it.
    """

    def __init__(self, view: EntryWindow) -> None:
        self._view = view
        self.chosen: Part | None = None
        self.place: Place | None = None

    @property
    def chosen_code(self) -> CodePlace | None:
        return self.place if isinstance(self.place, CodePlace) else None

    @property
    def chosen_link(self) -> LinkPlace | None:
        return self.place if isinstance(self.place, LinkPlace) else None

    def clear(self) -> None:
        self.chosen = self.place = None

    def chosen_cells(self, index: int, line: int) -> tuple[int, int | None] | None:
        """From which cell to which this line of the entry is chosen, None for its end; None if it is not."""
        view = self._view
        if self.chosen is None or view.transcript.entries[view.first + index] is not self.chosen:
            return None
        if isinstance(self.place, LinkPlace):
            return next(((start, end) for number, start, end in self.place.pieces if number == line), None)
        first, height = self._lines_of(self.chosen, self.place)
        last = first + (height if self.place else view.offsets.height(index))
        return (0, None) if first <= line < last else None

    def _lines_of(self, part: Part, place: Place | None) -> tuple[int, int]:
        """First line and height within the entry; most entries begin with a blank line."""
        if isinstance(place, LinkPlace):
            return place.first_line, place.height
        view = self._view
        index = view.index_of(part)
        lead = self._lead_of(index)
        return (lead + place.line, place.height) if place else (lead, view.offsets.height(index) - lead)

    def _lead_of(self, index: int) -> int:
        return 1 if self._view.strips_of(index)[0].text.strip() == "" else 0

    def _parts_of(self, entry: Entry) -> list[tuple[Part, Place | None]]:
        """The entry, and the code blocks and links in it, which can be chosen one by one once it is whole."""
        if not isinstance(entry, Part):
            return []
        view, places = self._view, list[Place]()
        if _is_whole_reply(entry):
            places += code_places(entry.text.source, text_width(view.content_width))
        if (_is_whole_reply(entry) or isinstance(entry, ToolLine)) and entry in view.shown:
            places += link_places(view.strips_of(view.index_of(entry)))
        places.sort(key=lambda place: self._lines_of(entry, place)[0])
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
        now = (self.chosen, self.place)
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

    def choose(self, part: Part, place: Place | None = None) -> None:
        """Choose a part of the window, and bring it on the screen."""
        view = self._view
        self.chosen, self.place = part, place
        first, height = self._lines_of(part, place)
        start = view.offsets.start(view.index_of(part)) + first
        if not view.scroll_y <= start <= view.scroll_y + view.size.height - min(height, 3):
            view.following = False
            view.scroll_to(y=max(start - 2, 0), animate=False, immediate=True, force=True)
        view.refresh()

    def first_line(self) -> int | None:
        """Where what is chosen begins, in lines of the window; None if nothing there is chosen."""
        view = self._view
        if self.chosen is None or self.chosen not in view.shown:
            return None
        return view.offsets.start(view.index_of(self.chosen)) + self._lines_of(self.chosen, self.place)[0]

    def jump_targets(self) -> Iterator[JumpTarget]:
        """Every part in sight; code blocks and links, too."""
        view = self._view
        corner, top = view.content_region, round(view.scroll_y)
        for index, entry in enumerate(view.shown if view.size.height else []):
            start = view.offsets.start(index)
            if start + view.offsets.height(index) <= top or start >= top + view.size.height:
                continue
            for part, place in self._parts_of(entry):
                y = start + self._lines_of(part, place)[0] - top
                x = place.pieces[0][1] if isinstance(place, LinkPlace) else 0
                if 0 <= y < view.size.height:
                    yield JumpTarget(corner.x + x, corner.y + y, partial(self._jump_to, part, place))

    def _jump_to(self, part: Part, place: Place | None) -> None:
        self._view.screen.set_focus(self._view)
        self.choose(part, place)

    def select_message(self, message_id: int) -> None:
        """Choose a stored prompt, if it is here."""
        for entry in self._view.shown:
            if isinstance(entry, UserSaid) and entry.message_id == message_id:
                self.choose(entry)

    def show_turn(self, turn_id: str) -> bool:
        """Choose the prompt that began a turn; False if it is not here."""
        for entry in self._view.transcript.entries:
            if isinstance(entry, UserSaid) and entry.turn_id == turn_id:
                self._view.lay_out(entry)
                self.choose(entry)
                return True
        return False
