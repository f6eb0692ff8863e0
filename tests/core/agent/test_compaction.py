"""Summing up a conversation that outgrows the window."""

import re

import pytest

from blufio_tui.core.agent.compaction import estimate_tokens, plan_compaction
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.provider import ProviderText
from blufio_tui.core.conversation import Message, Role, TextBlock, ThinkingBlock, TokenUsage
from blufio_tui.core.errors import ProviderError, UsageError
from blufio_tui.core.events import ErrorRaised, Event, NoticeRaised, TurnFinished
from blufio_tui.core.sessions.conversation_repair import tool_results
from blufio_tui.core.sessions.records import SUMMARY_HEAD, MessageState, StoredMessage
from blufio_tui.core.settings.schema import AgentSettings
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import CallContext, ToolOutcome
from tests.fakes.provider import FakeProvider, Hang, calls, reply, says
from tests.fakes.tools import FakeTool
from tests.fakes.world import SESSION, World, finished, only

BIG = TokenUsage(input_tokens=90_000, output_tokens=10)
SMALL = AgentConfig("m", keep_turns=1)
SHORT_REPLIES = AgentConfig("m", AgentSettings(max_tokens=1024), keep_turns=1)


def stored(message_id: int, role: Role, *blocks: object, stands_for: int = 0) -> StoredMessage:
    message = Message(role, tuple(TextBlock(b) if isinstance(b, str) else b for b in blocks))  # type: ignore[misc]
    return StoredMessage(message_id, message_id - 1, "t", message, MessageState.COMPLETE, 0.0, stands_for)


def test_the_last_turns_are_kept_and_a_call_stays_with_its_result() -> None:
    conversation = [
        stored(1, Role.USER, "one"),
        stored(2, Role.ASSISTANT, *calls(("a", "t", {}))[-1].blocks),  # type: ignore[union-attr]
        stored(3, Role.USER, *result("a")),
        stored(4, Role.ASSISTANT, "first"),
        stored(5, Role.USER, "two"),
        stored(6, Role.ASSISTANT, "second"),
        stored(7, Role.USER, "three"),
    ]
    plan = plan_compaction(conversation, keep_turns=2)
    assert plan is not None
    assert plan.stands_for == 4
    assert plan_compaction(conversation, keep_turns=9).stands_for == 4  # type: ignore[union-attr]


def result(call_id: str) -> tuple:
    from blufio_tui.core.conversation import ToolResultBlock

    return (ToolResultBlock(call_id, "x"),)


def test_with_only_one_turn_there_is_nothing_to_sum_up() -> None:
    assert plan_compaction([stored(1, Role.USER, "one"), stored(2, Role.ASSISTANT, "1")], 2) is None
    summary = stored(1, Role.USER, "sum", stands_for=9)
    assert plan_compaction([summary, stored(2, Role.USER, "one")], 2) is None


async def test_before_the_window_is_full_the_conversation_is_summed_up_and_kept_in_the_store() -> None:
    provider = FakeProvider(says("first", usage=BIG), says("They want tea.", usage=BIG), says("second"))
    world = World(provider, FakeTool("t"), window=100_000, config=SMALL)
    await world.act("I want tea")
    events = await world.act("and now?")
    summing = provider.requests[1]
    assert summing.tool_choice == "none"
    assert summing.tools
    sent = provider.requests[2].messages
    assert [message.text for message in sent] == [f"{SUMMARY_HEAD}They want tea.and now?"]
    assert [message.text for message in world.stored()][:2] == ["I want tea", "first"]
    assert any("Summarising 2 earlier messages" in notice.message for notice in only(events, NoticeRaised))
    assert [record.stop_reason for record in world.store.ledger] == ["end_turn", "compaction", "end_turn"]
    assert finished(events).text == "second"


async def test_a_request_that_does_not_fit_is_sent_again_after_summing_up() -> None:
    overflow = ProviderError("context_overflow", "too long")
    provider = FakeProvider(says("first"), [overflow], says("the gist"), says("second"))
    world = World(provider, config=SHORT_REPLIES)
    await world.act("one")
    assert finished(await world.act("two")).text == "second"


async def test_what_cannot_be_summed_up_fails_with_the_first_error() -> None:
    provider = FakeProvider([ProviderError("context_overflow", "too long")])
    world = World(provider, config=SHORT_REPLIES)
    assert only(await world.act("one"), ErrorRaised)[0].kind == "context_overflow"


async def test_a_failed_summary_leaves_the_conversation_as_it_was() -> None:
    provider = FakeProvider(says("first", usage=BIG), [ProviderError("overloaded", "busy")], says("second"))
    world = World(provider, window=100_000, config=SMALL)
    await world.act("one")
    assert finished(await world.act("two")).text == "second"
    assert not any(one.is_summary for one in world.store.sessions[SESSION])


