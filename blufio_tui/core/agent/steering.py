"""What a person adds while a turn runs: the queue, the text for the model, and its parser."""

from dataclasses import dataclass

from blufio_tui.core.conversation import Block, Message, Role, TextBlock
from blufio_tui.core.text.unicode import well_formed

GO_ON = "Go on."
"""The prompt that takes up a turn which was ended at its limit of requests."""

_HEAD = "While you were working, I added:\n"
_CONTINUES = frozenset({"go on", "continue", "carry on", "weiter"})


def steering(text: str) -> TextBlock:
    """An addition in the wording that the model reads and that is stored."""
    return TextBlock(_HEAD + well_formed(text))


def added_text(message: Message) -> str | None:
    """The reverse of `steering`: what the person typed; None for any other message."""
    if message.role is not Role.USER or not message.typed.startswith(_HEAD):
        return None
    return message.typed.removeprefix(_HEAD)


def only_continues(message: Message) -> bool:
    """Whether a prompt only says to continue, so that the task is still that of the previous prompt."""
    return len(message.blocks) == 1 and message.typed.strip().rstrip(".!").lower() in _CONTINUES


@dataclass(frozen=True, slots=True)
class Addition:
    """
    Attributes:
        key: chosen by the caller, and repeated in `SteeringAdded`.
        attachments: images and texts sent with it.
    """

    key: str
    text: str
    attachments: tuple[Block, ...] = ()

    @property
    def blocks(self) -> tuple[Block, ...]:
        return (*self.attachments, steering(self.text))


class Additions:
    """Additions that wait for the next request of a turn.

    Attributes:
        is_open: whether the turn will still send a request that can carry an addition.
    """

    def __init__(self) -> None:
        self.is_open = True
        self._waiting: list[Addition] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, addition: Addition) -> bool:
        """False if the turn takes nothing more."""
        if self.is_open:
            self._waiting.append(addition)
        return self.is_open

    def take_back(self, key: str) -> bool:
        """Remove an addition; False if it was already sent."""
        kept = [one for one in self._waiting if one.key != key]
        was_there = len(kept) < len(self._waiting)
        self._waiting = kept
        return was_there

    def next(self) -> Addition | None:
        return self._waiting.pop(0) if self._waiting else None

    def close(self) -> None:
        """Accept no more additions; those still waiting go back to the caller."""
        self.is_open = False
        self._waiting.clear()
