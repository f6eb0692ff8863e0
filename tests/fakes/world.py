"""A whole agent for tests: a provider of the test's choice, watched tools, a store in memory."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from blufio_tui.core.agent.agent import Agent
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.provider import Provider, SystemBlock
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.situation import Situation
from blufio_tui.core.conversation import Message, ToolResultBlock
from blufio_tui.core.events import Event, TurnFinished
from blufio_tui.core.sessions.conversation_repair import tool_results
from blufio_tui.core.tools import Tool
from tests.fakes.memory_store import MemoryStore
from tests.fakes.pricing import FakePricing
from tests.fakes.session_clock import SettableClock

SESSION = "s"
ProviderT = TypeVar("ProviderT", bound=Provider)


class World(Generic[ProviderT]):
    """An agent with everything around it faked."""

    def __init__(
        self,
        provider: ProviderT,
        *tools: Tool,
        window: int | None = None,
        config: AgentConfig | None = None,
        situation: Situation | None = None,
        mask: Callable[[str], str] = str,
    ) -> None:
        self.provider = provider
        self.store = MemoryStore()
        self.clock = SettableClock()
        self.agent = Agent(
            provider=provider,
            registry=ToolRegistry(tools),
            store=self.store,
            pricing=FakePricing(window),
            config=config or AgentConfig("fake-model"),
            clock=self.clock,
            system=lambda: (SystemBlock("You are a test.", cache_mark=True),),
            situation=situation,
            mask=mask,
        )

    async def act(self, prompt: str = "hello", **more: Any) -> list[Event]:
        return [event async for event in self.agent.act(prompt, session_id=SESSION, **more)]

    def stored(self) -> list[Message]:
        return [one.message for one in self.store.sessions[SESSION]]

    def results(self) -> dict[str, ToolResultBlock]:
        return {result.tool_use_id: result for message in self.stored() for result in tool_results(message)}


def only(events: list[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def finished(events: list[Event]) -> TurnFinished:
    assert isinstance(events[-1], TurnFinished)
    return events[-1]
