"""An agent that has the person's MCP servers at hand when a turn begins."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol
from uuid import uuid4

from blufio_tui.core.agent.agent import Emit, Running
from blufio_tui.core.conversation import Block
from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.events import ErrorRaised, Event, NoticeLevel, NoticeRaised, TurnFinished, TurnStarted
from blufio_tui.core.hooks.running import HookedAgent
from blufio_tui.core.tools import CallContext, unheard


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

    async def _begin_turn(self, session_id: str, prompt: str, attachments: Sequence[Block], emit: Emit) -> Running:
        """A prompt of a server that cannot be had ends the turn with `stop_reason` `error`."""
        if self.servers is None or self.servers.is_ready(prompt):
            return await super()._begin_turn(session_id, prompt, attachments, emit)
        self._refuse_second(session_id)
        turn_id, told = uuid4().hex, list[str]()
        preparing = self._tasks.start(self._prepare(self.servers, prompt, session_id, turn_id, told))
        self._preparing[session_id] = preparing
        try:
            prepared = await preparing
        except BlufioError as error:
            return Running(self._tasks.start(_unbegun(turn_id, session_id, prompt, str(error), emit)), None)
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                preparing.cancel()
                raise
            return Running(self._tasks.start(_unbegun(turn_id, session_id, prompt, "", emit)), None)
        finally:
            del self._preparing[session_id]
        return await super()._begin_turn(session_id, prepared, attachments, _telling(told, emit))

    async def _prepare(self, servers: ServesTurns, prompt: str, session_id: str, turn_id: str, told: list[str]) -> str:
        """What is sent for the prompt, once the servers are at hand."""
        told += await servers.prepare()
        context = CallContext(session_id, turn_id, f"prompt_{turn_id[:16]}", unheard)
        return await servers.expanded(prompt, context)

    def _refuse_second(self, session_id: str) -> None:
        """As `Agent._refuse_second`; a turn that waits for its servers is one that runs."""
        if session_id in self._preparing:
            raise UsageError("A turn is running in this session. Wait for it to end, or interrupt it.")
        super()._refuse_second(session_id)

    def interrupt(self, session_id: str = "") -> bool:
        """As `Agent.interrupt`; a turn that waits for its servers is one that runs."""
        waiting = [task for key, task in self._preparing.items() if session_id in ("", key)]
        for task in waiting:
            task.cancel()
        return super().interrupt(session_id) or bool(waiting)


def _telling(sentences: Sequence[str], emit: Emit) -> Emit:
    """As `emit`, with the sentences as notices once the turn has begun."""

    def tell(event: Event) -> None:
        emit(event)
        if isinstance(event, TurnStarted):
            for sentence in sentences:
                emit(NoticeRaised(event.turn_id, NoticeLevel.WARNING, sentence))

    return tell


async def _unbegun(turn_id: str, session_id: str, prompt: str, problem: str, emit: Emit) -> None:
    """A turn that ended before it began: by a problem, or "" by the person."""
    emit(TurnStarted(turn_id, session_id, prompt))
    if problem:
        emit(ErrorRaised(turn_id, "prompt", problem))
    emit(TurnFinished(turn_id, session_id, "error" if problem else "interrupted", "", 0))
