"""The conversation: one widget for all of it, drawn from entries, following its end while one reads there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.strip import Strip

from blufio_tui.core.events import Event, TurnStarted
from blufio_tui.core.text.code_blocks import code_blocks
from blufio_tui.ui.chat_messages import EditPrompt, PickCode, RetryPrompt, SwitchVersion
from blufio_tui.ui.jump_targets import JumpTarget
from blufio_tui.ui.messages import OpenPlace, ShowCall
from blufio_tui.ui.state.entries import Entry, Reply, Summary, Thought, ToolLine, UserSaid
from blufio_tui.ui.state.parts import part_text, turn_of, turn_text
from blufio_tui.ui.text.links import resolved
from blufio_tui.ui.widgets.entry_window import EntryWindow
from blufio_tui.ui.widgets.marking import overlaid
from blufio_tui.ui.widgets.search import WordSearch
from blufio_tui.ui.widgets.selection import PartSelection


class ConversationView(EntryWindow):
    """What one does with the chosen part, or with the whole conversation where none is chosen.

    Attributes:
        parts: what is chosen, and choosing it.
        search: words that are looked for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left_square_bracket",
            "choose(-1)",
            "Turns",
            key_display="[ ]",
            id="chat.previous",
            tooltip="Select the prompt above",
        ),
        Binding(
            "right_square_bracket",
            "choose(1)",
            "Turn below",
            show=False,
            id="chat.next",
            tooltip="Select the prompt below",
        ),
        Binding(
            "p",
            "choose_part(-1)",
            "Parts",
            key_display="p n",
            id="chat.part_above",
            tooltip="Select the part above: a prompt, a reply, a code block, a link, a tool call, a thought",
        ),
        Binding(
            "n",
            "choose_part(1)",
            "Part below",
            show=False,
            id="chat.part_below",
            tooltip="Select the part below",
        ),
        Binding("t", "thinking", "Thinking", id="chat.thinking", tooltip="Show or hide the model's thoughts"),
        Binding("o", "outputs", "Outputs", id="chat.outputs", tooltip="Show or hide tool output"),
        Binding("e", "edit", "Edit", id="chat.edit", tooltip="Edit the selected prompt; the old version stays"),
        Binding("r", "retry", "Retry", id="chat.retry", tooltip="Ask the selected prompt again; the old reply stays"),
        Binding(
            "left", "version(-1)", "Older version", show=False, id="chat.older", tooltip="Show the previous version"
        ),
        Binding("right", "version(1)", "Newer version", show=False, id="chat.newer", tooltip="Show the next version"),
        Binding(
            "enter",
            "open",
            "Open",
            id="chat.open",
            tooltip="Show all that the chosen call changed, else go to it in the trace; show or hide all of a long "
            "prompt, a summary, a thought; open the chosen line of a file in your editor; copy the chosen address",
        ),
        Binding("y", "copy_part", "Copy", id="chat.copy", tooltip="Copy the selection, else the last reply"),
        Binding("Y", "copy_turn", "Copy turn", show=False, id="chat.copy_turn", tooltip="Copy the whole selected turn"),
        Binding("c", "copy_code", "Copy code", id="chat.code", tooltip="Copy a code block of the selected reply"),
    ]

    def __init__(self, project: Path, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._project = project
        self.parts = PartSelection(self)
        self.search = WordSearch(self)

    # ── what is chosen, what is looked for ─────────────────────────────────────────────────────────

    def take(self, event: Event, at: float) -> None:
        if isinstance(event, TurnStarted):
            self.parts.clear()
        super().take(event, at)

    def replace(self, entries: list[Entry], earlier_than: int = 0) -> None:
        self.parts.clear()
        super().replace(entries, earlier_than)

    def finish_line(self, line: Content) -> Content:
        return resolved(line, self._project)

    def paint_from(self, line: int, end: int | None = None) -> None:
        """What is chosen or found may look different in lines whose text did not change."""
        if self.search.is_on or self.parts.chosen is not None:
            line, end = 0, None
        super().paint_from(line, end)

    def is_decorated(self, _index: int) -> bool:
        return self.search.is_on or self.parts.chosen is not None

    def decorate(self, strip: Strip, index: int, line: int) -> Strip:
        if cells := self.parts.chosen_cells(index, line):
            ground = Style.from_color(bgcolor=self._parse("on $selection").rich_style.bgcolor)
            before, chosen, after = (
                strip.crop(0, cells[0]),
                strip.crop(*cells),
                strip.crop(cells[1] or strip.cell_length),
            )
            strip = Strip.join([before, overlaid(chosen, ground), after])
        strip = super().decorate(strip, index, line)
        if not self.search.is_on:
            return strip
        style, here = (self._parse(look).rich_style for look in ("underline $warn", "bold $background on $warn"))
        return self.search.mark(strip, index, line, style, here)

    def first_selected(self) -> int:
        chosen = self.parts.first_line()
        return super().first_selected() if chosen is None else chosen

    def jump_targets(self) -> Iterator[JumpTarget]:
        return self.parts.jump_targets()

    def action_choose(self, step: int) -> None:
        self.parts.choose_prompt(step)

    def action_choose_part(self, step: int) -> None:
        self.parts.choose_part(step)

    # ── what the keys do ───────────────────────────────────────────────────────────────────────────

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
        """The chosen reply, else the last of the chosen turn, else of the conversation; "" if there is none."""
        entries: list[Entry] = self.transcript.entries
        if isinstance(self.parts.chosen, Reply):
            return self.parts.chosen.text.source
        if self.parts.chosen in entries:
            entries = turn_of(entries, self.parts.chosen)
        replies = (entry for entry in reversed(entries) if isinstance(entry, Reply) and entry.text.source)
        return next((reply.text.source for reply in replies), "")

    def action_copy_part(self) -> None:
        if self.is_selecting:
            self.action_copy_lines()
        elif self.parts.chosen_link is not None:
            self._copy(self.parts.chosen_link.text)
        elif self.parts.chosen_code is not None:
            self._copy(self.parts.chosen_code.code)
        elif isinstance(self.parts.chosen, ToolLine | Thought | Summary):
            self._copy(part_text(self.parts.chosen))
        else:
            self._copy(self.reply_at_hand())

    def action_copy_turn(self) -> None:
        self._copy(turn_text(turn_of(self.transcript.entries, self.parts.chosen)))

    def _copy(self, text: str) -> None:
        if text:
            self.app.copy_to_clipboard(text)
        else:
            self.app.notify("There is nothing to copy here yet.", severity="warning", timeout=3)

    def action_copy_code(self) -> None:
        if self.parts.chosen_code is not None:
            self._copy(self.parts.chosen_code.code)
        elif blocks := code_blocks(self.reply_at_hand()):
            self.post_message(PickCode(blocks))
        else:
            self.app.notify("That reply has no code block.", severity="warning", timeout=3)

    def _chosen_prompt(self) -> int:
        """The message id of the chosen turn's prompt, else of the last that is stored; 0 with a word to the person."""
        entries = self.transcript.entries
        prompts = turn_of(entries, self.parts.chosen)[:1] if self.parts.chosen in entries else reversed(entries)
        found = next((e.message_id for e in prompts if isinstance(e, UserSaid) and e.message_id), 0)
        if not found:
            self.app.notify("This was not sent to the model. Select a prompt.", severity="warning", timeout=3)
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
        if (link := self.parts.chosen_link) is not None and link.line:
            self.post_message(OpenPlace(link.target, link.line))
        elif link is not None:  # opening it here would send something out past every rule
            self._copy(link.target)
        elif isinstance(self.parts.chosen, ToolLine) and self.parts.chosen.changes:
            self.parts.chosen.unfolded = not self.parts.chosen.unfolded
            self.redraw(self.index_of(self.parts.chosen))
        elif isinstance(self.parts.chosen, ToolLine):
            self.post_message(ShowCall(self.parts.chosen.call_id))
        elif isinstance(self.parts.chosen, Summary | Thought | UserSaid):
            self.parts.chosen.open = not self.parts.chosen.open
            self.redraw(self.index_of(self.parts.chosen))
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
            self.parts.choose(entry)
        elif isinstance(entry, ToolLine) and entry.changes:
            entry.unfolded = not entry.unfolded
            self.redraw(index)
        elif isinstance(entry, ToolLine):
            self.post_message(ShowCall(entry.call_id))
