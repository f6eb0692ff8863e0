"""How much of the model's window the conversation takes: measured by the last reply, estimated since."""

from collections.abc import Sequence

from blufio_tui.core.agent.compaction import ContextMeter, estimate_tokens
from blufio_tui.core.agent.cost import tokens_in_context
from blufio_tui.core.agent.windows import Windows
from blufio_tui.core.conversation import Message, TokenUsage
from blufio_tui.core.incremental import Incremental

# The system prompt and the tools, before a request was built.
_UNKNOWN_START = 3_000

# No model whose window is in the table has a smaller one: below this the table need not be asked.
_FITS_ANY_WINDOW = 20_000


class ContextSize:
    """Kept for a session from turn to turn. Messages are those that are sent, not those that are stored.

    Attributes:
        fixed: estimated tokens of the system prompt and the tools.
    """

    def __init__(self, windows: Windows, compact_at: float) -> None:
        self.compact_at = compact_at
        self.fixed = _UNKNOWN_START
        self._windows = windows
        self._tokens = 0
        self._messages = 0
        self._ratio = 1.0
        self.rest()

    def rest(self) -> None:
        """Forget what can be recomputed, because no turn runs in the session."""
        self._estimate: Incremental[list[int], Message] = Incremental(lambda: [0], _add_tokens)

    def measured(self, usage: TokenUsage, messages: Sequence[Message]) -> None:
        """Take the usage that came with a reply: the tokens of it and of everything before it. Some local servers send
        none."""
        tokens = tokens_in_context(usage)
        if tokens > usage.output_tokens:
            self._tokens, self._messages = tokens, len(messages)
            # Text of other kinds than English takes more tokens for its characters; within reason.
            self._ratio = min(max(tokens / (self.fixed + self.estimated(messages)), 0.5), 3.0)

    def forget(self) -> None:
        """The conversation was changed, so the measured size no longer applies."""
        self._tokens = self._messages = 0

    def estimated(self, messages: Sequence[Message]) -> int:
        """The estimated tokens of messages, regardless of any measurement."""
        return self._estimate.over(messages)[0]

    def tokens(self, messages: Sequence[Message]) -> int:
        if not self._tokens or len(messages) < self._messages:
            return int(self._ratio * (self.fixed + self.estimated(messages))) if messages else 0
        return self._tokens + int(self._ratio * estimate_tokens(messages[self._messages :]))

    async def meter(self, model: str, messages: Sequence[Message]) -> ContextMeter:
        return ContextMeter(self.tokens(messages), await self._windows.of(model))

    async def full(self, model: str, messages: Sequence[Message], reply: int) -> int:
        """The window in tokens if it is so full that room must be made, else 0.

        Args:
            reply: tokens that the reply may take; servers count them in.
        """
        tokens = self.tokens(messages)
        if self._windows.expected(model) is None and tokens < _FITS_ANY_WINDOW * self.compact_at:
            return 0
        window = await self._windows.of(model)
        if window is None:
            return 0
        return window if tokens >= full_at(window, self.compact_at, reply) else 0


def _add_tokens(total: list[int], message: Message) -> None:
    total[0] += estimate_tokens((message,))


def full_at(window: int, compact_at: float, reply: int) -> int:
    """Tokens at which room is made: the configured share, or less if the reply might not fit any more."""
    # What came since the last reply is estimated: a twentieth may be wrong.
    return min(int(compact_at * window), window - min(reply, window // 4) - window // 20)
