"""Jump mode: a short label on everything that one can go to; typing a label goes there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from blufio_tui.ui.jump_targets import LETTERS, JumpTarget, labels
from blufio_tui.ui.widgets.key_line import KeyLine


class JumpLabel(Static):
    def __init__(self, label: str, target: JumpTarget) -> None:
        super().__init__(Content.styled(label, "bold reverse"), markup=False)
        self.label = label
        self.styles.offset = (target.x, target.y)


class JumpScreen(ModalScreen[JumpTarget | None]):
    CSS_PATH = "leader.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Close", id="jump.close", tooltip="Go nowhere", priority=True),
        Binding("backspace", "again", "Again", id="jump.again", tooltip="Start the label again", priority=True),
        *(Binding(letter, f"letter('{letter}')", show=False, priority=True) for letter in LETTERS),
    ]

    def __init__(self, targets: Sequence[JumpTarget]) -> None:
        super().__init__()
        self._targets = dict(zip(labels(len(targets)), targets, strict=False))
        self._typed = ""
        self._made_for: Size | None = None

    def compose(self) -> ComposeResult:
        for label, target in self._targets.items():
            yield JumpLabel(label, target)
        with Horizontal(id="jump-line"):
            yield Static(" Type a label to go there", id="jump-says", markup=False)
            yield KeyLine(id="jump-keys")

    def on_resize(self, event: events.Resize) -> None:
        """What the labels stand on has moved."""
        if self._made_for not in (None, event.size):
            self.dismiss(None)
        self._made_for = event.size

    def action_letter(self, letter: str) -> None:
        typed = self._typed + letter
        if typed in self._targets:
            self.dismiss(self._targets[typed])
        elif any(label.startswith(typed) for label in self._targets):
            self._typed = typed
            self._show_possible()

    def action_again(self) -> None:
        self._typed = ""
        self._show_possible()

    def _show_possible(self) -> None:
        for label in self.query(JumpLabel):
            label.display = label.label.startswith(self._typed)

    def action_give_up(self) -> None:
        self.dismiss(None)
