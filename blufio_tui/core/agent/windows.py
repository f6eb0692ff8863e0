"""How many tokens a model's window holds: what its own server says outranks the table."""

from blufio_tui.core.agent.cost import Pricing


class Windows:
    """Kept for all sessions. Tokens throughout."""

    def __init__(self, pricing: Pricing) -> None:
        self._pricing = pricing
        self._told: dict[str, int] = {}
        self._guessed: dict[str, int] = {}

    def learn(self, model: str, window: int) -> None:
        """A server told the window of its model, in its list or in a refusal."""
        if window > 0:
            self._told[model] = window

    def refused(self, model: str, tokens: int) -> None:
        """A request of about so many tokens did not fit, and the server gave no number."""
        if tokens > 0 and tokens < self._guessed.get(model, tokens + 1):
            self._guessed[model] = tokens

    def fitted(self, model: str, tokens: int) -> None:
        """A request of so many tokens was answered: a guess near to it was too small."""
        if model in self._guessed:
            self._guessed[model] = max(self._guessed[model], tokens * 5 // 4)

    def told(self, model: str) -> int | None:
        """What the server said; None when it said nothing."""
        return self._told.get(model)

    def expected(self, model: str) -> int | None:
        """What the server said, or what its refusals lead to expect; None without either."""
        return self._told.get(model) or self._guessed.get(model)

    async def of(self, model: str) -> int | None:
        """The window, None when nobody knows it."""
        return self.expected(model) or await self._pricing.window(model)
