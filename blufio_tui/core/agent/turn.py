"""One turn: from the prompt to the model's final reply, with the tool calls in between."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal
from uuid import uuid4

from blufio_tui.core.agent.budget import BudgetLevel, check_budget
from blufio_tui.core.agent.context_size import ContextSize
from blufio_tui.core.agent.cost import add_costs, tokens_in_context
from blufio_tui.core.agent.provider import ModelRequest, ProviderReply, SystemBlock
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.requests import Requests, fixed_tokens
from blufio_tui.core.agent.room import Room
from blufio_tui.core.agent.situation import ModeNews
from blufio_tui.core.agent.steering import Additions
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
    SteeringAdded,
    TurnFinished,
    TurnStarted,
)
from blufio_tui.core.sessions.conversation_repair import tool_uses
from blufio_tui.core.sessions.journal import Journal
from blufio_tui.core.sessions.records import UNUSUAL_ENDS, MessageState, TurnEnding
from blufio_tui.core.sessions.store import SessionStore
from blufio_tui.core.tasks import begin, outlasting
from blufio_tui.core.text.unicode import well_formed
from blufio_tui.core.tools import ToolDefinition

log = logging.getLogger(__name__)

MAX_ITERATIONS = "max_iterations"
"""The stop reason of a turn that reached its limit of requests with tools."""

REPEATED = "repeated_call"
"""The stop reason of a turn whose model made the same call with the same result again and again."""

TOO_MANY = "not run: the limit of {limit} requests with tools in one turn is reached (agent.max_tool_iterations)"


Visited = Callable[[Sequence[str]], Awaitable[Sequence[str]]]
"""Called with the files and folders that tools touched; returns what the person should know."""


@dataclass(frozen=True, slots=True)
class EndingTurn:
    """A turn whose model sent its final reply.

    Attributes:
        went_on: how often it has been made to continue.
    """

    session_id: str
    turn_id: str
    went_on: int
    emit: Callable[[Event], None]


AtEnd = Callable[[EndingTurn], Awaitable[str]]
"""Asked before a turn ends: what remains to be done, or "". It must return "" eventually."""


@dataclass(slots=True)
class _Tally:
    """The turn's totals so far, for its last event."""

    iterations: int = 0
    text: str = ""


