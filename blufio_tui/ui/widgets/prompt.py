"""Where one types: grows to a few lines, sends with Enter, remembers what was sent before."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from blufio_tui.core.agent.attach import pasted_path
from blufio_tui.core.conversation import ImageBlock
from blufio_tui.core.text.display import visible
from blufio_tui.core.text.key_masks import find_key
from blufio_tui.ui.chat_messages import EmptySubmitted, KeyPasted, PasteWanted
from blufio_tui.ui.commands.table import app_wide
from blufio_tui.ui.jump_targets import JumpTarget
from blufio_tui.ui.messages import PromptSubmitted
from blufio_tui.ui.state.pastes import PastedImages, Pastes
from blufio_tui.ui.state.recall import Recall
from blufio_tui.ui.textual_fixes.calm_text_area import CalmTextArea
from blufio_tui.ui.widgets.completions import CompletionList
from blufio_tui.ui.widgets.queued import QueuedList

Dropped = Callable[[str], Awaitable[str]]
"""Gives the `@path` for a file that was dropped on the terminal, "" for other text."""


class Prompt(CalmTextArea):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Send", id="prompt.send", tooltip="Send the prompt", priority=False),
        Binding(
            "ctrl+s",
            "steer",
            "Add now",
            show=False,
            id="prompt.steer",
            tooltip="While a turn runs: add the prompt, or the first queued one, to its next request",
        ),
        Binding(
            "ctrl+j,shift+enter,alt+enter",
            "new_line",
            "New line",
            key_display="^j",
            id="prompt.new_line",
            tooltip="Start a new line in the prompt",
        ),
        Binding(
            "up",
            "earlier",
            "Earlier prompt",
            show=False,
            id="prompt.earlier",
            tooltip="In the first line: the previous prompt",
        ),
        Binding(
            "down",
            "later",
            "Later prompt",
            show=False,
            id="prompt.later",
            tooltip="In the last line: the next prompt",
        ),
        Binding(
            "tab",
            "complete",
            "Complete",
            show=False,
            id="prompt.complete",
            tooltip="Accept the completion, else go to the next pane",
        ),
        Binding(
            "escape", "close_list", "Close list", show=False, id="prompt.close_list", tooltip="Close the completions"
        ),
        *app_wide("prompt.mode", "prompt.search", "app.audit", "app.sessions", "app.find"),
        Binding("ctrl+underscore", "undo", "Undo", show=False, id="prompt.undo", tooltip="Undo typing"),
        Binding("ctrl+l", "wipe", "Clear", show=False, id="prompt.clear", tooltip="Empty the prompt"),
        Binding(
            "ctrl+v",
            "paste_image",
            "Paste",
            show=False,
            id="prompt.paste",
            tooltip="Attach the image on the clipboard, or paste its text",
        ),
    ]

    DEFAULT_CSS = """
    Prompt {
        height: auto;
        min-height: 1;
        max-height: 9;
        border: none;
        padding: 0 1 0 0;
        background: $background;
        color: $foreground;
        scrollbar-size-vertical: 1;
        &:focus { border: none; }
        & .text-area--placeholder { color: $muted; text-style: none; }
        & .text-area--cursor-line { background: $background; }
    }
    """

    def __init__(
        self,
        history: Sequence[str] = (),
        *,
        completions: CompletionList | None = None,
        queued: QueuedList | None = None,
        dropped: Dropped | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(
            id=id,
            soft_wrap=True,
            show_line_numbers=False,
            tab_behavior="focus",
            highlight_cursor_line=False,
            placeholder="Ask for something…",
        )
        self._recall = Recall(history)
        self._pastes = Pastes()
        self._images = PastedImages()
        self._completions = completions
        self._queued = queued
        self._dropped = dropped

    @property
    def whole_text(self) -> str:
        """What is sent: folded pastes in full."""
        return self._pastes.expand(self.text)

    def put(self, text: str) -> None:
        """Replace what is there, the cursor at the end."""
        self.load_text(text)
        self.move_cursor(self.document.end)

    @property
    def cursor_index(self) -> int:
        """Characters before the cursor."""
        return len(self.get_text_range((0, 0), self.cursor_location))

    @property
    def _open_list(self) -> CompletionList | None:
        return self._completions if self._completions is not None and self._completions.is_open else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is ours only while the list is open."""
        return self._open_list is not None if action == "close_list" else super().check_action(action, parameters)

    def action_close_list(self) -> None:
        if self._open_list is not None:
            self._open_list.offer([])

    def action_complete(self) -> None:
        offers = self._open_list
        if offers is None:
            self.screen.focus_next()
        elif offers.current is not None and offers.current.text == self.text:
            offers.action_move(1)  # a folder that stands there whole: on to what is in it
        elif offers.current is not None:
            self.put(offers.current.text)

    def _takes_offer(self) -> bool:
        """Enter takes a file, and a command whose name is not whole; what stands there whole is sent."""
        offers = self._open_list
        if offers is None or offers.current is None or offers.current.text.rstrip() == self.text.rstrip():
            return False
        return not self.text.startswith("/") or " " not in self.text or offers.cursor > 0

    def action_send(self) -> None:
        if self._takes_offer():
            self.action_complete()
            return
        self._submit(steers=False)

    def action_steer(self) -> None:
        self._submit(steers=True)

    def _submit(self, *, steers: bool) -> None:
        text = self.whole_text.strip()
        if text:
            self.post_message(PromptSubmitted(text, self._images.named_in(text), steers))
        else:
            self.post_message(EmptySubmitted(steers))

    def add_image(self, image: ImageBlock) -> None:
        """A mark stands for it in the text; where the mark is deleted the image is not sent."""
        self.insert(self._images.add(image) + " ")

    def put_back(self, text: str, images: Sequence[ImageBlock] = ()) -> None:
        """A prompt that was sent or queued, with what was pasted into it."""
        self._images.restore(text, images)
        self.put(text)

    def jump_targets(self) -> Iterator[JumpTarget]:
        yield JumpTarget(self.content_region.x, self.content_region.y, partial(self.screen.set_focus, self))

    def action_paste_image(self) -> None:
        self.post_message(PasteWanted())

    def sent(self, text: str) -> None:
        """The prompt was taken: remember it, be empty again but for what was typed behind Enter before it was."""
        self._recall.add(text)
        now = self.whole_text.lstrip()
        typed_on = now.removeprefix(text).lstrip() if now.startswith(text) else ""
        self.action_wipe()
        if typed_on:
            self.put(typed_on)

    def action_wipe(self) -> None:
        self._pastes.clear()
        self._images.clear()
        self.load_text("")

    def action_new_line(self) -> None:
        self.insert("\n")
        self.scroll_cursor_visible()

    def action_earlier(self) -> None:
        if self._open_list is not None:
            self._open_list.action_move(-1)
        elif self._queued is not None and self._queued.rows and self.cursor_at_first_line and self._recall.is_at_draft:
            self._queued.action_edge(True)
            self._queued.focus()
        elif self.cursor_at_first_line and (text := self._recall.earlier(self.whole_text)) is not None:
            self.put(text)
        else:
            self.action_cursor_up()

    def action_later(self) -> None:
        if self._open_list is not None:
            self._open_list.action_move(1)
        elif self.cursor_at_last_line and (text := self._recall.later()) is not None:
            self.put(text)
        else:
            self.action_cursor_down()

    async def _on_key(self, event: events.Key) -> None:
        """Enter is a binding here, not a character (Textual would call the base class's handler too)."""
        if event.key == "enter":
            event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        """Hidden characters are shown; a wall of text becomes one short mark until it is sent.

        Many terminals send the newlines of what is pasted as carriage returns, as if Enter had been pressed.
        """
        event.prevent_default()
        event.stop()
        text = event.text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        if find_key(text) is not None:
            self.post_message(KeyPasted(text))
            return
        if self._dropped is not None and pasted_path(text):
            text = await self._dropped(text) or text
        self.insert_pasted(text)

    def insert_pasted(self, text: str) -> None:
        self.insert(self._pastes.fold(visible(text)))
        self.scroll_cursor_visible()
