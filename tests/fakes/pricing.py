"""Prices a test can do sums with."""

from blufio_tui.core.conversation import TokenUsage


class FakePricing:
    """A cent an output token, for every model but `unpriced`."""

    def __init__(self, window: int | None = None) -> None:
        self._window = window

    async def cost(self, model: str, usage: TokenUsage) -> float | None:
        return None if model == "unpriced" else usage.output_tokens * 0.01

    async def window(self, model: str) -> int | None:
        return self._window
