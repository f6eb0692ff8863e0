"""Summarise a conversation: ask the model for a summary and send it in place of the messages it covers."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from blufio_tui.core.agent.compaction import (
    CHARS_PER_TOKEN,
    CompactionPlan,
    loaded_skills,
    plan_compaction,
    shorter_requests,
    summary_message,
    summary_request,
    summary_without_model,
    within_room,
)
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.provider import ModelRequest, SystemBlock
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.requests import Requests
from blufio_tui.core.conversation import Message, Role
from blufio_tui.core.errors import ProviderError
from blufio_tui.core.events import Event, NoticeLevel, NoticeRaised
from blufio_tui.core.sessions.store import SessionStore
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.todo import carried_over

DOES_NOT_FIT = frozenset({"context_overflow", "too_large", "image"})
"""Refusals that say that less has to be sent."""

_UNKNOWN_WINDOW_CHARS = 200_000


class Compactor:
    """Compacts one session. A failure leaves the conversation unchanged and is reported.

    Attributes:
        failed: the last request for a summary failed, for a reason other than its length.
    """

    def __init__(
        self,
        *,
        session_id: str,
        turn_id: str,
        store: SessionStore,
        registry: ToolRegistry,
        system: Callable[[], tuple[SystemBlock, ...]],
        requests: Requests,
        config: AgentConfig,
        emit: Callable[[Event], None],
    ) -> None:
        self._session_id = session_id
        self._turn_id = turn_id
        self._store = store
        self._registry = registry
        self._system = system
        self._requests = requests
        self._config = config
        self._emit = emit
        self.failed = False

    async def compact(self, *, wishes: str = "", room: int | None = None, least: int = 0) -> bool:
        """True if a summary now stands for earlier messages.

        Args:
            wishes: what the person wants the summary to keep.
            room: tokens that the messages kept unchanged may take; None to keep the last turns whole.
            least: do nothing if fewer tokens than this would be summarised.

        Raises:
            StorageError: the conversation cannot be read or the summary not be stored.
        """
        if self._requests.is_guide:
            return False
        stored = await self._store.messages(self._session_id)
        sent = self._requests.as_sent([one.message for one in stored])
        viewed = [replace(one, message=message) for one, message in zip(stored, sent, strict=True)]
        plan = plan_compaction(viewed, self._config.keep_turns, room=room, least=least)
        if plan is None:
            if room is None:
                self._tell(NoticeLevel.WARNING, "Nothing to summarise yet: the window holds only the last turn.")
            return False
        self._tell(NoticeLevel.INFO, f"Summarising {plural(len(plan.summarised), 'earlier message')} to make room …")
        text = await self._summary(plan, wishes)
        self.failed = not text
        if self.failed:
            return False
        shown = await self._store.all_messages(self._session_id)
        text = carried_over(text, (one.message for one in shown))
        opening = plan.opening if room is None else within_room(plan.opening, room)
        summary = summary_message(text, opening, loaded_skills(plan.summarised))
        await self._store.add_summary(self._session_id, self._turn_id, summary, plan.stands_for)
        self._tell(NoticeLevel.INFO, "Done. The model now sees the summary; the messages themselves stay stored.")
        return True

    async def _summary(self, plan: CompactionPlan, wishes: str) -> str:
        """The model's summary. If the request does not fit the window, it is repeated with half the text, and finally
        given up."""
        for request in self._attempts(plan, wishes):
            try:
                reply = await self._requests.send(request, silent=True)
            except ProviderError as error:
                await self._requests.record_lost_attempt("compaction")
                if error.kind in DOES_NOT_FIT:
                    self._requests.learn_from(error)
                    continue
                self._tell(NoticeLevel.WARNING, f"The conversation could not be summarised: {error}")
                return ""
            await self._requests.record(reply.usage, reply.model, "compaction")
            text = Message(Role.ASSISTANT, reply.blocks).text.strip()
            if not text:
                self._tell(NoticeLevel.WARNING, "The conversation could not be summarised: the model sent no summary.")
            return text
        self._tell(
            NoticeLevel.WARNING,
            "The conversation is too long to be summarised. The model continues with your prompts and its last calls.",
        )
        return summary_without_model(plan.summarised)

    def _attempts(self, plan: CompactionPlan, wishes: str) -> Iterator[ModelRequest]:
        whole = ModelRequest(
            model=self._config.model,
            system=self._system(),
            tools=self._registry.offered(self._session_id, plan.summarised),
            messages=summary_request(plan.summarised, wishes),
            max_tokens=self._requests.max_tokens,
            tool_choice="none",
        )
        yield whole
        window = self._requests.told_window
        most = int(window * CHARS_PER_TOKEN / 2) if window else _UNKNOWN_WINDOW_CHARS
        for messages in shorter_requests(plan.summarised, wishes, most):
            # As text, without calls, tools need not be declared: in a small window they may be what does not fit.
            yield replace(whole, system=(), tools=(), messages=messages, max_tokens=self._requests.max_tokens)

    def _tell(self, level: NoticeLevel, message: str) -> None:
        self._emit(NoticeRaised(self._turn_id, level, message))
