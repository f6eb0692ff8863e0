"""The agent on the real session store: what a reopened session tells the model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.agent.agent import Agent
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.provider import SystemBlock
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.conversation import TextBlock, ThinkingBlock, TokenUsage
from blufio_tui.core.errors import ProviderError
from blufio_tui.core.events import Event, TurnFinished
from blufio_tui.core.sessions.conversation_repair import tool_results
from blufio_tui.core.sessions.records import SUMMARY_HEAD, MessageState
from blufio_tui.ui.state.entries import Notice, TurnEnd
from blufio_tui.ui.state.restore import entries_from
from tests.fakes.pricing import FakePricing
from tests.fakes.provider import FakeProvider, calls, reply, says
from tests.fakes.session_clock import SettableClock
from tests.fakes.tools import FakeTool


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteSessions]:
    database = Database(tmp_path / "blufio.db")
    database.open()
    yield SqliteSessions(database, SettableClock())
    database.close()


def agent_on(store: SqliteSessions, *scripts: list) -> tuple[Agent, FakeProvider]:
    provider = FakeProvider(*scripts)
    agent = Agent(
        provider=provider,
        registry=ToolRegistry([FakeTool("look")]),
        store=store,
        pricing=FakePricing(100_000),
        config=AgentConfig("fake-model", keep_turns=1),
        clock=SettableClock(),
        system=lambda: (SystemBlock("You are a test."),),
    )
    return agent, provider


async def act(agent: Agent, session_id: str, prompt: str) -> list[Event]:
    return [event async for event in agent.act(prompt, session_id=session_id)]


async def test_another_agent_sees_the_same_conversation(store: SqliteSessions) -> None:
    session_id = await store.create("/p")
    first, _ = agent_on(store, calls(("b", "look", {}), ("a", "look", {}), text="I look."), says("Seen."))
    await act(first, session_id, "look twice")
    second, provider = agent_on(store)
    await act(second, session_id, "and now?")
    sent = provider.requests[0].messages
    assert [message.text for message in sent] == ["look twice", "I look.", "", "Seen.", "and now?"]
    assert [result.tool_use_id for result in tool_results(sent[2])] == ["b", "a"]


async def test_thinking_keeps_its_signature_and_its_model(store: SqliteSessions) -> None:
    session_id = await store.create("/p")
    thought = ThinkingBlock("hm", "signed", "fake-model")
    agent, provider = agent_on(store, reply(thought, TextBlock("a")))
    await act(agent, session_id, "one")
    await act(agent, session_id, "two")
    assert provider.requests[1].messages[1].blocks[0] == thought


async def test_a_summary_stands_for_what_came_before_and_the_messages_stay(store: SqliteSessions) -> None:
    session_id = await store.create("/p")
    big = TokenUsage(90_000, 10)
    agent, provider = agent_on(store, says("first", usage=big), says("The gist."), says("second"), says("third"))
    for prompt in ("one", "two", "three"):
        assert isinstance((await act(agent, session_id, prompt))[-1], TurnFinished)
    assert [message.text for message in provider.requests[-1].messages] == [
        f"{SUMMARY_HEAD}The gist.two",
        "second",
        "three",
    ]
    everything = [stored.message.text for stored in await store.all_messages(session_id)]
    assert {"one", "first", "two", "second", "three", "third"} <= set(everything)
    assert (await store.totals(session_id=session_id)).requests == 4


async def test_an_interrupted_reply_is_stored_as_partial(store: SqliteSessions) -> None:
    session_id = await store.create("/p")
    agent, _ = agent_on(store, says("some ", "more ", "words"))
    async for event in agent.act("go", session_id=session_id):
        if type(event).__name__ == "TextDelta":
            agent.interrupt(session_id)
    last = (await store.all_messages(session_id))[-1]
    assert last.state is MessageState.PARTIAL
    assert last.message.text.startswith("some")


@pytest.mark.parametrize(
    ("script", "stop_at", "said"),
    [
        ([ProviderError("overloaded", "the server is busy")], "", ["the server is busy", "ended by an error"]),
        (says("some ", "more ", "words"), "TextDelta", ["interrupted"]),
        (calls(("a", "look", {})), "ToolCallStarted", ["interrupted"]),
        (says("words"), "", []),
    ],
    ids=["failed", "interrupted", "interrupted in a call", "well"],
)
async def test_how_a_turn_ended_is_said_again_when_the_session_is_opened_imported_or_exported(
    store: SqliteSessions, script: list, stop_at: str, said: list[str]
) -> None:
    session_id = await store.create("/p")
    agent, _ = agent_on(store, script)
    async for event in agent.act("go", session_id=session_id):
        if type(event).__name__ == stop_at:
            agent.interrupt(session_id)
    copy = await store.import_json(await store.export_json(session_id))
    for one in (session_id, copy):
        entries = entries_from(await store.all_messages(one))
        ends = [entry for entry in entries if isinstance(entry, Notice | TurnEnd)]
        assert [end.message if isinstance(end, Notice) else end.summary for end in ends] == said
        document = await store.export_markdown(one)
        assert all(words in document for words in said)


async def test_a_turn_that_another_one_followed_is_still_said_to_have_failed(store: SqliteSessions) -> None:
    session_id = await store.create("/p")
    agent, _ = agent_on(store, [ProviderError("overloaded", "the server is busy")], says("now it works"))
    await act(agent, session_id, "one")
    await act(agent, session_id, "two")
    entries = entries_from(await store.all_messages(session_id))
    assert [type(entry).__name__ for entry in entries] == ["UserSaid", "Notice", "TurnEnd", "UserSaid", "Reply"]
