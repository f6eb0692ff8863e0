"""Detects a model that goes in circles: the same call, or the same few calls in turn, with the same results."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from blufio_tui.core.conversation import ToolUseBlock

TOLD_AT = 3
STOPS_AT = 4

LONGEST_CIRCLE = 4
"""Replies. A longer circle is not noticed."""

CIRCLE_STOPS_AT = 5
"""A circle of several replies may be somebody waiting, and gets one round more."""

WAITING_TOOLS = frozenset({"job_output"})
"""Asking again is what they are for."""

_Key = tuple[str, str]
_Round = dict[_Key, str]
"""What one reply called and what came, by the result's hash."""


@dataclass(slots=True)
class RepeatGuard:
    """Counts, within one turn, calls that consecutive replies repeat with the same result.

    Attributes:
        stuck: the sentence with which the turn should end, "" while it may continue.
    """

    stuck: str = ""
    _before: dict[_Key, tuple[str, int]] = field(default_factory=dict)
    _now: dict[_Key, tuple[str, int]] = field(default_factory=dict)
    _rounds: list[_Round] = field(default_factory=list)
    _round: _Round = field(default_factory=dict)

    def next_reply(self) -> None:
        """Start a new reply. A call that the previous reply did not make no longer counts as repeated."""
        self._before, self._now = self._now, {}
        self._rounds = [*self._rounds, self._round][-LONGEST_CIRCLE * CIRCLE_STOPS_AT :]
        self._round = {}

    def note(self, call: ToolUseBlock, content: str, *, changed: bool) -> str:
        """Count a result. Returns the note to add to it for the model, or "".

        Args:
            changed: the call ran and may have changed something, so repeated calls may now give other results.
        """
        key = (call.name, json.dumps(call.input, sort_keys=True, default=str))
        result, count = self._now.get(key) or self._before.get(key) or ("", 0)
        count = count + 1 if result == content and count else 1
        if changed:
            self._before.clear()
            self._now.clear()
        self._now[key] = (content, count)
        self._round[key] = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
        if call.name in WAITING_TOOLS:
            self._rounds.clear()
            return ""
        if count < TOLD_AT:
            return self._note_on_circle(key)
        if count >= STOPS_AT:
            self.stuck = (
                f"The model made the same call to {call.name} {count} times in a row, with the same result each time, "
                "so the turn was stopped. Say what it should do instead."
            )
            return "\n\n[The same call with the same result, too often in a row: the turn was stopped for it.]"
        return (
            "\n\n[The same call with the same result, three times in a row. Do something else, or say what keeps you "
            "from continuing: once more, and the turn is stopped.]"
        )

    def _note_on_circle(self, key: _Key) -> str:
        length, times = max(
            ((length, self._times_round(key, length)) for length in range(2, LONGEST_CIRCLE + 1)),
            key=lambda one: one[1],
        )
        if times < TOLD_AT:
            return ""
        if times >= CIRCLE_STOPS_AT:
            self.stuck = (
                f"The model went in circles: the same calls in {length} replies, {times} times over, with the "
                "same results each time, so the turn was stopped. Say what it should do instead."
            )
            return "\n\n[The same calls with the same results in a circle: the turn was stopped for it.]"
        return (
            f"\n\n[You are going in circles: the calls of these {length} replies, with the same results, for the "
            f"{_ORDINALS[times]} time. Do something else, or say what keeps you from continuing.]"
        )

    def _times_round(self, key: _Key, length: int) -> int:
        """How many times in a row a circle of `length` replies has reached this call with this result; 1 if there is no
        circle."""
        rounds, times = self._rounds, 1
        begins = len(rounds) - length
        while begins >= 0 and rounds[begins].get(key) == self._round[key]:
            inside = rounds[begins + 1 : begins + length]
            is_same = times == 1 or inside == rounds[begins + 1 + length : begins + 2 * length]
            if not is_same or not _is_settled([{key: self._round[key]}, *inside]):
                break
            times, begins = times + 1, begins - length
        return times


_ORDINALS = {TOLD_AT: "third", TOLD_AT + 1: "fourth"}


def _is_settled(rounds: Sequence[_Round]) -> bool:
    """Whether each call of a circle always had the same result; changing results mean progress."""
    results: _Round = {}
    return all(rounds) and all(
        results.setdefault(key, result) == result for one in rounds for key, result in one.items()
    )
