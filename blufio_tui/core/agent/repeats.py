"""Notices a model that goes round in a circle: the same call with the same result, again and again."""

import json
from dataclasses import dataclass, field

from blufio_tui.core.conversation import ToolUseBlock

TOLD_AT = 3
STOPS_AT = 4

WAITING_TOOLS = frozenset({"job_output"})
"""Asking again is what they are for."""

_Key = tuple[str, str]


@dataclass(slots=True)
class RepeatGuard:
    """Counts, within one turn, the calls that every reply in a row has made with the same result.

    Attributes:
        stuck: the sentence that ends the turn, "" while it may go on.
    """

    stuck: str = ""
    _before: dict[_Key, tuple[str, int]] = field(default_factory=dict)
    _now: dict[_Key, tuple[str, int]] = field(default_factory=dict)

    def next_reply(self) -> None:
        """The calls that follow are of another reply; one that the last reply did not make is not in a row."""
        self._before, self._now = self._now, {}

    def note(self, call: ToolUseBlock, content: str, *, changed: bool) -> str:
        """Count a result; what the model is told with it, "" for nothing.

        Args:
            changed: the call was carried out and may have changed something: other calls may now come out otherwise.
        """
        key = (call.name, json.dumps(call.input, sort_keys=True, default=str))
        result, count = self._now.get(key) or self._before.get(key) or ("", 0)
        count = count + 1 if result == content and count else 1
        if changed:
            self._before.clear()
            self._now.clear()
        self._now[key] = (content, count)
        if call.name in WAITING_TOOLS or count < TOLD_AT:
            return ""
        if count >= STOPS_AT:
            self.stuck = (
                f"The model made the same call to {call.name} {count} times in a row, with the same result each time, "
                "so the turn was stopped. Say what it should do instead."
            )
            return "\n\n[The same call with the same result, too often in a row: the turn was stopped for it.]"
        return (
            "\n\n[The same call with the same result, three times in a row. Do something else, or say what keeps you "
            "from going on: once more, and the turn is stopped.]"
        )
