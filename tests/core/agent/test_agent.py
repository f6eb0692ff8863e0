"""What one turn of the agent does, with a scripted model and watched tools."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.provider import ModelRequest, ProviderEvent, ProviderRestarted, ProviderText, ProviderUsage
from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.conversation import ImageBlock, Message, Role, TextBlock, TokenUsage, ToolResultBlock
from blufio_tui.core.errors import ErrorKind, ProviderError, UsageError
from blufio_tui.core.events import (
    ErrorRaised,
    HostCallFinished,
    NoticeRaised,
    ReplyDiscarded,
    RequestFinished,
    RequestStarted,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    ToolOutputDelta,
    TurnFinished,
    TurnStarted,
)
from blufio_tui.core.sessions.conversation_repair import tool_results, tool_uses
from blufio_tui.core.sessions.records import MessageState, Spending
from blufio_tui.core.settings.schema import AgentSettings, BudgetSettings
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.text.key_masks import mask_keys
from blufio_tui.core.tools import CallContext, ToolOutcome
from tests.fakes.provider import FakeProvider, Hang, calls, reply, says
from tests.fakes.tools import EndlessTool, FakeTool
from tests.fakes.world import SESSION, World, finished, only


async def test_a_plain_reply_is_streamed_stored_and_counted() -> None:
    world = World(FakeProvider(says("Hel", "lo")))
    events = await world.act()
    assert [type(event) for event in events] == [
        TurnStarted,
        RequestStarted,
        TextDelta,
        TextDelta,
        RequestFinished,
        TurnFinished,
    ]
    assert finished(events).text == "Hello"
    assert finished(events).cost_usd == pytest.approx(0.2)
    assert finished(events).iterations == 1
    assert [message.text for message in world.stored()] == ["hello", "Hello"]
    assert world.store.ledger[0].usage == TokenUsage(100, 20)


async def test_calls_of_one_reply_run_side_by_side_and_answer_in_their_order() -> None:
    met = asyncio.Barrier(2)

    async def meet(arguments: JsonObject, context: CallContext) -> ToolOutcome:
        await met.wait()
        return ToolOutcome(str(arguments["n"]))

    world = World(
        FakeProvider(calls(("b", "meet", {"n": 1}), ("a", "meet", {"n": 2})), says("ok")), FakeTool("meet", meet)
    )
    events = await world.act()
    sent = world.provider.requests[1].messages
    assert [type(block) for block in sent[-1].blocks] == [ToolResultBlock, ToolResultBlock]
    assert [(r.tool_use_id, r.content) for r in tool_results(sent[-1])] == [("b", "1"), ("a", "2")]
    assert len(only(events, ToolCallStarted)) == len(only(events, ToolCallFinished)) == 2
    assert finished(events).iterations == 2


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (("1", "wether", {}), "did you mean weather?"),
        (("1", "weather", {"city": 3}), "at city: 3 is not of type 'string'"),
        (("1", "weather", {}), "'city' is a required property"),
        (("1", "weather", ["Oslo"]), "not valid"),
    ],
)
async def test_a_call_that_cannot_be_made_is_explained_to_the_model(use: tuple, told: str) -> None:
    schema: JsonObject = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}
    tool = FakeTool("weather", schema=schema)
    world = World(FakeProvider(calls(use), says("sorry")), tool)
    events = await world.act()
    (result,) = world.results().values()
    assert result.is_error
    assert told in result.content
    assert tool.invoked == []
    assert finished(events).stop_reason == "end_turn"


async def test_a_tool_that_raises_becomes_an_error_result() -> None:
    async def explode(arguments: JsonObject, context: CallContext) -> ToolOutcome:
        raise KeyError("oops")

    world = World(FakeProvider(calls(("1", "bad", {})), says("hm")), FakeTool("bad", explode))
    await world.act()
    assert world.results()["1"].is_error
    assert "KeyError" in world.results()["1"].content


async def test_host_calls_inside_a_tool_appear_between_its_start_and_its_end() -> None:
    host_call = HostCallFinished(
        "t", "1", "h", Kind.NET, "https://x", Verdict.DENY, DecidedBy.MODE, "mode", "denied", 1.0, 7
    )

    async def ask(arguments: JsonObject, context: CallContext) -> ToolOutcome:
        context.emit(host_call)
        await asyncio.sleep(0)
        return ToolOutcome("capability not permitted: net https://x", is_error=True)

    world = World(FakeProvider(calls(("1", "net", {})), says("I see")), FakeTool("net", ask))
    kinds = [type(event) for event in await world.act()]
    assert kinds.index(ToolCallStarted) < kinds.index(HostCallFinished) < kinds.index(ToolCallFinished)
    assert world.store.tool_calls["1"].host_calls == (host_call,)


async def test_the_iteration_limit_ends_with_one_request_that_forbids_tools() -> None:
    provider = FakeProvider(calls(("1", "t", {})), calls(("2", "t", {})), says("enough"))
    world = World(provider, FakeTool("t"), config=AgentConfig("m", AgentSettings(max_tool_iterations=2)))
    events = await world.act()
    assert [request.tool_choice for request in provider.requests] == ["auto", "auto", "none"]
    assert provider.requests[-1].tools
    assert (finished(events).text, finished(events).stop_reason) == ("enough", "max_iterations")


async def test_calls_after_the_limit_are_answered_without_being_run() -> None:
    tool = FakeTool("t")
    provider = FakeProvider(calls(("1", "t", {})), calls(("2", "t", {})))
    world = World(provider, tool, config=AgentConfig("m", AgentSettings(max_tool_iterations=1)))
    await world.act()
    assert len(tool.invoked) == 1
    assert world.results()["2"].is_error


async def test_interrupting_while_text_streams_keeps_the_text_as_partial() -> None:
    hang = Hang()
    world = World(FakeProvider([ProviderUsage(TokenUsage(50, 1), "m"), ProviderText("half a "), hang]))
    turn = asyncio.create_task(world.act())
    await hang.reached.wait()
    assert world.agent.interrupt(SESSION)
    events = await turn
    assert (finished(events).stop_reason, finished(events).text) == ("interrupted", "half a ")
    assert world.stored()[-1] == Message(Role.ASSISTANT, (TextBlock("half a "),))
    assert world.store.sessions[SESSION][-1].state is MessageState.PARTIAL
    assert world.store.ledger[0].usage.input_tokens == 50


async def test_closing_the_stream_while_a_tool_runs_stops_it_and_stores_its_result() -> None:
    endless = EndlessTool()
    world = World(FakeProvider(calls(("1", "endless", {}), ("2", "quick", {}))), endless, FakeTool("quick"))
    async with aclosing(world.agent.act("go", session_id=SESSION)) as events:
        async for event in events:
            if isinstance(event, ToolCallFinished):
                await endless.started.wait()
                break
    assert endless.cancelled
    assert world.results()["1"].content.startswith("interrupted by the user")
    assert not world.results()["2"].is_error
    assert {use.id for message in world.stored() for use in tool_uses(message)} == set(world.results())


async def test_cancelling_the_task_that_reads_the_events_interrupts_the_turn() -> None:
    endless = EndlessTool()
    world = World(FakeProvider(calls(("1", "endless", {}))), endless)
    turn = asyncio.create_task(world.act())
    await endless.started.wait()
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    assert world.results()["1"].is_error
    assert await world.act("again")


async def test_cancelling_one_call_leaves_the_others_and_the_turn_running() -> None:
    endless = EndlessTool()
    world = World(
        FakeProvider(calls(("1", "endless", {}), ("2", "quick", {})), says("fine")), endless, FakeTool("quick")
    )
    turn = asyncio.create_task(world.act())
    await endless.started.wait()
    assert world.agent.cancel_call("1")
    events = await turn
    assert world.results()["1"].content == "cancelled by the user before it did anything"
    assert world.results()["2"].content == "quick ran"
    assert finished(events).text == "fine"
    cancelled = next(event for event in only(events, ToolCallFinished) if event.call_id == "1")
    assert cancelled.error.kind is ErrorKind.CANCELLED
    assert not world.agent.cancel_call("1")


async def test_a_prompt_is_stored_even_when_the_turn_is_interrupted_at_once() -> None:
    world = World(FakeProvider())
    turn = asyncio.create_task(world.act("do not lose me"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    world.agent.interrupt()
    await turn
    assert world.stored()[0].text == "do not lose me"


async def test_a_call_cut_off_by_a_crash_gets_a_result_and_is_not_run_again() -> None:
    tool = FakeTool("t")
    world = World(FakeProvider(), tool)
    crashed = Message(Role.ASSISTANT, tool_uses_of(calls(("old", "t", {}))))
    await world.store.append(SESSION, "crashed", Message(Role.USER, (TextBlock("go"),)))
    await world.store.append(SESSION, "crashed", crashed)
    await world.act("and now?")
    assert "interrupted" in world.results()["old"].content
    assert tool.invoked == []
    roles = [message.role for message in world.provider.requests[0].messages]
    assert roles == [Role.USER, Role.ASSISTANT, Role.USER]


def tool_uses_of(script: list) -> tuple:
    return script[-1].blocks


async def test_an_empty_prompt_goes_on_with_what_is_stored() -> None:
    world = World(FakeProvider([ProviderError("connection", "no network")], says("back again")))
    events = await world.act("my words")
    assert only(events, ErrorRaised)[0].kind == "connection"
    assert finished(events).stop_reason == "error"
    events = await world.act("")
    assert finished(events).text == "back again"
    assert [message.text for message in world.stored()] == ["my words", "back again"]


async def test_a_restarted_reply_is_discarded_and_its_tokens_are_kept_in_the_ledger() -> None:
    script = [ProviderUsage(TokenUsage(9, 1), "m"), ProviderText("lost"), ProviderRestarted("cut"), *says("whole")]
    world = World(FakeProvider(script))
    events = await world.act()
    assert only(events, ReplyDiscarded)
    assert [record.stop_reason for record in world.store.ledger] == ["restarted", "end_turn"]
    assert world.stored()[-1].text == "whole"


async def test_the_ledger_says_how_long_each_request_took() -> None:
    class SlowProvider(FakeProvider):
        async def stream(self, request: ModelRequest) -> AsyncIterator[ProviderEvent]:
            async for event in super().stream(request):
                world.clock.pass_seconds(1.5)
                yield event

    lost = [ProviderUsage(TokenUsage(9, 1), "m"), ProviderRestarted("cut")]
    world = World(SlowProvider([*lost, *says("a", "b")]))
    await world.act()
    assert [record.duration_ms for record in world.store.ledger] == [3000, 4500]
    assert world.store.ledger[-1].created == world.clock.now()


async def test_a_reply_that_fails_for_good_keeps_the_text_that_was_shown() -> None:
    world = World(FakeProvider([ProviderText("so far"), ProviderError("overloaded", "busy")]))
    await world.act()
    assert world.stored()[-1].text == "so far"


async def test_an_empty_reply_is_not_stored_and_is_said() -> None:
    world = World(FakeProvider(reply()))
    events = await world.act()
    assert "empty reply" in only(events, NoticeRaised)[0].message
    assert len(world.stored()) == 1
    assert finished(events).text == ""


async def test_pause_turn_goes_on_by_itself() -> None:
    world = World(FakeProvider(says("first", stop_reason="pause_turn"), says("second")))
    events = await world.act()
    assert finished(events).iterations == 2
    assert world.provider.requests[1].messages[-1].role is Role.USER


@pytest.mark.parametrize("stop_reason", ["max_tokens", "refusal", "model_context_window_exceeded"])
async def test_a_reply_that_did_not_simply_end_is_explained(stop_reason: str) -> None:
    world = World(FakeProvider(says("hm", stop_reason=stop_reason)))
    events = await world.act()
    assert len(only(events, NoticeRaised)) == 1
    assert finished(events).stop_reason == stop_reason


async def test_a_used_up_budget_stops_before_the_request_and_says_how_to_raise_it() -> None:
    config = AgentConfig("m", budget=BudgetSettings(session_usd=1.0))
    world = World(FakeProvider(), config=config)
    world.store.spent = Spending(1.5, 1.5, 1.5)
    events = await world.act("keep this")
    assert world.provider.requests == []
    assert only(events, ErrorRaised)[0].kind == "budget"
    assert "budget.session_usd" in only(events, ErrorRaised)[0].message
    assert finished(events).stop_reason == "budget"
    assert world.stored()[0].text == "keep this"


async def test_a_budget_warns_once_a_turn_from_eighty_percent_on() -> None:
    config = AgentConfig("m", budget=BudgetSettings(daily_usd=10.0))
    world = World(FakeProvider(calls(("1", "t", {})), says("ok")), FakeTool("t"), config=config)
    world.store.spent = Spending(0, 8.5, 8.5)
    events = await world.act()
    assert [notice.message for notice in only(events, NoticeRaised)] == [
        "85 % of the daily budget is spent: $8.50 of $10.00 (budget.daily_usd)."
    ]


async def test_an_unknown_price_makes_the_turn_cost_unknown() -> None:
    world = World(FakeProvider(reply(TextBlock("x"), model="unpriced")))
    assert finished(await world.act()).cost_usd is None


async def test_a_second_turn_in_one_session_is_refused() -> None:
    hang = Hang()
    world = World(FakeProvider([hang]))
    turn = asyncio.create_task(world.act())
    await hang.reached.wait()
    with pytest.raises(UsageError):
        await world.act()
    world.agent.interrupt()
    await turn


async def test_call_ids_used_before_are_replaced() -> None:
    world = World(
        FakeProvider(calls(("call_0", "t", {})), calls(("call_0", "t", {}), ("", "t", {})), says("ok")), FakeTool("t")
    )
    await world.act()
    ids = [use.id for message in world.stored() for use in tool_uses(message)]
    assert len(set(ids)) == 3
    assert all(ids)
    assert set(ids) == set(world.results())


async def test_attachments_go_before_the_words() -> None:
    world = World(FakeProvider())
    await world.act("what is this?", attachments=[ImageBlock("image/png", "AAAA")])
    assert [type(block) for block in world.provider.requests[0].messages[0].blocks] == [ImageBlock, TextBlock]


async def test_storage_that_fails_ends_the_turn_with_a_sentence() -> None:
    world = World(FakeProvider())
    world.store.broken = True
    events = await world.act()
    assert only(events, ErrorRaised)[0].kind == "storage"
    assert world.provider.requests == []


async def test_a_tool_that_ignores_cancelling_cannot_hold_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blufio_tui.core.agent.tool_calls.GRACE_SECS", 0.01)
    started, let_go = asyncio.Event(), asyncio.Event()

    async def stubborn(arguments: JsonObject, context: CallContext) -> ToolOutcome:
        started.set()
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue
        return ToolOutcome("too late")

    world = World(FakeProvider(calls(("1", "stubborn", {}))), FakeTool("stubborn", stubborn))
    turn = asyncio.create_task(world.act())
    await started.wait()
    world.agent.interrupt()
    assert finished(await turn).stop_reason == "interrupted"
    let_go.set()
    await asyncio.sleep(0)
    assert "interrupted" in world.results()["1"].content


async def test_what_lost_attempts_cost_is_part_of_the_turn() -> None:
    script = [ProviderUsage(TokenUsage(9, 100), "m"), ProviderRestarted("cut"), *says("whole")]
    assert finished(await World(FakeProvider(script)).act()).cost_usd == pytest.approx(1.2)


async def test_a_store_that_fails_under_two_calls_is_told_once_and_leaves_no_error_behind() -> None:
    class Breaking(FakeTool):
        async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
            world.store.broken = True
            return await super().invoke(arguments, context)

    world = World(FakeProvider(calls(("1", "breaking", {}), ("2", "breaking", {}))), Breaking("breaking"))
    events = await world.act()
    assert [error.kind for error in only(events, ErrorRaised)] == ["storage"]
    assert finished(events).stop_reason == "error"


async def test_an_interrupted_call_says_what_it_had_printed() -> None:
    printed = asyncio.Event()

    async def run(_arguments: JsonObject, context: CallContext) -> ToolOutcome:
        for number in range(5_000):
            context.emit(ToolOutputDelta("t", context.call_id, "stdout", f"\x1b[1mline {number}\n"))
        printed.set()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    world = World(FakeProvider(calls(("1", "run", {})), says("ok")), FakeTool("run", run))
    turn = asyncio.create_task(world.act())
    await printed.wait()
    assert world.agent.cancel_call("1")
    await turn
    content = world.results()["1"].content
    assert content.startswith("cancelled by the user before it finished. It had printed:\nline 0\nline 1\n")
    assert content.endswith("line 4999\n") and "characters are left out here and not kept" in content
    assert len(content) < 9_000


async def test_no_key_reaches_the_model_or_the_store_from_a_prompt_a_tool_or_an_attached_file() -> None:
    key = "gh" + "p_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zAB"

    async def show(_arguments: JsonObject, _context: CallContext) -> ToolOutcome:
        return ToolOutcome("x", for_model=f"TOKEN={key}")

    world = World(FakeProvider(calls(("1", "show", {})), says("ok")), FakeTool("show", show), mask=mask_keys)
    await world.act(f"mine is {key}", attachments=[TextBlock(f"Attached: {key}")])
    typed, attached = "mine is ghp_[masked]", "Attached: ghp_[masked]"
    assert [block.text for block in world.stored()[0].blocks if isinstance(block, TextBlock)] == [attached, typed]
    assert world.results()["1"].content == "TOKEN=ghp_[masked]"
    assert [record.content for record in world.store.tool_calls.values()] == ["TOKEN=ghp_[masked]"]
