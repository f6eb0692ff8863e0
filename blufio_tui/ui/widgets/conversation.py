"""The conversation: one widget for all of it, drawn from entries, following its end while one reads there."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.strip import Strip
from textual.timer import Timer

from blufio_tui.core.code_blocks import code_blocks
from blufio_tui.core.events import Event, TurnStarted
from blufio_tui.ui.chat_messages import EditPrompt, PickCode, RetryPrompt, SwitchVersion
from blufio_tui.ui.content.entry_lines import entry_lines
from blufio_tui.ui.messages import LoadEarlier, ShowCall
from blufio_tui.ui.state.entries import Entry, Reply, Summary, Thought, ToolLine, UserSaid, entry_text
from blufio_tui.ui.state.stored import note_stored
from blufio_tui.ui.state.transcript import Transcript
from blufio_tui.ui.widgets.line_view import LineView
from blufio_tui.ui.widgets.marking import marked, overlaid

if TYPE_CHECKING:
    from blufio_tui.core.sessions import StoredMessage

_WINDOW = 150
"""Entries that are laid out; older ones come back when one scrolls up to them."""
_STEP = 75
_FRAME = 1 / 16
"""Seconds between two drawings of what streams in: one can read along, and keys get through."""


class ConversationView(LineView):
    """
    Attributes:
        transcript: all entries; the view lays out a window that ends at the last.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left_square_bracket", "choose(-1)", "Turn above", id="chat.previous", tooltip="Choose the prompt above"
        ),
        Binding("right_square_bracket", "choose(1)", "Turn below", id="chat.next", tooltip="Choose the prompt below"),
        Binding("t", "thinking", "Thinking", id="chat.thinking", tooltip="Show or hide what the model thought"),
        Binding("o", "outputs", "Outputs", id="chat.outputs", tooltip="Show or hide what the tools gave back"),
        Binding("e", "edit", "Edit", id="chat.edit", tooltip="Change the chosen prompt; what is there stays a version"),
        Binding(
            "r", "retry", "Retry", id="chat.retry", tooltip="Ask the chosen prompt again; the reply stays a version"
        ),
        Binding("left", "version(-1)", "Older version", show=False, id="chat.older", tooltip="Show the version before"),
        Binding("right", "version(1)", "Newer version", show=False, id="chat.newer", tooltip="Show the version after"),
        Binding("enter", "open", "Open", show=False, id="chat.open", tooltip="Show or hide a summary's text"),
        Binding("y", "copy_reply", "Copy reply", id="chat.copy", tooltip="Copy the chosen reply, else the last"),
        Binding("c", "copy_code", "Copy code", id="chat.code", tooltip="Copy a code block of the chosen reply"),
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
        self.chosen: UserSaid | Summary | None = None

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
        """Show an event. Text that streams is drawn at most 16 times a second."""
        if isinstance(event, TurnStarted):
            self.chosen = None
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
        self.chosen = None
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
        if self.first and self.scroll_y <= 2:
            self._load_more()

    def _load_more(self) -> None:
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

    def decorate(self, strip: Strip, index: int, line: int) -> Strip:
        if line and self.chosen is not None and self.transcript.entries[self.first + index] is self.chosen:
            strip = overlaid(strip, Style.from_color(bgcolor=self._parse("on $selection").rich_style.bgcolor))
        return marked(strip, self._sought, self._parse("$background on $warn").rich_style) if self._sought else strip

    # ── choosing a turn ────────────────────────────────────────────────────────────────────────────

    def action_choose(self, step: int) -> None:
        """The prompt (or summary) above or below the chosen one; the first time, one that is on the screen."""
        stops = [entry for entry in self.shown if isinstance(entry, UserSaid | Summary)]
        if not stops:
            return
        if self.chosen not in stops:
            bottom = round(self.scroll_y) + self.size.height
            seen = [entry for entry in stops if self.offsets.start(self._index_of(entry)) < bottom]
            self.choose((seen or stops)[-1])
        else:
            place = stops.index(self.chosen) + step
            if place < 0 and self.first > 0:
                self._load_more()
                self.action_choose(step)
            elif 0 <= place < len(stops):
                self.choose(stops[place])

    def choose(self, entry: UserSaid | Summary) -> None:
        self.chosen = entry
        start = self.offsets.start(self._index_of(entry))
        if not self.scroll_y <= start < self.scroll_y + self.size.height - 2:
            self.following = False
            self.scroll_to(y=max(start - 1, 0), animate=False, immediate=True, force=True)
        self.refresh()

    def select_message(self, message_id: int) -> None:
        """Choose a stored prompt, if it is here."""
        for entry in self.shown:
            if isinstance(entry, UserSaid) and entry.message_id == message_id:
                self.choose(entry)

    def show_turn(self, turn_id: str) -> bool:
        """Choose the prompt that began a turn; False when it is not here."""
        for entry in self.transcript.entries:
            if isinstance(entry, UserSaid) and entry.turn_id == turn_id:
                while entry not in self.shown:
                    self._load_more()
                self.choose(entry)
                return True
        return False

    def _index_of(self, entry: Entry) -> int:
        return self.transcript.entries.index(entry) - self.first

    def note_stored(self, messages: Sequence[StoredMessage], places: Mapping[int, int]) -> None:
        """Where the prompts are stored is known now, and where the conversation was summed up."""
        count = len(self.transcript.entries)
        changed = note_stored(self.transcript.entries, messages, places)
        if len(self.transcript.entries) != count:
            self.redraw_all()
        for entry in changed:
            if entry in self.shown:
                self.redraw(self._index_of(entry))

    # ── actions ────────────────────────────────────────────────────────────────────────────────────

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

    def reply_at_hand(self) -> str:
        """The last reply of the chosen turn, else of the conversation; "" when there is none."""
        entries = self.transcript.entries
        if isinstance(self.chosen, UserSaid) and self.chosen in entries:
            after = entries[entries.index(self.chosen) + 1 :]
            entries = list(takewhile(lambda entry: not isinstance(entry, UserSaid), after))
        replies = (entry for entry in reversed(entries) if isinstance(entry, Reply) and entry.text.source)
        return next((reply.text.source for reply in replies), "")

    def action_copy_reply(self) -> None:
        if reply := self.reply_at_hand():
            self.app.copy_to_clipboard(reply)
        else:
            self.app.notify("There is no reply to copy yet.", severity="warning", timeout=3)

    def action_copy_code(self) -> None:
        if blocks := code_blocks(self.reply_at_hand()):
            self.post_message(PickCode(blocks))
        else:
            self.app.notify("That reply has no code block.", severity="warning", timeout=3)

    def _chosen_prompt(self) -> int:
        """The message id of the chosen prompt, else of the last that is stored; 0 with a word to the person."""
        prompts = [self.chosen] if isinstance(self.chosen, UserSaid) else reversed(self.transcript.entries)
        found = next((e.message_id for e in prompts if isinstance(e, UserSaid) and e.message_id), 0)
        if not found:
            self.app.notify("There is no stored prompt here yet.", severity="warning", timeout=3)
        return found

    def action_edit(self) -> None:
        if message_id := self._chosen_prompt():
            self.post_message(EditPrompt(message_id))

    def action_retry(self) -> None:
        if message_id := self._chosen_prompt():
            self.post_message(RetryPrompt(message_id))

    def action_version(self, step: int) -> None:
        if message_id := self._chosen_prompt():
            self.post_message(SwitchVersion(message_id, step))

    def action_open(self) -> None:
        if isinstance(self.chosen, Summary):
            self.chosen.open = not self.chosen.open
            self.redraw(self._index_of(self.chosen))
        else:
            self.action_outputs()

    def on_click(self, event: events.Click) -> None:
        number = self.scroll_offset.y + event.y
        if number >= self.offsets.total:
            return
        index, _ = self.offsets.at(number)
        entry = self.transcript.entries[self.first + index]
        if isinstance(entry, Thought | Summary):
            entry.open = not entry.open
            self.redraw(index)
        elif isinstance(entry, UserSaid):
            self.choose(entry)
        elif isinstance(entry, ToolLine):
            self.post_message(ShowCall(entry.call_id))
