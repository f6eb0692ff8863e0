"""What happens between a prompt and its turn while servers are got to know."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.errors import NotThere, UsageError
from blufio_tui.core.events import ErrorRaised, Event, NoticeRaised, TurnFinished, TurnStarted
from blufio_tui.core.servers.agent import ServedAgent
from blufio_tui.core.tools import CallContext
from tests.fakes.memory_store import MemoryStore
from tests.fakes.pricing import FakePricing
from tests.fakes.provider import FakeProvider, says
from tests.fakes.session_clock import SettableClock


class Servers:
    """Not ready before they were prepared, which takes until `let_go`."""

    def __init__(self, *said: str) -> None:
        self.said, self.prepared, self.was_cancelled = said, False, False
        self.begun, self.let_go = asyncio.Event(), asyncio.Event()

    def is_ready(self, prompt: str) -> bool:
        return self.prepared and not prompt.startswith("/")

    async def prepare(self) -> Sequence[str]:
        self.begun.set()
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        self.prepared = True
        return self.said

    async def expanded(self, prompt: str, _context: CallContext) -> str:
        if prompt == "/far:gone":
            raise NotThere("the MCP server far has no prompt gone")
        return "a poem" if prompt == "/far:poem" else prompt


def agent_with(servers: Servers) -> tuple[ServedAgent, FakeProvider]:
    provider = FakeProvider(says("done"), says("done"))
    agent = ServedAgent(
        provider=provider,
        registry=ToolRegistry(),
        store=MemoryStore(),
        pricing=FakePricing(None),
        config=AgentConfig("fake-model"),
        clock=SettableClock(),
        system=lambda: (),
    )
    agent.servers = servers
    return agent, provider


async def events_of(agent: ServedAgent, prompt: str, session_id: str = "s") -> list[Event]:
    async with aclosing(agent.act(prompt, session_id=session_id)) as events:
        return [event async for event in events]


async def test_what_preparing_said_is_told_in_that_turn_once() -> None:
    servers = Servers("The MCP server far cannot be used.")
    agent, _ = agent_with(servers)
    servers.let_go.set()
    first, second = await events_of(agent, "hello"), await events_of(agent, "hello")
    assert [type(event) for event in first[:2]] == [TurnStarted, NoticeRaised]
    assert isinstance(first[1], NoticeRaised) and first[1].message == "The MCP server far cannot be used."
    assert not any(isinstance(event, NoticeRaised) for event in second)


async def test_an_interrupt_ends_the_turn_before_it_began() -> None:
    servers = Servers()
    agent, provider = agent_with(servers)
    turn = asyncio.create_task(events_of(agent, "hello"))
    await servers.begun.wait()
    assert not agent.interrupt("another session")
    assert agent.interrupt("s")
    started, finished = await turn
    assert isinstance(started, TurnStarted) and started.prompt == "hello"
    assert isinstance(finished, TurnFinished) and finished.stop_reason == "interrupted"
    assert servers.was_cancelled and provider.requests == []
    servers.let_go.set()
    assert (await events_of(agent, "hello"))[-1].text == "done"  # type: ignore[attr-defined]


@pytest.mark.parametrize("second", ["act", "compact"])
async def test_a_second_turn_is_refused_while_the_first_waits_for_its_servers(second: str) -> None:
    servers = Servers()
    agent, provider = agent_with(servers)
    turn = asyncio.create_task(events_of(agent, "hello"))
    await servers.begun.wait()
    with pytest.raises(UsageError, match="A turn is running"):
        _ = [one async for one in (agent.act("again", session_id="s") if second == "act" else agent.compact("s"))]
    servers.let_go.set()
    assert (await turn)[-1].text == "done"  # type: ignore[attr-defined]
    assert len(provider.requests) == 1


async def test_who_stops_listening_stops_the_preparation() -> None:
    servers = Servers()
    agent, provider = agent_with(servers)
    turn = asyncio.create_task(events_of(agent, "hello"))
    await servers.begun.wait()
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    servers.let_go.set()
    assert (await events_of(agent, "hello"))[-1].text == "done"  # type: ignore[attr-defined]
    assert servers.was_cancelled and len(provider.requests) == 1


async def test_a_prompt_of_a_server_is_sent_in_its_words_and_one_that_is_not_there_ends_the_turn() -> None:
    servers = Servers()
    agent, provider = agent_with(servers)
    servers.let_go.set()
    await events_of(agent, "/far:poem")
    assert provider.requests[0].messages[-1].text == "a poem"
    _, error, finished = await events_of(agent, "/far:gone")
    assert isinstance(error, ErrorRaised) and "has no prompt gone" in error.message
    assert isinstance(finished, TurnFinished) and finished.stop_reason == "error"
    assert len(provider.requests) == 1
