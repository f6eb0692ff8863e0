"""An agent that has the person's MCP servers at hand when a turn begins."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from blufio_tui.core.conversation import Block
from blufio_tui.core.events import Event, NoticeLevel, NoticeRaised, TurnStarted
from blufio_tui.core.hooks.running import HookedAgent

Prepare = Callable[[], Awaitable[Sequence[str]]]
"""Sees to servers that were never used before; a sentence for each that cannot be."""


async def _no_servers() -> Sequence[str]:
    return ()


class ServedAgent(HookedAgent):
    """A server that was used before is started when one of its tools is called; one that was not, before the turn,
    since nobody knows yet what it can do."""

    prepare: Prepare = staticmethod(_no_servers)

    async def act(
        self, prompt: str, *, session_id: str, attachments: Sequence[Block] = ()
    ) -> AsyncGenerator[Event, None]:
        """As `Agent.act`."""
        said = await self.prepare()
        async with aclosing(super().act(prompt, session_id=session_id, attachments=attachments)) as events:
            async for event in events:
                yield event
                if isinstance(event, TurnStarted):
                    for sentence in said:
                        yield NoticeRaised(event.turn_id, NoticeLevel.WARNING, sentence)
