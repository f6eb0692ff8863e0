"""The conversation: one widget for all of it, drawn from entries, following its end while one reads there."""

from collections.abc import Hashable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.strip import Strip
from textual.timer import Timer

from blufio_tui.core.events import Event
from blufio_tui.ui.content.entry_lines import entry_lines
from blufio_tui.ui.messages import LoadEarlier, ShowCall
from blufio_tui.ui.state.entries import Entry, Reply, Thought, ToolLine, UserSaid, entry_text
from blufio_tui.ui.state.transcript import Transcript
from blufio_tui.ui.widgets.line_view import LineView
from blufio_tui.ui.widgets.marking import marked

_WINDOW = 150
"""Entries that are laid out; older ones come back when one scrolls up to them."""
_STEP = 75
_FRAME = 1 / 25


class ConversationView(LineView):
    """
    Attributes:
        transcript: all entries; the view lays out a window that ends at the last.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left_square_bracket", "jump_turn(-1)", "Turn above", id="chat.previous", tooltip="Go to the prompt above"
        ),
        Binding("right_square_bracket", "jump_turn(1)", "Turn below", id="chat.next", tooltip="Go to the prompt below"),
        Binding("t", "thinking", "Thinking", id="chat.thinking", tooltip="Show or hide what the model thought"),
        Binding("o", "outputs", "Outputs", id="chat.outputs", tooltip="Show or hide what the tools gave back"),
        Binding("y", "copy_reply", "Copy reply", id="chat.copy", tooltip="Copy the last reply to the clipboard"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.transcript = Transcript()
        self.first = 0
        self.earlier_than = 0
        self._touched: dict[int, Entry] = {}
        self._frame: Timer | None = None
        self.found: list[Entry] = []
        self._sought = ""

    # ── content ────────────────────────────────────────────────────────────────────────────────────

    @property
    def shown(self) -> list[Entry]:
        return self.transcript.entries[self.first :]

    def block_count(self) -> int:
        return len(self.transcript.entries) - self.first

    def block_key(self, index: int) -> Hashable:
        return self.transcript.entries[self.first + index].number

    def block_lines(self, index: int, width: int) -> list[Content]:
        place = self.first + index
        before = self.transcript.entries[place - 1] if place else None
        return entry_lines(self.transcript.entries[place], width, before)

    def take(self, event: Event, at: float) -> None:
        """Show an event. Text that streams is drawn at most 25 times a second."""
        for entry in self.transcript.apply(event, at):
            self._touched[entry.number] = entry
        if self._touched and self._frame is None:
            self._frame = self.set_timer(_FRAME, self.flush)

    def flush(self) -> None:
        """Draw what has changed since the last time."""
        self._frame = None
        touched, self._touched = self._touched, {}
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

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if new_value <= 2 and self.first > 0:
            self.call_next(self._load_above)
        elif new_value <= 2 and self.earlier_than:
            self.post_message(LoadEarlier(self.earlier_than))
            self.earlier_than = 0

    def _load_above(self) -> None:
        if self.first == 0 or self.scroll_y > 2:
            return
        before, added = self.offsets.total, min(_STEP, self.first)
        self.first -= added
        self.following = False
        self.rebuild()
        self.shift_by(self.offsets.total - before)

    def prepend(self, entries: list[Entry], earlier_than: int) -> None:
        """Entries that were read because one scrolled up to the first."""
        before = self.offsets.total
        self.transcript.entries[:0] = entries
        self.first = max(0, len(entries) - _STEP)
        self.earlier_than = earlier_than
        self.following = False
        self.rebuild()
        self.shift_by(self.offsets.total - before)

    # ── finding ────────────────────────────────────────────────────────────────────────────────────

    def find(self, words: str) -> list[Entry]:
        """Look for words in the whole conversation; the entries that hold them."""
        self._sought = words.casefold().strip()
        self.found = [e for e in self.transcript.entries if self._sought and self._sought in entry_text(e).casefold()]
        self.refresh()
        return self.found

    def go_to_found(self, number: int) -> None:
        """Bring the match on the screen, laying out what is above if need be."""
        place = self.transcript.entries.index(self.found[number])
        if place < self.first:
            self.first = max(place - 5, 0)
            self.rebuild()
        index = place - self.first
        lines = [i for i, strip in enumerate(self.strips_of(index)) if self._sought in strip.text.casefold()]
        line = self.offsets.start(index) + (lines[0] if lines else 0)
        self.following = False
        self.scroll_to(y=max(line - self.size.height // 3, 0), animate=False, immediate=True, force=True)

    def decorate(self, strip: Strip, _index: int, _line: int) -> Strip:
        return marked(strip, self._sought, self._parse("$background on $warn").rich_style) if self._sought else strip

    # ── actions ────────────────────────────────────────────────────────────────────────────────────

    def action_jump_turn(self, step: int) -> None:
        """To the next prompt above or below the first line on the screen."""
        top = round(self.scroll_y)
        starts = [self.offsets.start(i) + 1 for i, entry in enumerate(self.shown) if isinstance(entry, UserSaid)]
        if step < 0:
            target = max((start for start in starts if start < top), default=0)
        else:
            target = min((start for start in starts if start > top), default=self.offsets.total)
        self.scroll_to(y=target, animate=False, immediate=True, force=True)

    def action_thinking(self) -> None:
        thoughts = [entry for entry in self.shown if isinstance(entry, Thought)]
        opens = not any(entry.open for entry in thoughts)
        for entry in thoughts:
            entry.open = opens
        self.redraw_all()

    def action_outputs(self) -> None:
        tools = [entry for entry in self.shown if isinstance(entry, ToolLine)]
        opens = not any(entry.open for entry in tools)
        for entry in tools:
            entry.open = opens
        self.redraw_all()

    def last_reply(self) -> str:
        replies = (entry for entry in reversed(self.transcript.entries) if isinstance(entry, Reply))
        return next((reply.text.source for reply in replies), "")

    def action_copy_reply(self) -> None:
        if self.last_reply():
            self.app.copy_to_clipboard(self.last_reply())
            self.app.notify("Copied the last reply", timeout=2)

    def on_click(self, event: events.Click) -> None:
        number = self.scroll_offset.y + event.y
        if number >= self.offsets.total:
            return
        index, _ = self.offsets.at(number)
        entry = self.transcript.entries[self.first + index]
        if isinstance(entry, Thought):
            entry.open = not entry.open
            self.redraw(index)
        elif isinstance(entry, ToolLine):
            self.post_message(ShowCall(entry.call_id))
