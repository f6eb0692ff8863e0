"""An agent that has the person's MCP servers at hand when a turn begins."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, Protocol
from uuid import uuid4

from blufio_tui.core.conversation import Block
from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.events import ErrorRaised, Event, NoticeLevel, NoticeRaised, TurnFinished, TurnStarted
from blufio_tui.core.hooks.running import HookedAgent
from blufio_tui.core.tasks import begin
from blufio_tui.core.tools import CallContext


class ServesTurns(Protocol):
    """The servers, as a turn needs them."""

    def is_ready(self, prompt: str) -> bool:
        """Nothing has to be done before a turn with this prompt."""
        ...

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

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._preparing: dict[str, asyncio.Task[str]] = {}

    async def act(
        self, prompt: str, *, session_id: str, attachments: Sequence[Block] = ()
    ) -> AsyncGenerator[Event, None]:
        """As `Agent.act`; a prompt of a server that cannot be had ends the turn with `stop_reason` `error`."""
        if session_id in self._preparing:
            raise UsageError("A turn is running in this session. Wait for its end, or interrupt it.")
        turn_id, told = uuid4().hex, list[str]()
        if self.servers is None or self.servers.is_ready(prompt):
            async with aclosing(super().act(prompt, session_id=session_id, attachments=attachments)) as events:
                async for event in events:
                    yield event
            return
        preparing = begin(self._prepare(prompt, session_id, turn_id, told))
        self._preparing[session_id] = preparing
        try:
            prepared = await preparing
        except BlufioError as error:
            yield TurnStarted(turn_id, session_id, prompt)
            yield ErrorRaised(turn_id, "prompt", str(error))
            yield TurnFinished(turn_id, session_id, "error", "", 0)
            return
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                preparing.cancel()
                raise
            yield TurnStarted(turn_id, session_id, prompt)
            yield TurnFinished(turn_id, session_id, "interrupted", "", 0)
            return
        finally:
            del self._preparing[session_id]
        async with aclosing(super().act(prepared, session_id=session_id, attachments=attachments)) as events:
            async for event in events:
                yield event
                if isinstance(event, TurnStarted):
                    for sentence in told:
                        yield NoticeRaised(event.turn_id, NoticeLevel.WARNING, sentence)

    async def _prepare(self, prompt: str, session_id: str, turn_id: str, told: list[str]) -> str:
        """What is sent for the prompt, once the servers are at hand."""
        if self.servers is None:
            return prompt
        told += await self.servers.prepare()
        context = CallContext(session_id, turn_id, f"prompt_{turn_id[:16]}", _unheard)
        return await self.servers.expanded(prompt, context)

    def interrupt(self, session_id: str = "") -> bool:
        """As `Agent.interrupt`; a turn that waits for its servers is one that runs."""
        waiting = [task for key, task in self._preparing.items() if session_id in ("", key)]
        for task in waiting:
            task.cancel()
        return super().interrupt(session_id) or bool(waiting)


def _unheard(_event: Event) -> None:
    """Before the turn nothing is shown; the audit rows tell of it."""
