"""A conversation's entries as lines: those near the end are laid out, older ones when one scrolls up to them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from blufio_tui.core.events import Event
from blufio_tui.ui.content.entry_lines import entry_lines, work_ahead
from blufio_tui.ui.content.in_words import ROOM, entry_in_words
from blufio_tui.ui.messages import LoadEarlier
from blufio_tui.ui.state.entries import Entry, Reply, fold_earlier_todos
from blufio_tui.ui.state.restore import note_stored
from blufio_tui.ui.state.transcript import Transcript
from blufio_tui.ui.widgets.beat import on_beat
from blufio_tui.ui.widgets.line_selection import SelectsLines

if TYPE_CHECKING:
    from blufio_tui.core.sessions.records import StoredMessage

_WINDOW = 70
"""Entries that are laid out; older ones come back when one scrolls up to them."""
_STEP = 35
_TURN, _LET_IN = 0.004, 0.001
"""Seconds for which text is laid out at once, and for which keys are let in before it goes on."""


class EntryWindow(SelectsLines):
    """
    Attributes:
        transcript: all entries; the view lays out a window that ends at the last.
        first: the place of the first entry of the window.
        earlier_than: the stored message that older ones come before; 0 if all are here.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.transcript = Transcript()
        self.first = 0
        self.earlier_than = 0
        self._touched: dict[int, Entry] = {}
        self._behind: dict[int, Entry] = {}
        self._is_working = False

    @property
    def shown(self) -> list[Entry]:
        return self.transcript.entries[self.first :]

    @property
    def expected_size(self) -> Size:
        """It fills its pane; a pane that was never shown is one of the tabs, as wide as the terminal."""
        pane = self.parent.scrollable_content_region.size if isinstance(self.parent, Widget) else Size(0, 0)
        width = (pane.width or self.app.size.width) - self.styles.scrollbar_size_vertical
        return Size(max(width, 0), pane.height)

    @property
    def is_behind(self) -> bool:
        """Whether some of a long text is still to be laid out."""
        return bool(self._behind)

    def block_count(self) -> int:
        return len(self.transcript.entries) - self.first

    def block_key(self, index: int) -> Hashable:
        return self.transcript.entries[self.first + index].number

    def block_lines(self, index: int, width: int) -> list[Content]:
        place = self.first + index
        before = self.transcript.entries[place - 1] if place else None
        entry = self.transcript.entries[place]
        if not self.app.has_class("-accessible"):
            return entry_lines(entry, width, before)
        room = width if isinstance(entry, Reply) else width - ROOM
        return entry_in_words(entry, entry_lines(entry, room, before))

    def take(self, event: Event, at: float) -> None:
        """Show an event. Text that streams is drawn at most once a beat."""
        for entry in self.transcript.apply(event, at):
            self._touched[entry.number] = entry
        if self._touched:
            self._work()
            on_beat(self, self.flush)

    def add(self, entry: Entry) -> None:
        """Show something that is not an event of a turn."""
        self.transcript.entries.append(entry)
        self.flush()

    def flush(self) -> None:
        """Draw what has changed since the last time; of a text that came all at once, what is laid out by now."""
        self._work()
        touched, self._touched = self._touched, dict(self._behind)
        for index in range(len(self.offsets) - 1, -1, -1):
            number = self.transcript.entries[self.first + index].number
            if number in touched:
                self.redraw(index)
                del touched[number]
            if not touched:
                break
        if self.block_count() > len(self.offsets):
            self.grow()
            self._trim()

    def _work(self) -> None:
        """Lay out text for a moment. What is left then is gone on with after a pause in which keys are let in."""
        if self._is_working:
            return
        deadline, width = monotonic() + _TURN, self.content_width
        self._behind = {
            number: entry for number, entry in self._touched.items() if not work_ahead(entry, width, deadline)
        }
        if self._behind:
            self._is_working = True
            self.set_timer(_LET_IN, self._work_on)

    def _work_on(self) -> None:
        self._is_working = False
        self._work()
        on_beat(self, self.flush)

    def _trim(self) -> None:
        """Let go of what is far above while nobody looks at it."""
        if self.following and self.block_count() > _WINDOW + _STEP:
            self.first = len(self.transcript.entries) - _WINDOW
            self.rebuild()

    def replace(self, entries: list[Entry], earlier_than: int = 0) -> None:
        """Show another conversation."""
        self.earlier_than = earlier_than
        self.transcript = Transcript()
        self.transcript.entries = entries
        self.first = max(0, len(entries) - _WINDOW)
        self.following = True
        self.redraw_all()

    def note_stored(self, messages: Sequence[StoredMessage], places: Mapping[int, int]) -> None:
        """Where the prompts are stored is known now, and where the conversation was summarised."""
        count = len(self.transcript.entries)
        changed = note_stored(self.transcript.entries, messages, places)
        if len(self.transcript.entries) != count:
            self.redraw_all()
        for entry in changed:
            if entry in self.shown:
                self.redraw(self.index_of(entry))

    def index_of(self, entry: Entry) -> int:
        """Its place in the window; negative when it is above."""
        return self.transcript.entries.index(entry) - self.first

    # ── what is above ──────────────────────────────────────────────────────────────────────────────

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if new_value <= 2 and self.first > 0:
            self.call_next(self._load_above)
        elif new_value <= 2 and self.earlier_than:
            self.post_message(LoadEarlier(self.earlier_than))
            self.earlier_than = 0

    def _load_above(self) -> None:
        if self.first and self.scroll_y <= 2:
            self.load_more()

    def lay_out(self, entry: Entry) -> None:
        """Bring an entry into the window if it is above."""
        while entry not in self.shown:
            self.load_more()

    def load_more(self) -> None:
        """Lay out some more of what is above, without moving what is in sight."""
        before, added = self.offsets.total, min(_STEP, self.first)
        self.first -= added
        self.following = False
        self.rebuild()
        self.shift_by(self.offsets.total - before)

    def prepend(self, entries: list[Entry], earlier_than: int) -> None:
        """Entries that were read because one scrolled up to the first."""
        before = self.offsets.total
        fold_earlier_todos(entries, self.transcript.entries)
        self.transcript.entries[:0] = entries
        self.first = max(0, len(entries) - _STEP)
        self.earlier_than = earlier_than
        self.following = False
        self.rebuild()
        self.shift_by(self.offsets.total - before)
