"""The cost of requests; an unknown price is never guessed."""

from collections.abc import Iterable
from typing import Protocol

from blufio_tui.core.conversation import TokenUsage


class Pricing(Protocol):
    """Prices and context windows of models."""

    async def cost(self, model: str, usage: TokenUsage) -> float | None:
        """US dollars for these tokens; None if the model's price is not known."""
        ...

    async def window(self, model: str) -> int | None:
        """The model's context window in tokens; None if it is not known."""
        ...


def add_costs(costs: Iterable[float | None]) -> float | None:
    """The sum, or None as soon as one part is unknown."""
    total = 0.0
    for cost in costs:
        if cost is None:
            return None
        total += cost
    return total


def describe_cost(cost: float | None) -> str:
    """US dollars as text: whole cents below a dollar, fractions of a cent below one cent."""
    if cost is None:
        return "unknown"
    if cost == 0:
        return "$0"
    return f"${cost:.2f}" if cost >= 1 else f"${cost:.4f}"


def tokens_in_context(usage: TokenUsage) -> int:
    """How much of the window a request and its reply took."""
    return usage.sent + usage.output_tokens
