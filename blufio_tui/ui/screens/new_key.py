"""Asks for the key that an action should have."""

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.text.display import visible
from blufio_tui.ui.text.key_names import spell_key
from blufio_tui.ui.text.key_row import KeyRow

Change = Callable[[str], Sequence[str]]
"""Given the new key, "" for the default; the reasons against it. Raises `BlufioError`."""


class NewKey(ModalScreen[str | None]):
    """The next key that is pressed; None if given up, else what was done. Esc and Delete cannot be chosen here."""

    CSS_PATH = "ask.tcss"

    def __init__(self, row: KeyRow, change: Change) -> None:
        super().__init__()
        self._row, self._change = row, change

    def compose(self) -> ComposeResult:
        with Vertical(id="ask-box") as box:
            box.border_title = f"A key for “{self._row.title}”"
            words = f"{self._row.help}.\n\nPress the new key. The current key is {self._row.keys}."
            yield Static(Content(words), id="ask-help", markup=False)
            yield Static(id="ask-problem", markup=False)
            yield Static(
                Content.assemble(
                    ("Del", "bold $accent"),
                    (" restore the default   ", "$muted"),
                    ("Esc", "bold $accent"),
                    (" cancel", "$muted"),
                ),
                markup=False,
            )

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.dismiss(None)
        else:
            self._take("" if event.key == "delete" else event.key)

    def _take(self, key: str) -> None:
        try:
            problems = self._change(key)
        except BlufioError as error:
            problems = [str(error)]
        if not problems:
            words = f"has the key {spell_key(key)}" if key else "has its default key again"
            self.dismiss(f"“{self._row.title}” {words}.")
            return
        problem = self.query_one("#ask-problem", Static)
        problem.update(Content.styled(f"✗ {visible(problems[0])}", "$bad"))
        problem.display = True