class Turn:
    """Runs once. All events go through `emit`; the last is always `TurnFinished`.

    Attributes:
        additions: what the person adds while the turn runs.
    """

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
        room: Room,
        size: ContextSize,
        emit: Callable[[Event], None],
        news: ModeNews,
        visited: Visited | None = None,
        at_end: AtEnd | None = None,
        may_ask: Callable[[], bool] | None = None,
    ) -> None:
        """
        Args:
            may_ask: whether another request with tools may be made, beside the limit of this turn alone.
        """
        self._may_ask = may_ask
        self._visited = visited
        self._at_end = at_end
        self._went_on = 0
        self.calls = calls
        self._session_id = session_id
        self._turn_id = turn_id
        self._store = store
        self._registry = registry
        self._system = system
        self._journal = journal
        self._requests = requests
        self._room = room
        self._size = size
        self._emit = emit
        self.additions = Additions()
        self._news = news
        self._tally = _Tally()
        self._warned: set[str] = set()
        self._opening: asyncio.Task[None] | None = None
        self._error = ""

    async def run(self, prompt: str, attachments: Sequence[Block]) -> None:
        """Run the whole turn. If cancelled, it ends as `interrupted`, with everything stored that had arrived."""
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
        await self._note_ending(stop_reason)
        self._finish(stop_reason)

    async def _converse(self, prompt: str, attachments: Sequence[Block]) -> str:
        self._opening = begin(self._open(prompt, attachments))
        await outlasting(self._opening)
        limit = self._requests.max_tool_iterations
        for made in range(limit):
            if made and self._may_ask is not None and not self._may_ask():
                return await self._last_word(made)
            reply = await self._ask("auto")
            goes_on = await self._act_on(reply)
            if not goes_on and not (reply.stop_reason == "end_turn" and await self._is_to_go_on()):
                return reply.stop_reason
            if self.calls.stuck:
                self._notice(NoticeLevel.WARNING, self.calls.stuck)
                return REPEATED
        return await self._last_word(limit)

    async def _is_to_go_on(self) -> bool:
        """Whether the turn must continue although the model sent its final reply."""
        if self.additions:
            return True
        if self._at_end is None:
            return False
        said = await self._at_end(EndingTurn(self._session_id, self._turn_id, self._went_on, self._emit))
        if said:
            self._went_on += 1
            await self._journal.add_user((TextBlock(well_formed(said)),))
        return bool(said or self.additions)

    async def _open(self, prompt: str, attachments: Sequence[Block]) -> None:
        """Store the prompt before anything else; an interruption waits for this."""
        await self._journal.load()
        if prompt.strip() or attachments:
            head = await self._news.head()
            await self._journal.add_user((*head, *attachments, TextBlock(well_formed(prompt))))

    async def _act_on(self, reply: ProviderReply) -> bool:
        """Run the calls of a reply; True if the model has to be asked again."""
        if calls := _calls(reply):
            await self.calls.run(calls)
            await self._look_around()
            return True
        return reply.stop_reason == "pause_turn"

    async def _look_around(self) -> None:
        """Read the instructions of folders whose files were touched, for the next request."""
        touched = self.calls.touched()
        if self._visited is None or not touched:
            return
        for remark in await self._visited(touched):
            self._notice(NoticeLevel.WARNING, remark)

    async def _last_word(self, limit: int) -> str:
        message = f"The limit of {limit} requests with tools is reached; the model now answers without tools."
        self._notice(NoticeLevel.WARNING, message)
        reply = await self._ask("none")
        # A server that does not know `tool_choice` may send calls anyway.
        if calls := _calls(reply):
            await self.calls.run(calls, refused=TOO_MANY.format(limit=limit))
        return "refusal" if reply.stop_reason == "refusal" else MAX_ITERATIONS

    async def _ask(self, tool_choice: Literal["auto", "none"]) -> ProviderReply:
        await self._check_budget()
        await self._take_additions()
        await self._room.make_before_request()
        self._tally.iterations += 1
        self._emit(RequestStarted(self._turn_id, self._tally.iterations, self._requests.model))
        return await self._take(await self._send_until_it_fits(tool_choice))

    async def _take_additions(self) -> None:
        """Send what the person added since the last request with the next one."""
        while (addition := self.additions.next()) is not None:
            added = SteeringAdded(self._turn_id, addition.text, addition.key)
            try:
                await self._journal.add_user(addition.blocks)
            except asyncio.CancelledError:
                self._emit(added)  # the storing outlives the turn
                raise
            self._emit(added)

    async def _send_until_it_fits(self, tool_choice: Literal["auto", "none"]) -> ProviderReply:
        while True:
            request = self._request(tool_choice)
            try:
                return await self._requests.send(request)
            except ProviderError as error:
                if not await self._room.make_after(error, request):
                    raise

    def _request(self, tool_choice: Literal["auto", "none"]) -> ModelRequest:
        messages = self._journal.messages
        system, tools = self._system(), self._tools(messages)
        self._size.fixed = fixed_tokens(system, tools)
        return self._requests.build(system, tools, messages, tool_choice)

    def _tools(self, messages: Sequence[Message]) -> tuple[ToolDefinition, ...]:
        """Send no definitions to the offline guide: it picks calls by its own examples."""
        if self._requests.is_guide:
            return self._registry.definitions()
        return self._registry.offered(self._session_id, messages)

    async def _take(self, reply: ProviderReply) -> ProviderReply:
        """Store a reply, count its cost and report anything odd about it."""
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
        self._size.measured(reply.usage, self._requests.as_sent(self._journal.messages))
        self._room.answered(tokens_in_context(reply.usage))

    def _with_own_ids(self, reply: ProviderReply) -> ProviderReply:
        """The reply with call ids that no other call of the conversation has: local servers restart their numbering."""
        taken, own = self._requests.view.call_ids(self._journal.messages), set[str]()
        blocks: list[Block] = []
        for block in reply.blocks:
            if isinstance(block, ToolUseBlock):
                if not block.id or block.id in taken or block.id in own:
                    block = replace(block, id=f"toolu_{uuid4().hex[:24]}")
                own.add(block.id)
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

    async def _note_ending(self, stop_reason: str) -> None:
        """Keep it for whoever opens the session later. The turn ends, whatever comes in between."""
        if stop_reason in UNUSUAL_ENDS:
            with suppress(StorageError, asyncio.CancelledError):
                await self._journal.note_ending(TurnEnding(stop_reason, well_formed(self._error)))

    def _fail(self, kind: str, error: Exception) -> str:
        message = str(error) if kind != "internal" else f"Something went wrong inside the program: {error!r}"
        self._error = message
        self._emit(ErrorRaised(self._turn_id, kind, message))
        return "budget" if kind == "budget" else "error"

    def _notice(self, level: NoticeLevel, message: str) -> None:
        self._emit(NoticeRaised(self._turn_id, level, message))

    def _finish(self, stop_reason: str) -> None:
        self.additions.close()
        tally = self._tally
        self._emit(
            TurnFinished(
                self._turn_id,
                self._session_id,
                stop_reason,
                tally.text,
                tally.iterations,
                self._requests.usage + self.calls.inside_usage,
                add_costs([*self._requests.costs, *self.calls.inside_costs]),
            )
        )


def _without_refused_calls(reply: ProviderReply) -> ProviderReply:
    """Drop the calls of a reply that ended as a refusal: they must not run."""
    if reply.stop_reason != "refusal":
        return reply
    return replace(reply, blocks=tuple(block for block in reply.blocks if not isinstance(block, ToolUseBlock)))


def _calls(reply: ProviderReply) -> tuple[ToolUseBlock, ...]:
    return tool_uses(Message(Role.ASSISTANT, reply.blocks))
