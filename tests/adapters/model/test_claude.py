"""The provider and the agent against a server that speaks the Messages API and fails in every way it can."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from blufio_tui.adapters.model.claude import ClaudeProvider, Patience, api_root, is_local
from blufio_tui.adapters.model.claude_errors import failure_of
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.conversation import ImageBlock, TextBlock, ThinkingBlock
from blufio_tui.core.events import ErrorRaised, NoticeRaised, ReplyDiscarded, ThinkingDelta
from blufio_tui.core.settings.schema import AgentSettings
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import CallContext, ToolOutcome
from tests.fakes.messages_api import (
    KEY,
    HangUp,
    MessagesApi,
    Reply,
    Status,
    Step,
    Stream,
    cut,
    recorded,
    sse,
    text,
    thinking,
    tool_use,
    with_events,
)
from tests.fakes.tools import EndlessTool, FakeTool
from tests.fakes.world import World, finished, only

MODEL = "claude-sonnet-5-5"
HELLO = Reply(text("hello there"))


class Line:
    """One provider and agent on one server; waits are noted, not waited."""

    def __init__(
        self, api: MessagesApi, *tools: FakeTool, model: str = MODEL, stall: float = 20.0, **config: object
    ) -> None:
        self.api = api
        self.waits: list[float] = []
        self.provider = ClaudeProvider(
            api_key=KEY,
            base_url=api.url,
            patience=Patience(stall=stall, first_event=20.0),
            sleep=self._note,
            jitter=lambda: 0.0,
        )
        self.world = World(self.provider, *tools, config=AgentConfig(model, AgentSettings(**config)))  # type: ignore[arg-type]

    async def _note(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.fixture
async def lines() -> AsyncIterator[list[Line]]:
    opened: list[Line] = []
    yield opened
    for line in opened:
        await line.provider.close()


async def talk(lines: list[Line], *steps: Step, tools: tuple[FakeTool, ...] = (), **more: object) -> tuple[Line, list]:
    async with MessagesApi(*steps) as api:
        line = Line(api, *tools, **more)  # type: ignore[arg-type]
        lines.append(line)
        events = await line.world.act("hello")
        assert api.refused == []
        # Whatever happened: the next turn must be accepted.
        assert finished(await line.world.act("go on")).stop_reason == "end_turn"
        assert api.refused == []
        return line, events


async def test_a_reply_with_thinking_and_several_calls_makes_a_whole_turn(lines: list[Line]) -> None:
    steps = (
        Reply(
            thinking("let me see"),
            text("I look."),
            tool_use("toolu_1", "look", {"at": "a"}),
            tool_use("toolu_2", "look", {"at": "b"}),
        ),
        Reply(text("Both seen."), input_tokens=200, cache_read=150),
    )
    line, events = await talk(lines, *steps, tools=(FakeTool("look"),))
    assert finished(events).text == "Both seen."
    assert finished(events).usage.input_tokens == 300
    assert finished(events).usage.cache_read_tokens == 150
    assert "".join(event.text for event in only(events, ThinkingDelta)) == "let me see"
    sent = line.api.requests[1]["messages"]
    assert [block["type"] for block in sent[1]["content"]] == ["thinking", "text", "tool_use", "tool_use"]
    assert [block["tool_use_id"] for block in sent[2]["content"]] == ["toolu_1", "toolu_2"]
    assert line.world.stored()[1].blocks[0] == ThinkingBlock("let me see", sent[1]["content"][0]["signature"], MODEL)


async def test_a_denial_is_told_to_the_model_which_goes_on(lines: list[Line]) -> None:
    async def deny(arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return ToolOutcome("capability not permitted: fs.read /etc/passwd", is_error=True)

    steps = (Reply(tool_use("t1", "read", {})), Reply(text("I may not read that.")))
    line, events = await talk(lines, *steps, tools=(FakeTool("read", deny),))
    result = line.api.requests[1]["messages"][2]["content"][0]
    assert result["is_error"]
    assert "fs.read /etc/passwd" in result["content"]
    assert finished(events).text == "I may not read that."


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        (Status(429, "rate_limit_error", headers=(("retry-after", "7"),)), [7.0]),
        (Status(429, "rate_limit_error"), [1.0]),
        (Status(500), [1.0]),
        (Status(503), [1.0]),
        (Status(529, "overloaded_error"), [1.0]),
        (HangUp(), [1.0]),
    ],
)
async def test_what_may_pass_is_tried_again_and_said(lines: list[Line], status: Step, waits: list[float]) -> None:
    line, events = await talk(lines, status, HELLO)
    assert finished(events).text == "hello there"
    assert line.waits == waits
    assert "Trying again in" in only(events, NoticeRaised)[0].message


async def test_waits_double_and_end_in_a_sentence(lines: list[Line]) -> None:
    line, events = await talk(lines, *[Status(529, "overloaded_error")] * 5)
    assert line.waits == [1.0, 2.0, 4.0, 8.0]
    (error,) = only(events, ErrorRaised)
    assert error.kind == "overloaded"
    assert error.message == "The model is overloaded (529). Nothing is lost. Try again later."
    assert finished(events).stop_reason == "error"


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (Status(400, "invalid_request_error", "tools.0: bad"), "invalid_request", "tools.0: bad"),
        (Status(400, "invalid_request_error", "Your credit balance is too low"), "billing", "credit"),
        (Status(401, "authentication_error", "invalid x-api-key"), "authentication", "ANTHROPIC_API_KEY"),
        (Status(402, "billing_error", "pay"), "billing", "plan"),
        (Status(403, "permission_error", "no"), "permission", "another model"),
        (Status(404, "not_found_error", "model: x"), "not_found", "/model"),
        (Status(413, "request_too_large", "big"), "too_large", "smaller attachments"),
        (Status(429, "rate_limit_error", "x", (), "enforced_spend_limit_reached"), "billing", "spending limit"),
        (Status(429, "rate_limit_error", "x", (("retry-after", "900"),)), "rate_limit", "wait 900 s"),
        (Status(500, headers=(("x-should-retry", "false"),)), "server", "failed (500)"),
    ],
)
async def test_what_will_not_pass_is_not_tried_again(lines: list[Line], status: Status, kind: str, says: str) -> None:
    line, events = await talk(lines, status)
    (error,) = only(events, ErrorRaised)
    assert error.kind == kind
    assert says in error.message
    assert line.waits == []
    assert line.world.stored()[0].text == "hello"


async def test_what_does_not_fit_is_tried_with_shorter_replies_and_then_ends_in_advice(lines: list[Line]) -> None:
    too_long = Status(400, "invalid_request_error", "prompt is too long: 1 > 0")
    line, events = await talk(lines, *[too_long] * 6)
    assert [request["max_tokens"] for request in line.api.requests[:6]] == [32000, 16000, 8000, 4000, 2000, 1024]
    (error,) = only(events, ErrorRaised)
    assert error.kind == "context_overflow" and "/model" in error.message and "/compact" not in error.message


async def test_nothing_listening_is_said_with_what_to_do() -> None:
    async with MessagesApi() as api:
        pass
    line = Line(api)
    events = await line.world.act()
    await line.provider.close()
    assert "connection refused" in only(events, ErrorRaised)[0].message
    assert "Start the server" in only(events, ErrorRaised)[0].message
    assert len(line.waits) == 2


async def test_an_overload_inside_the_stream_discards_what_was_shown(lines: list[Line]) -> None:
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    line, events = await talk(lines, with_events(HELLO, overloaded, at=4), HELLO)
    assert len(only(events, ReplyDiscarded)) == 1
    assert finished(events).text == "hello there"
    assert [message.text for message in line.world.stored()][:2] == ["hello", "hello there"]
    assert line.world.store.ledger[0].stop_reason == "restarted"


async def test_a_refused_request_inside_the_stream_is_not_tried_again(lines: list[Line]) -> None:
    refused = {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}
    line, events = await talk(lines, with_events(HELLO, refused))
    assert only(events, ErrorRaised)[0].kind == "invalid_request"
    assert line.waits == []


@pytest.mark.parametrize("clean", [True, False])
async def test_a_stream_cut_in_the_middle_of_a_call_never_runs_it_and_asks_again(
    lines: list[Line], clean: bool
) -> None:
    look = FakeTool("look")
    whole = Reply(text("I look."), tool_use("t1", "look", {"at": "a"}))
    stream = recorded(whole)
    half = cut(whole, stream.index(b"input_json_delta") + 60, clean=clean)
    _, events = await talk(lines, half, whole, Reply(text("ok")), tools=(look,))
    assert look.invoked == [{"at": "a"}]
    assert len(only(events, ReplyDiscarded)) == 1


async def test_a_stream_that_stalls_is_given_up_and_tried_again(lines: list[Line]) -> None:
    stalled = Stream(recorded(HELLO)[:400], hang=True)
    _, events = await talk(lines, stalled, HELLO, stall=0.3)
    assert "sent nothing for 0.3 s" in only(events, NoticeRaised)[0].message
    assert finished(events).text == "hello there"


async def test_a_stream_that_trickles_is_waited_for(lines: list[Line]) -> None:
    line, events = await talk(lines, Stream(recorded(HELLO), trickle=True))
    assert finished(events).text == "hello there"
    assert line.waits == []


async def test_malformed_events_are_tried_again(lines: list[Line]) -> None:
    broken = recorded(HELLO).replace(b'"text_delta"', b'"text_del', 1)
    _, events = await talk(lines, Stream(broken), HELLO)
    assert "malformed" in only(events, NoticeRaised)[0].message
    assert finished(events).text == "hello there"


async def test_unknown_events_blocks_and_deltas_are_stepped_over(lines: list[Line]) -> None:
    extra: list[JsonObject] = [
        {"type": "message_weather", "sun": True},
        {"type": "content_block_start", "index": 7, "content_block": {"type": "hologram", "data": "x"}},
        {"type": "content_block_delta", "index": 7, "delta": {"type": "hologram_delta", "data": "y"}},
        {"type": "content_block_stop", "index": 7},
    ]
    line, events = await talk(lines, with_events(HELLO, *extra))
    assert line.world.stored()[1].blocks == (TextBlock("hello there"),)
    assert finished(events).stop_reason == "end_turn"


@pytest.mark.parametrize(
    ("raw", "told"),
    [("{'at': 1}", "not valid JSON"), ('["a"]', "must be a JSON object, not an array"), ('{"at": NaN}', "NaN")],
)
async def test_a_malformed_input_is_explained_to_the_model(lines: list[Line], raw: str, told: str) -> None:
    look = FakeTool("look")
    line, _ = await talk(lines, Reply(tool_use("t1", "look", {}, raw=raw)), Reply(text("sorry")), tools=(look,))
    assert told in line.world.results()["t1"].content
    assert look.invoked == []


@pytest.mark.parametrize("raw", ["", '{"path": "a", "content": "half'])
async def test_a_call_cut_by_max_tokens_is_not_run(lines: list[Line], raw: str) -> None:
    write = FakeTool("write")
    cut_off = Reply(text("I write."), tool_use("t1", "write", {}, raw=raw), stop_reason="max_tokens")
    line, events = await talk(lines, cut_off, Reply(text("shorter then")), tools=(write,))
    assert write.invoked == []
    assert "length limit" in line.world.results()["t1"].content
    assert finished(events).text == "shorter then"


async def test_an_empty_reply_is_said_and_leaves_a_good_conversation(lines: list[Line]) -> None:
    _, events = await talk(lines, Reply())
    assert "empty reply" in only(events, NoticeRaised)[0].message


async def test_a_refusal_is_said_with_its_reason_and_runs_nothing(lines: list[Line]) -> None:
    look = FakeTool("look")
    details = {"type": "refusal", "category": "cyber", "explanation": "That could do harm."}
    refusal = Reply(text("I can"), tool_use("t1", "look", {}), stop_reason="refusal", stop_details=details)
    _, events = await talk(lines, refusal, tools=(look,))
    assert any("That could do harm." in notice.message for notice in only(events, NoticeRaised))
    assert finished(events).stop_reason == "refusal"
    assert look.invoked == []


async def test_pause_turn_is_continued(lines: list[Line]) -> None:
    _, events = await talk(lines, Reply(text("one moment"), stop_reason="pause_turn"), Reply(text("there")))
    assert finished(events).text == "there"
    assert finished(events).iterations == 2


async def test_a_page_that_is_no_stream_is_recognised(lines: list[Line]) -> None:
    _, events = await talk(lines, Stream(b"<html>", content_type="text/html"))
    assert only(events, ErrorRaised)[0].kind == "protocol"
    assert "model.base_url" in only(events, ErrorRaised)[0].message


async def test_a_tool_that_never_ends_is_cancelled_with_the_turn_and_the_api_accepts_what_is_left() -> None:
    endless = EndlessTool("endless")
    async with MessagesApi(Reply(tool_use("t1", "endless", {}))) as api:
        line = Line(api, endless)
        turn = asyncio.create_task(line.world.act("go"))
        await endless.started.wait()
        line.world.agent.interrupt()
        assert finished(await turn).stop_reason == "interrupted"
        assert finished(await line.world.act("go on")).text == "done"
        assert api.refused == []
        await line.provider.close()


async def test_interrupting_in_the_middle_of_a_stream_leaves_what_the_api_accepts() -> None:
    whole = Reply(thinking("hm"), text("I look."), tool_use("t1", "look", {"at": "a"}))
    stream = recorded(whole)
    async with MessagesApi(Stream(stream[: stream.index(b"input_json_delta")], hang=True)) as api:
        line = Line(api, FakeTool("look"))
        async for event in line.world.agent.act("go", session_id="s"):
            if getattr(event, "text", "") and not isinstance(event, ThinkingDelta):
                line.world.agent.interrupt()
        assert line.world.stored()[1].text
        assert finished(await line.world.act("go on")).text == "done"
        assert api.refused == []
        await line.provider.close()


async def test_another_models_thinking_is_not_sent_back() -> None:
    async with MessagesApi(Reply(thinking("deep"), text("a"))) as api:
        line = Line(api)
        await line.world.act()
        line.world.agent.config = AgentConfig("claude-opus-5-5")
        assert finished(await line.world.act()).text == "done"
        assert api.refused == []
        assert [block["type"] for block in api.requests[1]["messages"][1]["content"]] == ["text"]
        await line.provider.close()


@pytest.mark.parametrize(
    ("model", "budget", "form"),
    [
        ("claude-sonnet-5-5", 8000, {"type": "adaptive", "display": "summarized"}),
        ("claude-sonnet-5-5", 0, {"type": "between_tools"}),
        ("claude-sonnet-4-5", 8000, {"type": "enabled", "budget_tokens": 8000}),
        ("claude-sonnet-4-5", 0, None),
        ("smollm2", 0, None),
        # This server refuses `adaptive` for it: the next form is found and kept.
        ("claude-sonnet-5", 8000, {"type": "enabled", "budget_tokens": 8000}),
    ],
)
async def test_thinking_is_asked_for_in_the_form_that_the_model_takes(model: str, budget: int, form: object) -> None:
    async with MessagesApi() as api:
        line = Line(api, model=model, thinking_budget=budget)
        assert finished(await line.world.act()).text == "done"
        assert finished(await line.world.act()).text == "done"
        assert [request.get("thinking") for request in api.requests] == [form, form]
        assert len(api.refused) <= 1
        await line.provider.close()


async def test_thinking_that_the_server_no_longer_accepts_is_left_out() -> None:
    async with MessagesApi(Reply(thinking("deep"), text("a"))) as api:
        line = Line(api)
        await line.world.act()
        message = line.world.store.sessions["s"][1]
        forged = ThinkingBlock("deep", "of another conversation", MODEL)
        object.__setattr__(message.message, "blocks", (forged, TextBlock("a")))
        assert finished(await line.world.act()).text == "done"
        await line.provider.close()


async def test_images_are_sent_and_cache_marks_end_the_zones() -> None:
    async with MessagesApi() as api:
        line = Line(api, FakeTool("a"), FakeTool("b"))
        await line.world.act("what is it?", attachments=[ImageBlock("image/png", "iVBORw==")])
        body = api.requests[0]
        assert body["messages"][0]["content"][0]["source"]["media_type"] == "image/png"
        assert ["cache_control" in tool for tool in body["tools"]] == [False, True]
        assert "cache_control" in body["system"][-1]
        assert "cache_control" in body["messages"][-1]["content"][-1]
        await line.provider.close()


async def test_without_a_key_anthropics_own_server_is_not_even_asked() -> None:
    world = World(ClaudeProvider(api_key=""))
    events = await world.act()
    assert only(events, ErrorRaised)[0].kind == "authentication"
    assert "ANTHROPIC_API_KEY" in only(events, ErrorRaised)[0].message


def test_addresses_are_understood() -> None:
    assert api_root("") == "https://api.anthropic.com"
    assert api_root("http://127.0.0.1:8080/v1/") == "http://127.0.0.1:8080"
    assert is_local("http://[::1]:1")
    assert is_local("http://localhost:1")
    assert not is_local("https://api.anthropic.com")


def test_the_recorded_stream_is_what_the_api_sends() -> None:
    assert recorded(Reply(text("x"))).startswith(sse({"type": "message_start"})[:20])


async def test_a_connection_cut_anywhere_ends_in_the_whole_reply() -> None:
    whole = Reply(thinking("hm"), text("I look."), tool_use("t1", "look", {"at": "a"}))
    # Once the last event but one is there, nothing is missing any more.
    lengths = range(0, recorded(whole).index(b"event: message_delta"), 61)
    steps = [(cut(whole, length, clean=bool(length % 2)), whole, Reply(text("ok"))) for length in lengths]
    look = FakeTool("look")
    async with MessagesApi(*(step for three in steps for step in three)) as api:
        line = Line(api, look)
        for turn, length in enumerate(lengths, start=1):
            assert finished(await line.world.act()).text == "ok", length
            assert len(look.invoked) == turn, length
        assert api.refused == []
        await line.provider.close()


async def test_a_server_without_tls_is_said_and_not_tried_again() -> None:
    async with MessagesApi() as api:
        line = Line(api)
        line.provider.base_url = api.url.replace("http:", "https:")
        events = await line.world.act()
        await line.provider.close()
    assert only(events, ErrorRaised)[0].kind == "tls"
    assert "No secure connection" in only(events, ErrorRaised)[0].message
    assert line.waits == []


def test_a_name_that_cannot_be_resolved_is_said() -> None:
    try:
        try:
            raise socket.gaierror(-2, "Name or service not known")
        except OSError as error:
            raise ConnectionError("Connection error.") from error
    except ConnectionError as error:
        failure = failure_of(error, url="http://nowhere.example", model=MODEL)
    assert failure.kind == "dns"
    assert failure.message.startswith("The name in http://nowhere.example cannot be resolved. Check the network")
