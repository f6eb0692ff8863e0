"""A measured figure with what it is compared with, and whether it meets its goal."""

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

TOLERANCE = 1.2
"""A goal counts as missed when it is missed by more than 20 %: the machines are noisy."""


@dataclass(frozen=True, slots=True)
class Figure:
    """
    Attributes:
        key: short and stable, for comparing runs.
        value, baseline: in `unit`; `baseline` is None for an absolute goal.
        goal: the most that `value` may be, or with a baseline the most that `value / baseline` may be;
            None for a figure that is only recorded.
    """

    key: str
    title: str
    value: float
    unit: str
    goal: float | None = None
    baseline: float | None = None
    baseline_title: str = ""

    @property
    def measured(self) -> float:
        """What the goal bounds: the ratio where there is a baseline, else the value."""
        return self.value if self.baseline is None else self.value / self.baseline

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return "recorded"
        if self.measured <= self.goal:
            return "met"
        return "close" if self.measured <= self.goal * TOLERANCE else "missed"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "measured": self.measured, "verdict": self.verdict}

    def line(self) -> str:
        against = ""
        if self.baseline is not None:
            against = f" = {self.measured:.3g}× {self.baseline_title} ({self.baseline:.4g} {self.unit})"
        goal = "" if self.goal is None else f"  goal ≤ {self.goal:g}{'×' if self.baseline is not None else ''}"
        return f"{self.verdict:<8} {self.title}: {self.value:.4g} {self.unit}{against}{goal}"


@dataclass(frozen=True, slots=True)
class Curve:
    """How a figure grows: `points` are (x, y) pairs in rising x."""

    key: str
    title: str
    x_title: str
    unit: str
    points: tuple[tuple[float, float], ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


Result = Figure | Curve


def timed_ms(action: Callable[[], object]) -> float:
    """Wall time of one call, in milliseconds."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


async def timed_async_ms(action: Awaitable[object]) -> float:
    start = time.perf_counter()
    await action
    return (time.perf_counter() - start) * 1000


def median_ms(action: Callable[[], object], *, runs: int = 50, warm_up: int = 3) -> float:
    """Median wall time of one call, in milliseconds."""
    for _ in range(warm_up):
        action()
    return statistics.median(timed_ms(action) for _ in range(runs))


def in_turn_ms(
    actions: Sequence[Callable[[], object]], *, runs: int = 20, warm_up: int = 2, batch: int = 1
) -> tuple[float, ...]:
    """Medians of several actions run A B A B …, so that a machine that drifts drifts for all of them.

    Args:
        batch: how often each runs in its turn, so that what is short meets its own warm caches.
    """
    for _ in range(warm_up):
        for action in actions:
            action()
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(runs):
        for action, own in zip(actions, times, strict=True):
            own.extend(timed_ms(action) for _ in range(batch))
    return tuple(statistics.median(own) for own in times)


async def in_turn_async_ms(
    actions: Sequence[Callable[[], Awaitable[object] | None]], *, runs: int = 20, warm_up: int = 2, batch: int = 1
) -> tuple[float, ...]:
    """As `in_turn_ms` within a running event loop, as the program has one: an action may be awaitable."""
    for _ in range(warm_up):
        for action in actions:
            await _timed_either_ms(action)
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(runs):
        for action, own in zip(actions, times, strict=True):
            own.extend([await _timed_either_ms(action) for _ in range(batch)])
    return tuple(statistics.median(own) for own in times)


async def _timed_either_ms(action: Callable[[], Awaitable[object] | None]) -> float:
    start = time.perf_counter()
    if (waiting := action()) is not None:
        await waiting
    return (time.perf_counter() - start) * 1000


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
