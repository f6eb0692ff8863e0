"""One reply outside of the conversation, as a server asks for."""

import pytest

from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.errors import BudgetExceeded
from blufio_tui.core.sessions.records import Spending
from blufio_tui.core.settings.schema import BudgetSettings
from tests.fakes.provider import FakeProvider, says
from tests.fakes.world import SESSION, World

QUESTION = (Message(Role.USER, (TextBlock("hello?"),)),)


async def test_it_is_counted_and_stays_out_of_the_conversation() -> None:
    world = World(FakeProvider(says("hi")))
    answer = await world.agent.answer_once("be brief", QUESTION, 50, session_id=SESSION, turn_id="t1", asker="mcp:x")
    assert answer == ("hi", "fake-model", "end_turn")
    (request,) = world.provider.requests
    assert (request.system[0].text, request.tools, request.max_tokens) == ("be brief", (), 50)
    assert [record.stop_reason for record in world.store.ledger] == ["sampling"]
    assert SESSION not in world.store.sessions


async def test_a_used_up_budget_stops_it() -> None:
    world = World(FakeProvider(says("hi")), config=AgentConfig("m", budget=BudgetSettings(session_usd=1.0)))
    world.store.spent = Spending(1.5, 1.5, 1.5)
    with pytest.raises(BudgetExceeded):
        await world.agent.answer_once("", QUESTION, 50, session_id=SESSION, turn_id="t1", asker="mcp:x")
    assert world.provider.requests == []
