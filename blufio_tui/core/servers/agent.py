"""An agent that has the person's MCP servers at hand when a turn begins."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol
from uuid import uuid4

from blufio_tui.core.conversation import Block
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.events import ErrorRaised, Event, NoticeLevel, NoticeRaised, TurnFinished, TurnStarted
from blufio_tui.core.hooks.running import HookedAgent
from blufio_tui.core.tools import CallContext


class ServesTurns(Protocol):
    """The servers, as a turn needs them."""

    async def prepare(self) -> Sequence[str]:
        """Get to know the servers that were never used; a sentence for each that cannot be."""
        ...

    async def expanded(self, prompt: str, context: CallContext) -> str:
        """What is sent for what was typed: `/server:prompt …` becomes the server's text, all else stays.

        Raises:
            BlufioError: there is no such prompt, or it cannot be had.
        """
        ...


class ServedAgent(HookedAgent):
    """A server that was used before is started when one of its tools is called; one that was not, before the turn,
    since nobody knows yet what it can do."""

    servers: ServesTurns | None = None

    async def act(
        self, prompt: str, *, session_id: str, attachments: Sequence[Block] = ()
    ) -> AsyncGenerator[Event, None]:
        """As `Agent.act`; a prompt of a server that cannot be had ends the turn with `stop_reason` `error`."""
        told: list[Event] = []
        if self.servers is not None:
            for sentence in await self.servers.prepare():
                told.append(NoticeRaised("", NoticeLevel.WARNING, sentence))
            turn_id = uuid4().hex
            try:
                context = CallContext(session_id, turn_id, f"prompt_{turn_id[:16]}", told.append)
                prompt = await self.servers.expanded(prompt, context)
            except BlufioError as error:
                yield TurnStarted(turn_id, session_id, prompt)
                yield ErrorRaised(turn_id, "prompt", str(error))
                yield TurnFinished(turn_id, session_id, "error", "", 0)
                return
        async with aclosing(super().act(prompt, session_id=session_id, attachments=attachments)) as events:
            async for event in events:
                yield event
                if isinstance(event, TurnStarted):
                    for notice in told:
                        if isinstance(notice, NoticeRaised):
                            yield NoticeRaised(event.turn_id, notice.level, notice.message)
