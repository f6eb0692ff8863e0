"""A key was about to go into a prompt: what to do with it instead."""

from enum import StrEnum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

_WORDS = (
    "This looks like a secret key ({kind}). It was not sent, and it is not in the history. Prompts are stored and "
    "sent to the model; a key belongs in the system's keyring.\n\nFor a skill's key there is `blufio-tui secret set`."
)


class KeyChoice(StrEnum):
    CONNECT = "connect"
    MASK = "mask"


class KeyCaught(ModalScreen[KeyChoice | None]):
    """None: leave the key out.

    Args:
        kind: one of `key_masks.KINDS`.
        can_connect: whether a connection could be made with it.
    """

    CSS_PATH = "ask.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "c",
            "choose('connect')",
            "Connect a model with it",
            id="key.connect",
            tooltip="Store the key for a connection, as /connect does",
        ),
        Binding(
            "m", "choose('mask')", "Insert it masked", id="key.mask", tooltip="The prompt contains [masked] instead"
        ),
        Binding("escape", "give_up", "Leave it out", id="key.leave_out", tooltip="Discard the key"),
    ]

    def __init__(self, kind: str, *, can_connect: bool) -> None:
        super().__init__()
        self._kind, self._can_connect = kind, can_connect

    def compose(self) -> ComposeResult:
        with Vertical(id="ask-box") as box:
            box.border_title = "Key not sent"
            yield Static(Content(_WORDS.format(kind=self._kind)), id="ask-help", markup=False)
            parts: list[tuple[str, str]] = []
            if self._can_connect:
                parts += [("c", "bold $accent"), (" connect a model with it   ", "$muted")]
            parts += [("m", "bold $accent"), (" insert it masked   ", "$muted")]
            parts += [("Esc", "bold $accent"), (" leave it out", "$muted")]
            yield Static(Content.assemble(*parts), markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._can_connect if parameters == ("connect",) else super().check_action(action, parameters)

    def action_choose(self, choice: str) -> None:
        self.dismiss(KeyChoice(choice))

    def action_give_up(self) -> None:
        self.dismiss(None)
