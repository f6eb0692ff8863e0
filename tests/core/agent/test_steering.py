"""What a person adds while a turn runs goes in before the next request, once, and is known again as such."""

import asyncio

import pytest

from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.provider import ProviderText
from blufio_tui.core.agent.steering import added_text, only_continues, steering
from blufio_tui.core.conversation import ImageBlock, Message, Role, TextBlock
from blufio_tui.core.events import SteeringAdded, ToolCallFinished
from blufio_tui.core.settings.schema import AgentSettings
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import CallContext, ToolOutcome
from tests.fakes.provider import FakeProvider, Hang, calls, says
from tests.fakes.tools import FakeTool
from tests.fakes.world import SESSION, World, finished, only


def _steers(world: "list[World[FakeProvider]]", text: str = "In blue.") -> FakeTool:
    """A tool that adds something to its own turn, as a person would while it runs."""

    async def steer(arguments: JsonObject, context: CallContext) -> ToolOutcome:
        assert await world[0].agent.steer(text, session_id=SESSION, key="k")
        return ToolOutcome("looked")

    return FakeTool("look", steer)


async def test_what_is_added_goes_with_the_next_request_after_the_results() -> None:
    worlds: list[World[FakeProvider]] = []
    world = World(FakeProvider(calls(("1", "look", {})), says("blue it is")), _steers(worlds))
    worlds.append(world)
    events = await world.act("Paint it.")
    assert only(events, SteeringAdded) == [SteeringAdded(events[0].turn_id, "In blue.", "k")]
    kinds = [type(event) for event in events]
    assert kinds.index(ToolCallFinished) < kinds.index(SteeringAdded)
    _, added = world.provider.requests[1].messages[-1].blocks
    assert added == TextBlock("While you were working, I added:\nIn blue.")
    assert [added_text(message) for message in world.stored()] == [None, None, None, "In blue.", None]
    assert finished(events).text == "blue it is"


async def test_what_was_taken_back_does_not_go_in() -> None:
    hang = Hang()
    world = World(FakeProvider([ProviderText("do"), hang, *says("done")[1:]], says("more")))
    turn = asyncio.create_task(world.act())
    await hang.reached.wait()
    image = ImageBlock("image/png", "AAAA")
    assert await world.agent.steer("And this.", session_id=SESSION, key="k", attachments=(image,))
    assert world.agent.take_back(SESSION, "k") and not world.agent.take_back(SESSION, "k")
    world.agent.interrupt()
    await turn
    assert len(world.stored()) == 2


async def test_a_turn_that_ends_goes_on_with_what_was_added_before_its_end() -> None:
    class Adds(FakeProvider):
        async def stream(self, request):  # type: ignore[no-untyped-def]
            if not self.requests:
                assert await world.agent.steer("And this.", session_id=SESSION, key="k")
            async for event in super().stream(request):
                yield event

    world: World[Adds] = World(Adds(says("first"), says("second")))
    events = await world.act()
    assert (finished(events).text, finished(events).iterations) == ("second", 2)
    roles = [message.role for message in world.provider.requests[1].messages]
    assert roles == [Role.USER, Role.ASSISTANT, Role.USER]


@pytest.mark.parametrize("reason", ["refusal", "max_tokens"])
async def test_a_turn_that_did_not_end_well_leaves_what_was_added_to_the_person(reason: str) -> None:
    class Adds(FakeProvider):
        async def stream(self, request):  # type: ignore[no-untyped-def]
            assert await world.agent.steer("And this.", session_id=SESSION, key="k")
            async for event in super().stream(request):
                yield event

    world: World[Adds] = World(Adds(says("first", stop_reason=reason)))
    events = await world.act()
    assert not only(events, SteeringAdded)
    assert [message.text for message in world.stored()] == ["hello", "first"]


async def test_without_a_running_turn_nothing_is_taken() -> None:
    world = World(FakeProvider(says("hi")))
    assert not await world.agent.steer("x", session_id=SESSION, key="k")
    assert not world.agent.take_back(SESSION, "k")
    await world.act()
    assert not await world.agent.steer("x", session_id=SESSION, key="k")


async def test_at_the_limit_of_requests_what_was_added_still_reaches_the_model() -> None:
    worlds: list[World[FakeProvider]] = []
    provider = FakeProvider(calls(("1", "look", {})), says("that is all"))
    world = World(provider, _steers(worlds), config=AgentConfig("m", AgentSettings(max_tool_iterations=1)))
    worlds.append(world)
    assert finished(await world.act()).stop_reason == "max_iterations"
    assert "In blue." in provider.requests[-1].messages[-1].text


@pytest.mark.parametrize(
    ("said", "goes_on"), [("Go on.", True), ("continue", True), ("go on with tests", False), ("", False)]
)
def test_a_prompt_that_only_goes_on_is_known(said: str, goes_on: bool) -> None:
    assert only_continues(Message(Role.USER, (TextBlock(said),))) == goes_on


def test_an_addition_is_told_and_known_again_also_with_attachments_and_odd_text() -> None:
    message = Message(Role.USER, (ImageBlock("image/png", "A"), steering("line one\nline two \ud800")))
    assert added_text(message) == "line one\nline two \ufffd"
    assert added_text(Message(Role.ASSISTANT, message.blocks)) is None
