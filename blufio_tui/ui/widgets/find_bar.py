"""Finding words in the conversation."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Input, Static

from blufio_tui.ui.widgets.conversation import ConversationView
from blufio_tui.ui.widgets.filter_line import FilterLine


class FindBar(Horizontal):
    """Matches are counted from the end, where one usually starts to look."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Without priority, which would put them before letters typed ahead of them.
        Binding("up,enter", "step(-1)", "Above", id="find.previous", tooltip="Go to the match above"),
        Binding("down,shift+enter", "step(1)", "Below", id="find.next", tooltip="Go to the match below"),
        Binding("escape", "close", "Close", id="find.close", tooltip="Stop finding"),
    ]

    words = query_one("#find-words", Input)
    count = query_one("#find-count", Static)

    def __init__(self, view: ConversationView, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view = view
        self._at = 0
        self._sought = ""
        self.display = False

    def compose(self) -> ComposeResult:
        yield Static(" find ", id="find-mark", markup=False)
        yield FilterLine(id="find-words", compact=True, placeholder="words in the conversation")
        yield Static(id="find-count", markup=False)

    def open(self) -> None:
        self.display = True
        self.screen.set_focus(self.words)

    @on(Input.Changed, "#find-words")
    def look(self) -> None:
        """Seek what is typed by now: the line's message about the last letters may come after a key behind them."""
        if self.words.value != self._sought:
            self._sought = self.words.value
            self._at = len(self._view.search.find(self._sought)) - 1
            self._go()

    def action_step(self, step: int) -> None:
        self.look()
        total = len(self._view.search.found)
        if total:
            self._at = (self._at + step) % total
            self._go()

    def _go(self) -> None:
        total = len(self._view.search.found)
        if total:
            self._view.search.go_to(self._at)
        text = f" {self._at + 1} of {total} " if total else " none " if self.words.value else ""
        self.count.update(Content.styled(text, "$muted"))

    def action_close(self) -> None:
        self.display = False
        self._view.search.find("")
        self._sought = ""
        self._view.focus()
