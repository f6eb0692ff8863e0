"""A model that says what a test tells it to, and remembers what it was asked."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field

from blufio_tui.core.agent.provider import ModelRequest, ProviderEvent, ProviderReply, ProviderText, ProviderThinking
from blufio_tui.core.conversation import Block, TextBlock, ThinkingBlock, TokenUsage, ToolUseBlock
from blufio_tui.core.text.json_types import JsonObject

USAGE = TokenUsage(input_tokens=100, output_tokens=20)


def says(*parts: str, stop_reason: str = "end_turn", usage: TokenUsage = USAGE) -> list[ProviderEvent]:
    """A reply of text, streamed in these parts."""
    return reply(TextBlock("".join(parts)), parts=parts, stop_reason=stop_reason, usage=usage)


def calls(*tool_uses: tuple[str, str, JsonObject], text: str = "", usage: TokenUsage = USAGE) -> list[ProviderEvent]:
    """A reply that calls tools: (id, name, input) each."""
    blocks: list[Block] = [TextBlock(text)] if text else []
    blocks += [ToolUseBlock(*use) for use in tool_uses]
    return reply(*blocks, stop_reason="tool_use", usage=usage)


def reply(
    *blocks: Block,
    parts: Iterable[str] = (),
    stop_reason: str = "end_turn",
    usage: TokenUsage = USAGE,
    model: str = "fake-model",
) -> list[ProviderEvent]:
    shown: list[ProviderEvent] = [ProviderThinking(b.thinking) for b in blocks if isinstance(b, ThinkingBlock)]
    shown += [ProviderText(part) for part in parts] or [
        ProviderText(b.text) for b in blocks if isinstance(b, TextBlock)
    ]
    return [*shown, ProviderReply(blocks, stop_reason, usage, model)]


@dataclass
class Hang:
    """In a script: stop here until the turn is interrupted. `reached` tells the test."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)


Step = ProviderEvent | Exception | Hang


class FakeProvider:
    """Streams one script for each request; after the last one it says "done"."""

    is_guide = False

    def __init__(self, *scripts: Sequence[Step]) -> None:
        self.requests: list[ModelRequest] = []
        self.closed = 0
        self._scripts = list(scripts)

    async def stream(self, request: ModelRequest) -> AsyncIterator[ProviderEvent]:
        self.requests.append(request)
        script = self._scripts.pop(0) if self._scripts else says("done")
        try:
            for step in script:
                await asyncio.sleep(0)
                match step:
                    case Exception():
                        raise step
                    case Hang(reached):
                        reached.set()
                        await asyncio.Event().wait()
                    case _:
                        yield step
        finally:
            self.closed += 1
