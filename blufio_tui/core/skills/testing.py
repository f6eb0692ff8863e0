"""What `skill test` makes of a run: an example passed, failed, or could not be tried here."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import HostCallFinished
from blufio_tui.core.manifest.manifest import Example
from blufio_tui.core.tools import ToolOutcome

_SHOWN = 300


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`why` is "" for an example that passed."""

    result: Result
    why: str = ""


def judge(
    example: Example, outcome: ToolOutcome, host_calls: Sequence[HostCallFinished], unrecorded: Sequence[str] = ()
) -> Judgement:
    """Compare a run with what the example expects.

    Args:
        unrecorded: requests that would have needed a network and were not recorded.
    """
    if example.denied is not None:
        return _judge_denial(example.denied, outcome, host_calls)
    if unrecorded and outcome.is_error:
        return Judgement(Result.SKIPPED, f"needs the network: {unrecorded[0]} is not recorded in tests/responses.json")
    if outcome.is_error:
        return Judgement(Result.FAILED, f"it ended with an error: {_short(outcome.content)}")
    return _judge_output(example, outcome.content)


def _judge_denial(kind: str, outcome: ToolOutcome, host_calls: Sequence[HostCallFinished]) -> Judgement:
    if any(call.kind == Kind(kind) and call.decision is Verdict.DENY for call in host_calls):
        return Judgement(Result.PASSED)
    if outcome.error and outcome.error.kind is ErrorKind.CAPABILITY_DENIED:
        return Judgement(Result.FAILED, f"another capability was denied: {_short(outcome.content)}")
    return Judgement(Result.FAILED, f"{kind} should have been denied; the result was: {_short(outcome.content)}")


def _judge_output(example: Example, content: str) -> Judgement:
    if example.output is not None and content != example.output:
        return Judgement(Result.FAILED, f"expected {_short(example.output)}\n     got {_short(content)}")
    if example.output_contains is not None and example.output_contains not in content:
        return Judgement(
            Result.FAILED, f"expected it to contain {_short(example.output_contains)}\n     got {_short(content)}"
        )
    return Judgement(Result.PASSED)


def _short(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
