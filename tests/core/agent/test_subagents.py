"""Sub-agents: a fresh conversation inside a call, under what its parent may."""

import asyncio
from typing import Any

from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.provider import ModelRequest
from blufio_tui.core.agent.subagents import Subagents
from blufio_tui.core.agent.task_tool import TaskTool
from blufio_tui.core.conversation import ToolUseBlock
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import Event, NestedEvent, ToolCallFinished, ToolCallStarted
from blufio_tui.core.settings.schema import AgentSettings
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import CallContext, Tool, ToolOutcome
from tests.fakes.provider import USAGE, FakeProvider, Hang, Step, calls, says
from tests.fakes.tools import FakeTool
from tests.fakes.world import SESSION, World, finished, only


class ByPrompt(FakeProvider):
    """Answers each conversation from its own script, found by its first words."""

    def __init__(self, **scripts: list[Any]) -> None:
        super().__init__()
        self.by_prompt = scripts

    async def stream(self, request: ModelRequest) -> Any:
        word = request.messages[0].text.split()[0]
        self._scripts = [self.by_prompt[word].pop(0)] if self.by_prompt.get(word) else []
        async for event in super().stream(request):
            yield event


def world(provider: FakeProvider, *tools: Tool, config: AgentConfig | None = None) -> World[FakeProvider]:
    subagents = Subagents()
    made = World(provider, TaskTool(subagents), *tools, config=config)
    made.agent._subagents = subagents
    subagents.surroundings = made.agent._surroundings
    return made


def task(call_id: str, prompt: str, **more: Any) -> tuple[str, str, JsonObject]:
    return (call_id, "task", {"prompt": prompt, **more})


def nested(events: list[Event], kind: type) -> list[Any]:
    return [event.event for event in only(events, NestedEvent) if isinstance(event.event, kind)]


async def test_its_last_message_is_the_result_and_its_conversation_is_its_own() -> None:
    provider = ByPrompt(
        parent=[calls(task("t", "count the lines")), says("There are 7.")],
        count=[calls(("c", "look", {})), says("7 lines")],
    )
    made = world(provider, FakeTool("look"))
    events = await made.act("parent please")
    assert made.results()["t"].content == "7 lines" and finished(events).text == "There are 7."
    inner = provider.requests[1]
    assert [message.text for message in inner.messages] == ["count the lines"], "nothing of the parent's conversation"
    assert "last message" in inner.system[-1].text
    assert {one.name for one in inner.tools} == {"look"}, "no task inside a task"
    stored = [block for message in made.stored() for block in message.blocks if isinstance(block, ToolUseBlock)]
    assert [block.name for block in stored] == ["task"]


async def test_its_calls_nest_in_the_call_and_are_recorded_with_the_session() -> None:
    provider = ByPrompt(parent=[calls(task("t", "go")), says("ok")], go=[calls(("t", "look", {})), says("done")])
    made = world(provider, FakeTool("look"))
    events = await made.act("parent")
    started = nested(events, ToolCallStarted)
    assert [event.tool for event in started] == ["look"] and started[0].call_id != "t", "ids of its own"
    assert [event.call_id for event in only(events, NestedEvent)] == ["t"] * len(only(events, NestedEvent))
    record = made.store.tool_calls[started[0].call_id]
    assert (record.session_id, record.parent_call_id, record.tool) == (SESSION, "t", "look")


async def test_what_it_uses_counts_into_the_session_and_its_budget() -> None:
    provider = ByPrompt(parent=[calls(task("t", "go")), says("ok")], go=[says("done")])
    made = world(provider)
    await made.act("parent")
    assert [record.session_id for record in made.store.ledger] == [SESSION] * 3
    assert sum(record.usage.input_tokens for record in made.store.ledger) == 3 * USAGE.input_tokens


async def test_tasks_of_one_reply_run_side_by_side_and_a_change_waits_for_both() -> None:
    one, two = Hang(), Hang()
    write = FakeTool("write", change="write a.py")
    provider = ByPrompt(
        parent=[calls(task("t1", "first"), task("t2", "second"), ("w", "write", {})), says("ok")],
        first=[[one]],
        second=[[two]],
    )
    made = world(provider, write)
    turn = asyncio.create_task(made.act("parent"))
    await asyncio.wait_for(one.reached.wait(), 5)
    await asyncio.wait_for(two.reached.wait(), 5)
    assert write.invoked == []
    assert made.agent.cancel_call("t1") and made.agent.cancel_call("t2")
    await turn
    assert "cancelled by the user" in made.results()["t1"].content
    assert made.results()["w"].content.startswith("NOT RUN"), "a task that may change something counts as a change"


class Waits(FakeTool):
    def __init__(self) -> None:
        super().__init__("wait")
        self.begun = asyncio.Event()

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        self.begun.set()
        await asyncio.Event().wait()
        raise AssertionError


