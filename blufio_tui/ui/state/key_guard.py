"""May this key answer? A question that opens by itself never takes a key that was meant for something else.

All times are seconds of the monotonic clock. A key counts from when it arrived at the terminal driver, not from when
it was processed: on a busy machine these are seconds apart, and the person saw another screen when pressing it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from blufio_tui.core.clock import Clock

CALM_SECS = 2.0
"""How long no key may have gone elsewhere before a question takes the focus by itself."""
SETTLE_SECS = 1.0
"""How long a question must have been painted and left alone before a key can answer it."""

NEVER = float("-inf")

_TYPING = frozenset({"enter", "space", "backspace", "delete", "ctrl+j", "tab", "escape"})


def may_take_focus(*, now: float, prompt_has_text: bool, last_elsewhere: float) -> bool:
    """Whether the person is doing nothing that a question would interrupt."""
    return not prompt_has_text and now - last_elsewhere >= CALM_SECS


def may_answer(*, pressed: float, painted: float | None, disturbed: float) -> bool:
    """
    Args:
        painted: when the question, as it is now, was on the screen; None before that.
        disturbed: when it was last not left alone: it moved the focus to itself, or another key arrived.
    """
    return painted is not None and pressed - max(painted, disturbed) >= SETTLE_SECS


def may_store(*, pressed: float, painted: float | None) -> bool:
    """Whether Enter stores a lasting answer: what it will cover must have been on the screen when it was pressed."""
    return painted is not None and pressed >= painted


def is_typing(key: str, character: str | None, *, is_printable: bool) -> bool:
    """Keys of prose, its mistakes and its end. Arrows and page keys only look around and answer nothing."""
    return (character is not None and is_printable) or key in _TYPING


@dataclass
class KeyTimes:
    """When keys arrived.

    Attributes:
        pressed: the key that is being handled.
        previous: the last key before it that went to anything but a question.
        elsewhere: as `previous`, the present key included.
        together: the key that is being handled came in one piece with others, and so is text; or it was typed for a
            screen that was about to open.
    """

    pressed: float = NEVER
    previous: float = NEVER
    elsewhere: float = NEVER
    together: bool = False

    def note(self, arrived: float, *, to_question: bool, together: bool = False) -> None:
        self.pressed, self.previous, self.together = arrived, self.elsewhere, together
        if not to_question:
            self.elsewhere = max(arrived, self.elsewhere)


class Dialog(Protocol):
    """What a wait needs of a screen."""

    @property
    def is_current(self) -> bool: ...

    def call_after_refresh(self, callback: Callable[..., None], *args: Any) -> bool: ...


@dataclass
class Wait:
    """Whether a dialog that asks for consent was seen before the key that answers it.

    Attributes:
        painted: when the dialog was on the screen, None before that.
        disturbed: when a key last came that answers nothing, or came too early.
    """

    clock: Clock
    keys: KeyTimes
    painted: float | None = None
    disturbed: float = NEVER

    def begin(self, dialog: Dialog) -> None:
        """It is not on the screen, or was covered: the wait begins when it has been painted."""
        self.painted = None
        dialog.call_after_refresh(self._note_painted, dialog)

    def _note_painted(self, dialog: Dialog) -> None:
        if dialog.is_current:
            self.painted = self.clock.monotonic()

    def disturb(self) -> None:
        """The key of this moment was typed for something else: so is what follows it, for a while."""
        self.disturbed = max(self.keys.pressed, self.disturbed)

    def is_too_soon(self) -> bool:
        """Whether the key of this moment was meant for something else; it makes the wait begin again."""
        is_seen = may_answer(pressed=self.keys.pressed, painted=self.painted, disturbed=self.disturbed)
        if is_seen and not self.keys.together:
            return False
        self.disturb()
        return True

    def is_unseen(self) -> bool:
        """As `is_too_soon`, of a click: it has no time of its own and disturbs nothing."""
        return not may_answer(pressed=self.clock.monotonic(), painted=self.painted, disturbed=self.disturbed)
