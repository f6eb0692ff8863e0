"""Sum a conversation up: ask the model for a summary and put it in the place of what it stands for."""

from collections.abc import Callable

from blufio_tui.core.agent.compaction import plan_compaction, summary_message, summary_request
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.provider import ModelRequest, SystemBlock
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.requests import Requests
from blufio_tui.core.conversation import Message, Role
from blufio_tui.core.errors import ProviderError
from blufio_tui.core.events import Event, NoticeLevel, NoticeRaised
from blufio_tui.core.sessions.store import SessionStore


class Compactor:
    """Compacts one session. A failure leaves the conversation as it was, and says so."""

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

    async def compact(self) -> bool:
        """True when a summary now stands for earlier messages.

        Raises:
            StorageError: the conversation cannot be read or the summary not be stored.
        """
        if self._requests.is_guide:
            return False
        plan = plan_compaction(await self._store.messages(self._session_id), self._config.keep_turns)
        if plan is None:
            self._tell(NoticeLevel.WARNING, "There is nothing to sum up yet: the window holds only the last turn.")
            return False
        self._tell(NoticeLevel.INFO, f"Summing up {len(plan.summarised)} earlier messages to make room …")
        text = await self._summary(plan.summarised)
        if not text:
            return False
        await self._store.add_summary(self._session_id, self._turn_id, summary_message(text), plan.stands_for)
        self._tell(NoticeLevel.INFO, "Done. The model now sees the summary; the messages themselves stay stored.")
        return True

    async def _summary(self, summarised: tuple[Message, ...]) -> str:
        try:
            reply = await self._requests.send(self._request(summarised), silent=True)
        except ProviderError as error:
            await self._requests.record_lost_attempt("compaction")
            self._tell(NoticeLevel.WARNING, f"The conversation could not be summed up: {error}")
            return ""
        await self._requests.record(reply.usage, reply.model, "compaction")
        text = Message(Role.ASSISTANT, reply.blocks).text.strip()
        if not text:
            self._tell(NoticeLevel.WARNING, "The conversation could not be summed up: the model sent no summary.")
        return text

    def _request(self, summarised: tuple[Message, ...]) -> ModelRequest:
        return ModelRequest(
            model=self._config.model,
            system=self._system(),
            tools=self._registry.offered(self._session_id, summarised),
            messages=summary_request(summarised),
            max_tokens=self._requests.max_tokens,
            tool_choice="none",
        )

    def _tell(self, level: NoticeLevel, message: str) -> None:
        self._emit(NoticeRaised(self._turn_id, level, message))
