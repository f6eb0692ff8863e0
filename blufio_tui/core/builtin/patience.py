"""Limits how often the model may ask the person in one turn."""

from collections import OrderedDict

from blufio_tui.core.tools import CallContext

MOST_ASKED = 10
"""Questions and plans in one turn."""
MOST_UNANSWERED = 3
"""Of those, closed without an answer or refused without a word."""

_REMEMBERED = 64


class Patience:
    """Counts questions for the most recent turns; shared by all tools that ask."""

    def __init__(self) -> None:
        self._turns: OrderedDict[tuple[str, str], tuple[int, int]] = OrderedDict()

    def refusal(self, context: CallContext) -> str:
        """Why the person is not asked again in this turn, "" if they may be."""
        asked, unanswered = self._of(context)
        if unanswered >= MOST_UNANSWERED:
            return f"the person left {unanswered} questions of this turn unanswered and is not asked again in it"
        if asked >= MOST_ASKED:
            return f"the person was asked {asked} times in this turn and is not asked again in it"
        return ""

    def note(self, context: CallContext, *, answered: bool) -> None:
        """Note that the person was asked."""
        asked, unanswered = self._of(context)
        self._turns[context.session_id, context.turn_id] = (asked + 1, unanswered + (not answered))
        self._turns.move_to_end((context.session_id, context.turn_id))
        while len(self._turns) > _REMEMBERED:
            self._turns.popitem(last=False)

    def _of(self, context: CallContext) -> tuple[int, int]:
        return self._turns.get((context.session_id, context.turn_id), (0, 0))
