"""Prompts that wait for the running turn to end. Pure."""

from dataclasses import dataclass, field
from uuid import uuid4

from blufio_tui.core.conversation import ImageBlock

_BETWEEN = "\n\x1e\n"
"""Separates prompts in a draft: no prompt can contain it, for pasted control characters are made visible."""


@dataclass(frozen=True, slots=True, eq=False)
class Queued:
    """A prompt with the images that were pasted into it. `key` names it while it waits for a running turn."""

    text: str
    images: tuple[ImageBlock, ...] = ()
    key: str = field(default_factory=lambda: uuid4().hex)


class Outbox:
    """
    Attributes:
        held: True if nothing is sent by itself any more: the turn was interrupted or failed, or the program ended.
        steering: keys of those that the running turn takes before its next request; when it ends first, they wait on.
    """

    def __init__(self) -> None:
        self.waiting: list[Queued] = []
        self.held = False
        self.steering: set[str] = set()

    def steered(self, key: str) -> bool:
        """The turn has taken it; False if it is not one of these."""
        queued = next((one for one in self.waiting if one.key == key), None)
        self.steering.discard(key)
        return self.take(queued) is not None if queued is not None else False

    def add(self, queued: Queued) -> None:
        self.waiting.append(queued)

    def hold(self) -> bool:
        """Stop sending; True if there is something that now waits for the person."""
        self.held = bool(self.waiting)
        return self.held

    def take(self, queued: Queued | None = None) -> Queued | None:
        """Take one out, the first if none is named; None if it is not there."""
        if queued is None and self.waiting:
            queued = self.waiting[0]
        if queued is None or queued not in self.waiting:
            return None
        self.waiting.remove(queued)
        self.held = self.held and bool(self.waiting)
        return queued

    def restore(self, texts: list[str]) -> None:
        """What waited when the program ended; it continues waiting until the person says so."""
        self.waiting = [Queued(text) for text in texts] + self.waiting
        self.held = self.held or bool(texts)


def draft_text(waiting: list[Queued], typed: str) -> str:
    """What is kept while nothing is sent: what waits and what is being typed."""
    if not waiting:
        return typed
    return _BETWEEN.join([*(queued.text for queued in waiting), typed])


def from_draft(text: str) -> tuple[list[str], str]:
    """The prompts that waited, and what was being typed."""
    *waiting, typed = text.split(_BETWEEN)
    return [one for one in waiting if one.strip()], typed
