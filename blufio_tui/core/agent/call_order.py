"""The order of the calls of one reply: calls that only read run in parallel, a change runs alone.

A model sends "write the file" and "run the tests" in one reply and means them in that order. Run at once, the
tests would see the old file while the write still waits for its approval.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from blufio_tui.core.conversation import ToolUseBlock
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.tools import Tool, ToolOutcome

SIDE_BY_SIDE = frozenset({"task"})
"""Tools whose calls run beside each other although they may change something: that is what they are for."""

_READERS, _ALONE = "readers", "alone"
_SHOWN = 100
"""Characters of a call's description that a result repeats."""


@dataclass(frozen=True, slots=True)
class OrderedCall:
    """
    Attributes:
        number: the call's place in the reply, from 1.
        change: what it may change, "" if it only reads.
    """

    number: int
    block: ToolUseBlock
    change: str


def change_of(tool: Tool | None, block: ToolUseBlock) -> str:
    """What a call may change. A call that cannot be judged (unknown tool, input that is not an object) counts as a
    change."""
    if tool is None or block.invalid or not isinstance(block.input, dict):
        return block.name or "a call without a name"
    return tool.change_of(block.input)


def waves(calls: Iterable[OrderedCall]) -> Iterator[tuple[OrderedCall, ...]]:
    """The calls in order, as groups that run in parallel: neighbours that only read together, neighbours that run
    beside each other together, each other change by itself."""
    for company, group in groupby(calls, key=_company):
        together = tuple(group)
        yield from [(call,) for call in together] if company == _ALONE else [together]


def _company(call: OrderedCall) -> str:
    if not call.change:
        return _READERS
    return call.block.name if call.block.name in SIDE_BY_SIDE else _ALONE


def broken_by(wave: Sequence[OrderedCall], outcomes: Sequence[ToolOutcome]) -> str:
    """Why no later change may run after this wave, "" if it may."""
    for call, outcome in zip(wave, outcomes, strict=True):
        if call.change and outcome.is_error:
            shown = visible_line(call.change).strip()
            shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
            return f"it came after call {call.number} ({shown}), which {_ending(outcome)}"
    return ""


def not_run(why: str) -> ToolOutcome:
    """The result of a call that was held back; it did nothing."""
    return ToolOutcome(f"NOT RUN: {why}. Send it again if it still makes sense.", is_error=True)


def _ending(outcome: ToolOutcome) -> str:
    match outcome.error.kind if outcome.error else None:
        case ErrorKind.CAPABILITY_DENIED:
            return "was denied"
        case ErrorKind.CANCELLED:
            return "was cancelled"
        case _:
            return "failed"
