"""One turn: from what the person wrote to the model's last word, with the tools in between."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from uuid import uuid4

from blufio_tui.core.agent.budget import BudgetLevel, check_budget
from blufio_tui.core.agent.compactor import Compactor
from blufio_tui.core.agent.context_size import ContextSize
from blufio_tui.core.agent.cost import add_costs
from blufio_tui.core.agent.provider import ModelRequest, ProviderReply, SystemBlock
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.requests import Requests
from blufio_tui.core.agent.situation import ModeNews
from blufio_tui.core.agent.stop_reasons import explain
from blufio_tui.core.agent.tool_calls import ToolCalls
from blufio_tui.core.conversation import Block, Message, Role, TextBlock, ToolUseBlock
from blufio_tui.core.errors import BudgetExceeded, ProviderError, StorageError
from blufio_tui.core.events import (
    ErrorRaised,
    Event,
    NoticeLevel,
    NoticeRaised,
    RequestFinished,
    RequestStarted,
    TurnFinished,
    TurnStarted,
)
from blufio_tui.core.sessions.conversation_repair import tool_uses
from blufio_tui.core.sessions.journal import Journal
from blufio_tui.core.sessions.records import MessageState
from blufio_tui.core.sessions.store import SessionStore
from blufio_tui.core.tasks import begin, outlasting
from blufio_tui.core.text.unicode import well_formed
from blufio_tui.core.tools import ToolDefinition

log = logging.getLogger(__name__)

MAX_ITERATIONS = "max_iterations"
"""The stop reason of a turn that was not given more requests with tools."""

TOO_MANY = "not run: the limit of {limit} requests with tools in one turn is reached (agent.max_tool_iterations)"


@dataclass(slots=True)
class _Tally:
    """What the turn came to so far, for its last event."""

    iterations: int = 0
    text: str = ""


class Turn:
    """Runs once. Everything it tells goes through `emit`; the last thing is always `TurnFinished`."""

    def __init__(
        self,
        *,
        session_id: str,
        turn_id: str,
        store: SessionStore,
        registry: ToolRegistry,
        system: Callable[[], tuple[SystemBlock, ...]],
        journal: Journal,
        requests: Requests,
        calls: ToolCalls,
        compactor: Compactor,
        size: ContextSize,
        emit: Callable[[Event], None],
        news: ModeNews,
    ) -> None:
        self.calls = calls
        self._session_id = session_id
        self._turn_id = turn_id
        self._store = store
        self._registry = registry
        self._system = system
        self._journal = journal
        self._requests = requests
        self._compactor = compactor
        self._size = size
        self._emit = emit
        self._news = news
        self._tally = _Tally()
        self._warned: set[str] = set()
        self._overflowed = False
        self._opening: asyncio.Task[None] | None = None

    async def run(self, prompt: str, attachments: Sequence[Block]) -> None:
        """The whole turn. Cancelling it ends it as `interrupted`, with everything stored that had arrived."""
        self._emit(TurnStarted(self._turn_id, self._session_id, prompt))
        try:
            stop_reason = await self._converse(prompt, attachments)
        except asyncio.CancelledError:
            stop_reason = "interrupted"
            await self._keep_what_arrived()
        except BudgetExceeded as error:
            stop_reason = self._fail("budget", error)
        except ProviderError as error:
            stop_reason = self._fail(error.kind, error)
            await self._keep_what_arrived()
        except StorageError as error:
            stop_reason = self._fail("storage", error)
        except Exception as error:
            log.exception("the turn failed unexpectedly")
            stop_reason = self._fail("internal", error)
            await self._keep_what_arrived()
        self._finish(stop_reason)

    async def _converse(self, prompt: str, attachments: Sequence[Block]) -> str:
        self._opening = begin(self._open(prompt, attachments))
        await outlasting(self._opening)
        limit = self._requests.max_tool_iterations
        for _ in range(limit):
            reply = await self._ask("auto")
            if not await self._act_on(reply):
                return reply.stop_reason
        return await self._last_word(limit)

    async def _open(self, prompt: str, attachments: Sequence[Block]) -> None:
        """Store what the person wrote before anything else; an interruption waits for it."""
        await self._journal.load()
        if prompt.strip() or attachments:
            head = await self._news.head()
            await self._journal.add_user((*head, *attachments, TextBlock(well_formed(prompt))))

    async def _act_on(self, reply: ProviderReply) -> bool:
        """Run the calls of a reply; True when the model has to be asked again."""
        if calls := _calls(reply):
            await self.calls.run(calls)
            return True
        return reply.stop_reason == "pause_turn"

    async def _last_word(self, limit: int) -> str:
        message = f"The limit of {limit} requests with tools is reached; the model answers without more of them."
        self._notice(NoticeLevel.WARNING, message)
        reply = await self._ask("none")
        # A server that does not know `tool_choice` may send calls all the same.
        if calls := _calls(reply):
            await self.calls.run(calls, refused=TOO_MANY.format(limit=limit))
        return "refusal" if reply.stop_reason == "refusal" else MAX_ITERATIONS

    async def _ask(self, tool_choice: Literal["auto", "none"]) -> ProviderReply:
        await self._check_budget()
        await self._compact_if_full()
        self._tally.iterations += 1
        self._emit(RequestStarted(self._turn_id, self._tally.iterations, self._requests.model))
        reply = await self._send_or_compact(tool_choice)
        return await self._take(reply)

    async def _send_or_compact(self, tool_choice: Literal["auto", "none"]) -> ProviderReply:
        try:
            return await self._requests.send(self._request(tool_choice))
        except ProviderError as error:
            if error.kind != "context_overflow" or self._overflowed or not await self._compact():
                raise
            self._overflowed = True
            return await self._requests.send(self._request(tool_choice))

    def _request(self, tool_choice: Literal["auto", "none"]) -> ModelRequest:
        messages = self._journal.messages
        return self._requests.build(self._system(), self._tools(messages), messages, tool_choice)

    def _tools(self, messages: Sequence[Message]) -> tuple[ToolDefinition, ...]:
        """The guide picks a call by its own examples, and needs no definition sent."""
        if self._requests.is_guide:
            return self._registry.definitions()
        return self._registry.offered(self._session_id, messages)

    async def _take(self, reply: ProviderReply) -> ProviderReply:
        """Store a reply, count it and say what is odd about it."""
        reply = self._with_own_ids(_without_refused_calls(reply))
        if reply.blocks:
            state = MessageState.PARTIAL if reply.stop_reason == "refusal" else MessageState.COMPLETE
            await self._journal.add_reply(reply.blocks, state)
        cost = await self._requests.record(reply.usage, reply.model, reply.stop_reason)
        self._count(reply)
        self._emit(RequestFinished(self._turn_id, reply.stop_reason, reply.usage, cost, reply.model))
        if remark := explain(reply, self._requests.max_tokens):
            self._notice(NoticeLevel.WARNING, remark)
        return reply

    def _count(self, reply: ProviderReply) -> None:
        self._tally.text = Message(Role.ASSISTANT, reply.blocks).text or self._tally.text
        self._size.measured(reply.usage, self._journal.messages)

    def _with_own_ids(self, reply: ProviderReply) -> ProviderReply:
        """The reply with call ids that no other call of the conversation has: local servers number them anew."""
        taken = {call.id for message in self._journal.messages for call in tool_uses(message)}
        blocks: list[Block] = []
        for block in reply.blocks:
            if isinstance(block, ToolUseBlock):
                if not block.id or block.id in taken:
                    block = replace(block, id=f"toolu_{uuid4().hex[:24]}")
                taken.add(block.id)
            blocks.append(block)
        return replace(reply, blocks=tuple(blocks))

    async def _check_budget(self) -> None:
        limits = self._requests.budget
        if not limits or self._requests.is_guide:
            return
        state = check_budget(await self._store.spending(self._session_id), limits)
        if state.level is BudgetLevel.STOP:
            raise BudgetExceeded(state.message)
        if state.level is BudgetLevel.WARN and state.period not in self._warned:
            self._warned.add(state.period)
            self._notice(NoticeLevel.WARNING, state.message)

    async def _compact_if_full(self) -> None:
        if await self._size.needs_compaction(self._requests.model, self._journal.messages):
            await self._compact()

    async def _compact(self) -> bool:
        if not await self._compactor.compact():
            return False
        await self._journal.reload()
        self._size.forget()
        return True

    async def _keep_what_arrived(self) -> None:
        """Store the text of a reply that did not end, and a result for every call that has none."""
        text = well_formed("".join(self._requests.attempt.text))
        if text.strip():
            self._tally.text = text
        try:
            if self._opening is not None:
                await self._opening
            await self._requests.record_lost_attempt("interrupted")
            if text.strip():
                await self._journal.add_reply((TextBlock(text),), MessageState.PARTIAL)
            await self._journal.close_calls()
        except StorageError as error:
            self._fail("storage", error)

    def _fail(self, kind: str, error: Exception) -> str:
        message = str(error) if kind != "internal" else f"Something went wrong inside the program: {error!r}"
        self._emit(ErrorRaised(self._turn_id, kind, message))
        return "budget" if kind == "budget" else "error"

    def _notice(self, level: NoticeLevel, message: str) -> None:
        self._emit(NoticeRaised(self._turn_id, level, message))

    def _finish(self, stop_reason: str) -> None:
        tally = self._tally
        self._emit(
            TurnFinished(
                self._turn_id,
                self._session_id,
                stop_reason,
                tally.text,
                tally.iterations,
                self._requests.usage,
                add_costs(self._requests.costs),
            )
        )


def _without_refused_calls(reply: ProviderReply) -> ProviderReply:
    """A reply that was broken off as a refusal must not act."""
    if reply.stop_reason != "refusal":
        return reply
    return replace(reply, blocks=tuple(block for block in reply.blocks if not isinstance(block, ToolUseBlock)))


def _calls(reply: ProviderReply) -> tuple[ToolUseBlock, ...]:
    return tool_uses(Message(Role.ASSISTANT, reply.blocks))
