"""Sizes of context windows: what the server says takes precedence over the price table."""

from blufio_tui.core.agent.cost import Pricing

_SHORTEST_REPLY = 1_024


class Windows:
    """Kept for all sessions. Tokens throughout."""

    def __init__(self, pricing: Pricing) -> None:
        self._pricing = pricing
        self._told: dict[str, int] = {}
        self._guessed: dict[str, int] = {}
        self._replies: dict[str, int] = {}

    def learn(self, model: str, window: int) -> None:
        """Note the window that a server stated, in its list of models or in a refusal."""
        if window > 0:
            self._told[model] = window

    def forget(self) -> None:
        """Forget all windows, because another server answers now."""
        for known in (self._told, self._guessed, self._replies):
            known.clear()

    def refused(self, model: str, tokens: int) -> None:
        """Note that a request of about this many tokens did not fit and the server stated no size."""
        if tokens > 0 and tokens < self._guessed.get(model, tokens + 1):
            self._guessed[model] = tokens

    def shorten_reply(self, model: str, tokens: int) -> bool:
        """Halve the length of replies, since `tokens` did not fit beside the request; False if it cannot be shorter."""
        if tokens <= _SHORTEST_REPLY:
            return False
        self._replies[model] = max(tokens // 2, _SHORTEST_REPLY)
        return True

    def longest_reply(self, model: str, tokens: int) -> int:
        """`tokens`, or fewer if only fewer were found to fit."""
        return min(tokens, self._replies.get(model, tokens))

    def fitted(self, model: str, tokens: int) -> None:
        """Note that a request of this many tokens was answered, and correct any smaller estimate of the window."""
        if self._told.get(model, tokens) < tokens:
            del self._told[model]
        if model in self._guessed:
            self._guessed[model] = max(self._guessed[model], tokens * 5 // 4)

    def told(self, model: str) -> int | None:
        """The window that the server stated; None if it did not."""
        return self._told.get(model)

    def expected(self, model: str) -> int | None:
        """The window that the server stated, else the one estimated from its refusals; None without either."""
        return self._told.get(model) or self._guessed.get(model)

    async def of(self, model: str) -> int | None:
        """The window from any source; None if unknown."""
        return self.expected(model) or await self._pricing.window(model)
