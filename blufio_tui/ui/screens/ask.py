"""Small questions over a screen: one line of text, yes or no, and a yes that lets others do something."""

from collections.abc import Callable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from blufio_tui.core.clock import Clock
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.text.display import visible
from blufio_tui.ui.state.key_guard import KeyTimes, Wait


class AskLine(ModalScreen[str | None]):
    """One line of text, None if given up.

    Args:
        check: called with what was typed; a `BlufioError` from it is shown, and the question stays.
    """

    CSS_PATH = "ask.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Cancel", id="ask.cancel", tooltip="Change nothing"),
    ]

    problem = query_one("#ask-problem", Static)

    def __init__(
        self, title: str, value: str = "", help: str = "", *, check: Callable[[str], object] | None = None
    ) -> None:
        super().__init__()
        self._title, self._value, self._help, self._check = title, value, help, check

    def compose(self) -> ComposeResult:
        with Vertical(id="ask-box") as box:
            box.border_title = self._title
            if self._help:
                yield Static(Content(self._help), id="ask-help", markup=False)
            yield Input(self._value, id="ask-input", compact=True)
            yield Static(id="ask-problem", markup=False)
            yield Static(
                Content.assemble(
                    ("Enter", "bold $accent"), (" confirm   ", "$muted"), ("Esc", "bold $accent"), (" cancel", "$muted")
                ),
                markup=False,
            )

    @on(Input.Submitted)
    def take(self, event: Input.Submitted) -> None:
        try:
            if self._check is not None:
                self._check(event.value)
        except BlufioError as error:
            self.problem.update(Content.styled(f"✗ {visible(str(error))}", "$bad"))
            self.problem.display = True
        else:
            self.dismiss(event.value)

    def action_give_up(self) -> None:
        self.dismiss(None)


class Confirm(ModalScreen[bool]):
    """Yes or no; No is what Escape and Enter mean."""

    CSS_PATH = "ask.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes", tooltip="Do it"),
        Binding("n,escape,enter", "answer(False)", "No", id="confirm.no", tooltip="Change nothing"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        with Vertical(id="ask-box") as box:
            box.border_title = self._title
            yield Static(Content(self._text), id="ask-help", markup=False)
            yield Static(
                Content.assemble(("y", "bold $bad"), (" yes   ", "$muted"), ("n", "bold $accent"), (" no", "$muted")),
                markup=False,
            )

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)


class Consent(ModalScreen[bool]):
    """Its yes must have been on the screen, and left alone, for a second.

    What is typed on behind the command that opened it is no consent.
    """

    _wait: Wait

    @on(events.ScreenResume)
    def begin_wait(self) -> None:
        self._wait.begin(self)

    def on_key(self, event: events.Key) -> None:
        if event.is_printable and event.key not in self.active_bindings:
            self._wait.disturb()

    def action_answer(self, yes: bool) -> None:
        if not (yes and self._wait.is_too_soon()):
            self.dismiss(yes)


class Agree(Consent, Confirm):
    """Lets somebody do something from now on."""

    def __init__(self, title: str, text: str, clock: Clock, keys: KeyTimes) -> None:
        super().__init__(title, text)
        self._wait = Wait(clock, keys)
