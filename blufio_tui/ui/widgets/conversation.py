"""The conversation: one widget for all of it, drawn from entries, following its end while one reads there."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, TypeGuard

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.strip import Strip
from textual.timer import Timer

from blufio_tui.core.code_blocks import code_blocks
from blufio_tui.core.events import Event, TurnStarted
from blufio_tui.ui.chat_messages import EditPrompt, PickCode, RetryPrompt, SwitchVersion
from blufio_tui.ui.content.code_places import CodePlace, code_places
from blufio_tui.ui.content.entry_lines import entry_lines, text_width
from blufio_tui.ui.jump_targets import JumpTarget
from blufio_tui.ui.messages import LoadEarlier, ShowCall
from blufio_tui.ui.state.entries import Entry, Reply, Summary, Thought, ToolLine, UserSaid, entry_text
from blufio_tui.ui.state.parts import Part, part_text, turn_of, turn_text
from blufio_tui.ui.state.stored import note_stored
from blufio_tui.ui.state.transcript import Transcript
from blufio_tui.ui.widgets.marking import marked, overlaid
from blufio_tui.ui.widgets.selects_lines import SelectsLines

if TYPE_CHECKING:
    from blufio_tui.core.sessions import StoredMessage

_WINDOW = 150
"""Entries that are laid out; older ones come back when one scrolls up to them."""
_STEP = 75
_FRAME = 1 / 16
"""Seconds between two drawings of what streams in: one can read along, and keys get through."""

StopsOf = Callable[[Entry], "list[tuple[Part, CodePlace | None]]"]
"""The places of an entry that one stops at."""


def _is_whole_reply(entry: Entry) -> TypeGuard[Reply]:
    return isinstance(entry, Reply) and not entry.live


class ConversationView(SelectsLines):
    """
    Attributes:
        transcript: all entries; the view lays out a window that ends at the last.
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
        Binding("t", "thinking", "Thinking", id="chat.thinking", tooltip="Show or hide what the model thought"),
        Binding("o", "outputs", "Outputs", id="chat.outputs", tooltip="Show or hide what the tools gave back"),
        Binding("e", "edit", "Edit", id="chat.edit", tooltip="Change the chosen prompt; what is there stays a version"),
        Binding(
            "r", "retry", "Retry", id="chat.retry", tooltip="Ask the chosen prompt again; the reply stays a version"
        ),
        Binding("left", "version(-1)", "Older version", show=False, id="chat.older", tooltip="Show the version before"),
        Binding("right", "version(1)", "Newer version", show=False, id="chat.newer", tooltip="Show the version after"),
        Binding(
            "enter",
            "open",
            "Open",
            id="chat.open",
            tooltip="Go to the chosen tool call in the trace; show or hide a summary's or a thought's text",
        ),
        Binding("y", "copy_part", "Copy", id="chat.copy", tooltip="Copy what is chosen, else the last reply"),
        Binding("Y", "copy_turn", "Copy turn", show=False, id="chat.copy_turn", tooltip="Copy the whole chosen turn"),
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
        self.chosen: Part | None = None
        self.chosen_code: CodePlace | None = None

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
            self.chosen = self.chosen_code = None
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
        self.chosen = self.chosen_code = None
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
        if self._is_chosen(index, line):
            strip = overlaid(strip, Style.from_color(bgcolor=self._parse("on $selection").rich_style.bgcolor))
        return marked(strip, self._sought, self._parse("$background on $warn").rich_style) if self._sought else strip

    # ── choosing a part ────────────────────────────────────────────────────────────────────────────

    def _is_chosen(self, index: int, line: int) -> bool:
        if self.chosen is None or self.transcript.entries[self.first + index] is not self.chosen:
            return False
        code = self.chosen_code
        first, height = self._place_of(self.chosen, code)
        return first <= line < first + (height if code else self.offsets.height(index))

    def _place_of(self, part: Part, code: CodePlace | None) -> tuple[int, int]:
        """First line and height within the entry; most entries begin with a blank line."""
        index = self._index_of(part)
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
            while entries[place] not in self.shown:
                self._load_more()
            self.choose(*stops_of(entries[place])[0 if step > 0 else -1])

    def choose(self, part: Part, code: CodePlace | None = None) -> None:
        self.chosen, self.chosen_code = part, code
        first, height = self._place_of(part, code)
        start = self.offsets.start(self._index_of(part)) + first
        if not self.scroll_y <= start <= self.scroll_y + self.size.height - min(height, 3):
            self.following = False
            self.scroll_to(y=max(start - 2, 0), animate=False, immediate=True, force=True)
        self.refresh()

    def first_selected(self) -> int:
        if self.chosen in self.shown and self.chosen is not None:
            return self.offsets.start(self._index_of(self.chosen)) + self._place_of(self.chosen, self.chosen_code)[0]
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
        """The chosen reply, else the last of the chosen turn, else of the conversation; "" when there is none."""
        entries: list[Entry] = self.transcript.entries
        if isinstance(self.chosen, Reply):
            return self.chosen.text.source
        if self.chosen in entries:
            entries = turn_of(entries, self.chosen)
        replies = (entry for entry in reversed(entries) if isinstance(entry, Reply) and entry.text.source)
        return next((reply.text.source for reply in replies), "")

    def action_copy_part(self) -> None:
        if self.is_selecting:
            self.action_copy_lines()
        elif self.chosen_code is not None:
            self._copy(self.chosen_code.code)
        elif isinstance(self.chosen, ToolLine | Thought | Summary):
            self._copy(part_text(self.chosen))
        else:
            self._copy(self.reply_at_hand())

    def action_copy_turn(self) -> None:
        self._copy(turn_text(turn_of(self.transcript.entries, self.chosen)))

    def _copy(self, text: str) -> None:
        if text:
            self.app.copy_to_clipboard(text)
        else:
            self.app.notify("There is nothing to copy here yet.", severity="warning", timeout=3)

    def action_copy_code(self) -> None:
        if self.chosen_code is not None:
            self._copy(self.chosen_code.code)
        elif blocks := code_blocks(self.reply_at_hand()):
            self.post_message(PickCode(blocks))
        else:
            self.app.notify("That reply has no code block.", severity="warning", timeout=3)

    def _chosen_prompt(self) -> int:
        """The message id of the chosen turn's prompt, else of the last that is stored; 0 with a word to the person."""
        entries = self.transcript.entries
        prompts = turn_of(entries, self.chosen)[:1] if self.chosen in entries else reversed(entries)
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
        if isinstance(self.chosen, ToolLine):
            self.post_message(ShowCall(self.chosen.call_id))
        elif isinstance(self.chosen, Summary | Thought):
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
