"""May this key answer? A question that opens by itself never takes a key that was meant for something else.

All times are seconds of the monotonic clock. A key counts from when it arrived at the terminal driver, not from when
it was processed: on a busy machine these are seconds apart, and the person saw another screen when pressing it.
"""

from dataclasses import dataclass

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
    """

    pressed: float = NEVER
    previous: float = NEVER
    elsewhere: float = NEVER

    def note(self, arrived: float, *, to_question: bool) -> None:
        self.pressed, self.previous = arrived, self.elsewhere
        if not to_question:
            self.elsewhere = max(arrived, self.elsewhere)
