"""Ids of calls name one call each: records, changed files and results are found by them.

Models of some servers count from the beginning in each reply.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from blufio_tui.core.agent.provider import ProviderReply
from blufio_tui.core.conversation import ToolUseBlock

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence

    from blufio_tui.core.agent.provider import ModelRequest, Provider, ProviderEvent
    from blufio_tui.core.conversation import Block


def with_own_ids(blocks: Sequence[Block], taken: Collection[str]) -> tuple[Block, ...]:
    """A reply in which a call whose id is empty, taken, or that of a call before it has a new one."""
    seen = {"", *taken}
    distinct: list[Block] = []
    for block in blocks:
        if isinstance(block, ToolUseBlock):
            distinct.append(replace(block, id=fresh_id()) if block.id in seen else block)
            seen.add(block.id)
        else:
            distinct.append(block)
    return tuple(distinct)


def fresh_id() -> str:
    """An id as the Messages API makes them."""
    return f"toolu_{uuid4().hex[:24]}"


class DistinctCalls:
    """
    A provider whose calls have ids that no other call has.

    Args:
        taken: of these ids, those of earlier calls.
    """

    def __init__(self, provider: Provider, taken: Callable[[Sequence[str]], Awaitable[Collection[str]]]) -> None:
        self._provider = provider
        self._taken = taken

    @property
    def is_guide(self) -> bool:
        return self._provider.is_guide

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ProviderEvent, None]:
        """As the provider's.

        Raises:
            StorageError: whether an id is taken cannot be looked up.
        """
        async with aclosing(self._provider.stream(request)) as events:
            async for event in events:
                yield await self._distinct(event) if isinstance(event, ProviderReply) else event

    async def _distinct(self, reply: ProviderReply) -> ProviderReply:
        ids = [block.id for block in reply.blocks if isinstance(block, ToolUseBlock)]
        return replace(reply, blocks=with_own_ids(reply.blocks, await self._taken(ids))) if ids else reply