async def test_thinking_from_before_a_summary_is_not_sent_back() -> None:
    provider = FakeProvider(says("first"), reply(ThinkingBlock("hm", "s"), TextBlock("second")), says("the gist"))
    world = World(provider, config=SMALL)
    await world.act("one")
    await world.act("two")
    *_, last = [event async for event in world.agent.compact(SESSION)]
    assert isinstance(last, TurnFinished) and (last.stop_reason, last.iterations) == ("end_turn", 0)
    assert last.usage.output_tokens > 0
    await world.act("three")
    sent = provider.requests[-1].messages
    assert not any(isinstance(block, ThinkingBlock) for message in sent for block in message.blocks)
    assert [message.text for message in sent][1:] == ["second", "three"]


async def test_a_summary_that_was_interrupted_is_nobodys_reply() -> None:
    import asyncio

    hang = Hang()
    provider = FakeProvider(says("first", usage=BIG), [ProviderText("They want"), hang])
    world = World(provider, window=100_000, config=SMALL)
    await world.act("I want tea")
    turn = asyncio.create_task(world.act("and now?"))
    await hang.reached.wait()
    world.agent.interrupt()
    assert finished(await turn).text == ""
    assert [message.text for message in world.stored()] == ["I want tea", "first", "and now?"]


async def test_compacting_by_hand_that_is_interrupted_says_so() -> None:
    import asyncio

    hang = Hang()
    world = World(FakeProvider(says("first"), says("second"), [hang]), config=SMALL)
    await world.act("one")
    await world.act("two")

    async def compacted() -> list[Event]:
        return [event async for event in world.agent.compact(SESSION)]

    compacting = asyncio.create_task(compacted())
    await hang.reached.wait()
    world.agent.interrupt()
    last = (await compacting)[-1]
    assert isinstance(last, TurnFinished) and last.stop_reason == "interrupted"
    assert not any(one.is_summary for one in world.store.sessions[SESSION])


async def test_compacting_by_hand_is_refused_while_a_turn_runs() -> None:
    import asyncio

    hang = Hang()
    world = World(FakeProvider([hang]))
    turn = asyncio.create_task(world.act())
    await hang.reached.wait()
    with pytest.raises(UsageError):
        [event async for event in world.agent.compact(SESSION)]
    world.agent.interrupt()
    await turn


async def test_the_meter_goes_by_what_the_model_counted_plus_what_came_since() -> None:
    world = World(FakeProvider(says("x", usage=BIG)), window=200_000)
    await world.act()
    meter = await world.agent.context(SESSION)
    assert meter.tokens == 90_010
    assert meter.share == pytest.approx(0.45, abs=0.01)


async def test_a_huge_result_is_stored_whole_sent_cut_and_can_be_paged() -> None:
    from blufio_tui.core.agent.result_pages import ReadResultTool

    whole = "".join(f"line {n}\n" for n in range(9000))

    async def big(arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return ToolOutcome(whole)

    provider = FakeProvider(calls(("c1", "big", {})), says("ok"))
    world = World(provider, FakeTool("big", big))
    await world.act()
    assert world.results()["c1"].content == whole
    (sent,) = tool_results(provider.requests[1].messages[-1])
    assert len(sent.content) <= 16_000
    before, note, after = re.split(r"\n(\[… .*\])\n", sent.content)
    offset = int(note.split('read_result {"call_id": "c1", "offset": ')[1].split("}")[0])
    assert before == whole[:offset] and before.endswith("\n") and whole.endswith(f"\n{after}")
    context = CallContext(SESSION, "t", "c2", lambda event: None)
    reader = ReadResultTool(world.store)
    page = await reader.invoke({"call_id": "c1", "offset": offset, "limit": 100}, context)
    head, _, text = page.content.partition("\n")
    end = offset + len(text)
    assert text == whole[offset:end] and text.endswith("\n")
    assert head == f"characters {offset} to {end} of {len(whole)}; read on at offset {end}"
    part = await reader.invoke({"call_id": "c1", "lines": "8999-"}, context)
    assert part.content == "lines 8999 to 9000 of 9,000\n  8999\tline 8998\n  9000\tline 8999"
    found = await reader.invoke({"call_id": "c1", "pattern": "9$", "lines": "8000-"}, context)
    assert found.content.splitlines()[:2] == ['900 lines match "9$"', "  8000\tline 7999"]
    past = await reader.invoke({"call_id": "c1", "lines": "9001-9002"}, context)
    assert past.content == "line 9001 is past the end: the result has 9,000 lines"
    missed = await reader.invoke({"call_id": "nope"}, context)
    assert missed.is_error and missed.content.endswith('no result of a call "nope"; calls with long results: c1')


def test_estimates_grow_with_the_text() -> None:
    short, long = (Message(Role.USER, (TextBlock("word " * count),)) for count in (10, 1000))
    assert 0 < estimate_tokens([short]) < estimate_tokens([long])
