"""Tool calls that the person makes without the model: `!command` and `/run`. Same policy, same audit, same events."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from uuid import uuid4

from blufio_tui.core.agent.own_calls import told
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.tool_calls import ToolCalls
from blufio_tui.core.clock import Clock
from blufio_tui.core.conversation import Message, Role, TextBlock, ToolResultBlock, ToolUseBlock
from blufio_tui.core.errors import StorageError
from blufio_tui.core.events import ErrorRaised, Event, TextDelta, ToolCallFinished, TurnFinished, TurnStarted
from blufio_tui.core.sessions.journal import Journal
from blufio_tui.core.sessions.store import SessionStore
from blufio_tui.core.tasks import Tasks
from blufio_tui.core.text.json_types import JsonObject


class DirectCalls:
    """
    Args:
        registry: the tools as the person may call them; its `bash` acts for the person, not for the model.
        mask: removes keys from what the model reads; the person sees them.
    """

    def __init__(
        self,
        registry: ToolRegistry,
        store: SessionStore,
        clock: Clock,
        tasks: Tasks | None = None,
        *,
        mask: Callable[[str], str] = str,
    ) -> None:
        self._mask = mask
        self._registry = registry
        self._store = store
        self._clock = clock
        self._tasks = Tasks() if tasks is None else tasks

    async def call(self, tool: str, arguments: JsonObject, *, session_id: str) -> AsyncGenerator[Event, None]:
        """The events of one call, as a turn. The model reads about it with the next prompt."""
        turn_id, queue = uuid4().hex, asyncio.Queue[Event | None]()
        shown = written(tool, arguments)
        yield TurnStarted(turn_id, session_id, shown)
        journal = _ToldToTheModel(self._store, session_id, turn_id, shown, self._mask)
        calls = ToolCalls(
            session_id=session_id,
            turn_id=turn_id,
            registry=self._registry,
            store=self._store,
            journal=journal,
            clock=self._clock,
            emit=queue.put_nowait,
        )
        block = ToolUseBlock(f"user_{uuid4().hex[:16]}", tool, arguments)
        task = self._tasks.start(calls.run([block]))
        task.add_done_callback(lambda _: queue.put_nowait(None))
        stop_reason, text = "end_turn", ""
        try:
            while (event := await queue.get()) is not None:
                yield event
                if isinstance(event, ToolCallFinished):
                    text = event.content
                    yield TextDelta(turn_id, fenced(text))
            await task
        except StorageError as error:
            stop_reason = "error"
            yield ErrorRaised(turn_id, "storage", str(error))
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
        yield TurnFinished(turn_id, session_id, stop_reason, text, 0)


class _ToldToTheModel(Journal):
    """Stores the result as a message of the person, because no reply of the model asked for it."""

    def __init__(
        self, store: SessionStore, session_id: str, turn_id: str, shown: str, mask: Callable[[str], str]
    ) -> None:
        super().__init__(store, session_id, turn_id)
        self._mask = mask
        self._shown = shown

    async def add_result(self, result: ToolResultBlock) -> None:
        said = told(self._shown, fenced(self._mask(result.content)), failed=result.is_error)
        await self._append(Message(Role.USER, (TextBlock(said),)))


def written(tool: str, arguments: JsonObject) -> str:
    """The call in the form in which a person types it."""
    if tool == "cage":
        return f"!!{arguments.get('command', '')}"
    if tool == "bash":
        return f"!{arguments.get('command', '')}"
    return f"/run {tool} {json.dumps(arguments, ensure_ascii=False)}"


def fenced(text: str) -> str:
    """The text as a code block, with a fence longer than any in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"