async def test_one_call_inside_can_be_cancelled_and_the_task_goes_on() -> None:
    waits = Waits()
    provider = ByPrompt(parent=[calls(task("t", "go")), says("ok")], go=[calls(("c", "wait", {})), says("gave up")])
    made = world(provider, waits)
    told: list[Event] = []

    async def act() -> None:
        async for event in made.agent.act("parent", session_id=SESSION):
            told.append(event)

    turn = asyncio.create_task(act())
    await asyncio.wait_for(waits.begun.wait(), 5)
    (call_id,) = made.agent._subagents._running["t"]._running
    assert made.agent.cancel_call(call_id)
    await turn
    assert made.results()["t"].content == "gave up"
    assert nested(told, ToolCallFinished)[0].error.kind is ErrorKind.CANCELLED


async def test_an_interrupted_turn_ends_its_sub_agents() -> None:
    waits = Waits()
    made = world(ByPrompt(parent=[calls(task("t", "go"))], go=[calls(("c", "wait", {}))]), waits)
    turn = asyncio.create_task(made.act("parent"))
    await asyncio.wait_for(waits.begun.wait(), 5)
    made.agent.interrupt()
    events = await turn
    assert finished(events).stop_reason == "interrupted"
    assert made.results()["t"].content.startswith("interrupted by the user")
    assert all(record.finished for record in made.store.tool_calls.values())
    assert made.agent._subagents._running == {}


async def test_a_tool_that_it_was_not_given_is_unknown_to_it() -> None:
    provider = ByPrompt(
        parent=[calls(task("t", "go", tools=["look"])), says("ok")], go=[calls(("c", "write", {})), says("could not")]
    )
    write = FakeTool("write", change="write")
    made = world(provider, FakeTool("look"), write)
    events = await made.act("parent")
    assert write.invoked == [] and 'there is no tool "write"' in nested(events, ToolCallFinished)[0].content


async def test_the_tasks_of_a_turn_share_its_requests() -> None:
    again: list[list[Step]] = [calls((str(n), "look", {})) for n in range(9)]
    provider = ByPrompt(
        parent=[calls(task("t1", "go")), calls(task("t2", "more")), says("ok")], go=[*again], more=[says("never asked")]
    )
    made = world(provider, FakeTool("look"), config=AgentConfig("fake-model", AgentSettings(max_tool_iterations=3)))
    await made.act("parent")
    assert "stopped after 3 requests with tools" in made.results()["t1"].content
    assert "agent.max_tool_iterations" in made.results()["t2"].content and made.results()["t2"].is_error


async def test_tasks_that_run_side_by_side_keep_no_requests_from_each_other() -> None:
    scripts: dict[str, list[Any]] = {f"t{n}": [says(f"done {n}")] for n in range(4)}
    provider = ByPrompt(parent=[calls(*(task(name, f"{name} go") for name in scripts)), says("ok")], **scripts)
    made = world(provider, config=AgentConfig("fake-model", AgentSettings(max_tool_iterations=4)))
    await made.act("parent")
    assert {name: made.results()[name].content for name in scripts} == {f"t{n}": f"done {n}" for n in range(4)}


async def test_tasks_that_run_side_by_side_together_make_no_more_requests_than_the_turn_may() -> None:
    again: list[Any] = [calls((str(n), "look", {"at": n})) for n in range(20)]
    provider = ByPrompt(parent=[calls(task("a", "go"), task("b", "on")), says("ok")], go=[*again], on=[*again])
    made = world(provider, FakeTool("look"), config=AgentConfig("fake-model", AgentSettings(max_tool_iterations=10)))
    await made.act("parent")
    with_tools = [request for request in provider.requests if request.tool_choice == "auto"]
    assert len(with_tools) == 2 + 10, "two of the agent's own"
    assert all("this may be unfinished" in made.results()[name].content for name in "ab")


async def test_its_failure_is_the_calls_failure() -> None:
    provider = ByPrompt(parent=[calls(task("t", "go")), says("ok")], go=[[RuntimeError("boom")]])
    made = world(provider)
    await made.act("parent")
    assert made.results()["t"].is_error and "boom" in made.results()["t"].content


async def test_its_calls_name_it() -> None:
    seen: list[CallContext] = []

    class Look(FakeTool):
        async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
            seen.append(context)
            return ToolOutcome("seen")

    provider = ByPrompt(
        parent=[calls(("l", "look", {}), task("a", "go")), calls(task("b", "go")), says("ok")],
        go=[calls(("c", "look", {})), says("1"), calls(("c", "look", {})), says("2")],
    )
    made = world(provider, Look("look"))
    await made.act("parent")
    assert [context.on_behalf for context in seen] == ["", "task 1", "task 2"]
    assert len({context.turn_id for context in seen}) == 1, "denials in it count for the turn"
