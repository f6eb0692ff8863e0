"""The inputs of a form: text that grows, and one of a few values."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Static, TextArea

from blufio_tui.core.text.display import visible_line


class FieldDone(Message):
    """Enter in a field: go on to the next one."""


class FormText(TextArea):
    """One line that grows to a few; Enter leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", "Next", id="form.next", tooltip="Go on; in the last field, run"),
        Binding(
            "ctrl+j,shift+enter,alt+enter",
            "new_line",
            "New line",
            key_display="^j",
            id="form.new_line",
            tooltip="Start a new line in the field",
        ),
        Binding("ctrl+underscore", "undo", "Undo", show=False, id="form.undo", tooltip="Undo typing"),
    ]

    DEFAULT_CSS = """
    FormText {
        height: auto;
        min-height: 1;
        max-height: 8;
        border: none;
        padding: 0 1;
        background: $panel;
        color: $foreground;
        scrollbar-size-vertical: 1;
        &:focus { border: none; background: $selection; }
        & .text-area--placeholder { color: $muted; text-style: none; }
        & .text-area--cursor-line { background: transparent; }
    }
    """

    def __init__(self, text: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(
            text, id=id, soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False, placeholder=placeholder
        )

    @property
    def value(self) -> str:
        return self.text

    async def _on_key(self, event: events.Key) -> None:
        """The text area would take Enter before any binding."""
        if event.key == "enter":
            event.prevent_default()

    def action_done(self) -> None:
        self.post_message(FieldDone())

    def action_new_line(self) -> None:
        self.insert("\n")


class FormChoice(Static, can_focus=True):
    """One of a few values, changed with the arrows or a click; "" is shown as not set."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Before", show=False, id="form.before", tooltip="The choice before"),
        Binding("right,space", "step(1)", "Other value", key_display="→", id="form.after", tooltip="The next choice"),
        Binding("enter", "done", "Next", id="form.next", tooltip="Go on; in the last field, run"),
    ]

    DEFAULT_CSS = """
    FormChoice { height: 1; width: 1fr; padding: 0 1; background: $panel; }
    FormChoice:focus { background: $selection; }
    """

    index: reactive[int] = reactive(0)

    def __init__(self, choices: Sequence[str], value: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._choices = tuple(choices)
        self.set_reactive(FormChoice.index, self._choices.index(value) if value in self._choices else 0)

    @property
    def value(self) -> str:
        return self._choices[self.index]

    def on_mount(self) -> None:
        self.watch_index()

    def watch_index(self) -> None:
        shown = visible_line(self.value) or "not set"
        style = "bold" if self.value else "$muted"
        place = f"   {self.index + 1} of {len(self._choices)}"
        self.update(Content.assemble(("‹ ", "$accent"), (shown, style), (" ›", "$accent"), (place, "$muted")))

    def action_step(self, step: int) -> None:
        self.index = (self.index + step) % len(self._choices)

    def action_done(self) -> None:
        self.post_message(FieldDone())

    def on_click(self) -> None:
        self.action_step(1)

    def on_key(self, event: events.Key) -> None:
        """A letter goes to the next choice that begins with it."""
        if not event.character or not event.character.isalnum():
            return
        order = [*range(self.index + 1, len(self._choices)), *range(self.index + 1)]
        wanted = event.character.lower()
        self.index = next((i for i in order if self._choices[i].lower().startswith(wanted)), self.index)
        event.stop()


class FormLine(Input):
    """One line whose Enter sends the whole form."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "submit", "Test and save", id="connect.try", tooltip="Test it; save it when the model answers"
        ),
    ]

    def __init__(
        self, value: str = "", *, placeholder: str = "", password: bool = False, id: str | None = None
    ) -> None:
        super().__init__(value, placeholder=placeholder, password=password, compact=True, id=id)


class KeyInput(FormLine):
    """For secrets: shows dots, and never gives the text away again, not even to the clipboard."""

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, password=True, id=id)

    def action_copy(self) -> None:
        self.app.notify("A key is not copied from here.", timeout=3)

    def action_cut(self) -> None:
        self.action_copy()
