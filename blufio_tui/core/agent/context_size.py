"""How much of the model's window the conversation takes: measured by the last reply, estimated since."""

from collections.abc import Sequence

from blufio_tui.core.agent.compaction import ContextMeter, estimate_tokens
from blufio_tui.core.agent.cost import Pricing, tokens_in_context
from blufio_tui.core.conversation import Message, TokenUsage

# The system prompt and the tools, before a request has counted them.
_UNMEASURED_START = 3_000

# No model whose window is known has a smaller one: below this nobody needs to be asked.
_FITS_ANY_WINDOW = 20_000


class ContextSize:
    """Kept for a session from turn to turn."""

    def __init__(self, pricing: Pricing, compact_at: float) -> None:
        self.compact_at = compact_at
        self._pricing = pricing
        self._tokens = 0
        self._messages = 0

    def measured(self, usage: TokenUsage, messages: Sequence[Message]) -> None:
        """A reply told what it and everything before it took. Some local servers tell nothing."""
        tokens = tokens_in_context(usage)
        if tokens > usage.output_tokens:
            self._tokens, self._messages = tokens, len(messages)

    def forget(self) -> None:
        """The conversation was changed: what was measured no longer holds."""
        self._tokens = self._messages = 0

    def tokens(self, messages: Sequence[Message]) -> int:
        if not self._tokens or len(messages) < self._messages:
            return _UNMEASURED_START + estimate_tokens(messages) if messages else 0
        return self._tokens + estimate_tokens(messages[self._messages :])

    async def meter(self, model: str, messages: Sequence[Message]) -> ContextMeter:
        return ContextMeter(self.tokens(messages), await self._pricing.window(model))

    async def needs_compaction(self, model: str, messages: Sequence[Message]) -> bool:
        tokens = self.tokens(messages)
        if tokens < _FITS_ANY_WINDOW * self.compact_at:
            return False
        window = await self._pricing.window(model)
        return window is not None and tokens >= self.compact_at * window
