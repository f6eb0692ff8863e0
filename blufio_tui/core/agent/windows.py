"""How many tokens a model's window holds: what its own server says outranks the table."""

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
        """A server told the window of its model, in its list or in a refusal."""
        if window > 0:
            self._told[model] = window

    def forget(self) -> None:
        """Another server answers now: what the last one said of a model of that name says nothing."""
        for known in (self._told, self._guessed, self._replies):
            known.clear()

    def refused(self, model: str, tokens: int) -> None:
        """A request of about so many tokens did not fit, and the server gave no number."""
        if tokens > 0 and tokens < self._guessed.get(model, tokens + 1):
            self._guessed[model] = tokens

    def shorten_reply(self, model: str, tokens: int) -> bool:
        """Ask for replies half as long as `tokens`, which were too many with the request; False at the shortest."""
        if tokens <= _SHORTEST_REPLY:
            return False
        self._replies[model] = max(tokens // 2, _SHORTEST_REPLY)
        return True

    def longest_reply(self, model: str, tokens: int) -> int:
        """At most `tokens`, and no longer than what was found to fit."""
        return min(tokens, self._replies.get(model, tokens))

    def fitted(self, model: str, tokens: int) -> None:
        """A request of so many tokens was answered: a smaller window was wrong, a guess near to it too small."""
        if self._told.get(model, tokens) < tokens:
            del self._told[model]
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
