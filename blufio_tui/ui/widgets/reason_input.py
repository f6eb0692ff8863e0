"""The line of the approval card in which one says why."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class ReasonInput(Input):
    """Its own keys stand at the bottom while it has the focus; those of the answers are letters like any others."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Deny, say this", id="approval.send_reason", tooltip="Deny and tell the model this"),
        Binding(
            "escape", "give_up", "Back", id="approval.no_reason", tooltip="Back to the answers without choosing one"
        ),
    ]

    class GivenUp(Message):
        """No reason after all."""

    def action_give_up(self) -> None:
        self.post_message(self.GivenUp())


class PatternInput(ReasonInput):
    """The line in which one edits what an answer covers."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Show what it stores", id="approval.take_pattern", tooltip="Look at what it stores"),
        Binding("escape", "give_up", "Back", id="approval.no_pattern", tooltip="Back to the unchanged answers"),
    ]
