"""An agent that has the person's MCP servers at hand when a turn begins."""

from collections.abc import Awaitable, Callable, Sequence

from blufio_tui.core.agent.agent import Emit, Running
from blufio_tui.core.conversation import Block
from blufio_tui.core.hooks.running import HookedAgent

Prepare = Callable[[], Awaitable[Sequence[str]]]
"""Sees to servers that were never used before; a sentence for each that cannot be."""


async def _no_servers() -> Sequence[str]:
    return ()


class ServedAgent(HookedAgent):
    """A server that was used before is started when one of its tools is called; one that was not, before the turn,
    since nobody knows yet what it can do."""

    prepare: Prepare = staticmethod(_no_servers)

    async def _begin_turn(self, session_id: str, prompt: str, attachments: Sequence[Block], emit: Emit) -> Running:
        self.remarks = (*self.remarks, *await self.prepare())
        return await super()._begin_turn(session_id, prompt, attachments, emit)
