"""Ids of calls name one call each: records, changed files and results are found by them.

Models of some servers count from the beginning in each reply.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from uuid import uuid4

from blufio_tui.core.agent.provider import ProviderReply
from blufio_tui.core.conversation import Block, ToolUseBlock

Taken = Callable[[Sequence[str]], Awaitable[Collection[str]]]
"""Of these ids, those of earlier calls. Raises `StorageError` if that cannot be looked up."""


async def all_taken(call_ids: Sequence[str]) -> Collection[str]:
    """For conversations that go on side by side: what one of them asks next is not stored yet when another looks."""
    return call_ids


def with_own_ids(blocks: Sequence[Block], taken: Collection[str] = ()) -> tuple[Block, ...]:
    """A reply in which a call whose id is empty, taken, or that of a call before it has a new one."""
    seen = {"", *taken}
    own: list[Block] = []
    for block in blocks:
        if isinstance(block, ToolUseBlock):
            own.append(replace(block, id=_fresh_id()) if block.id in seen else block)
            seen.add(block.id)
        else:
            own.append(block)
    return tuple(own)


def _fresh_id() -> str:
    """An id as the Messages API makes them."""
    return f"toolu_{uuid4().hex[:24]}"


async def distinct(reply: ProviderReply, taken: Taken) -> ProviderReply:
    """A reply whose calls have ids that no other call has."""
    ids = [block.id for block in reply.blocks if isinstance(block, ToolUseBlock)]
    return replace(reply, blocks=with_own_ids(reply.blocks, await taken(ids))) if ids else reply
