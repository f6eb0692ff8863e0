"""What a server of the Messages API may send that is not a plain reply."""

import time
from collections.abc import AsyncIterator
from email.utils import formatdate

import pytest

from blufio_tui.adapters.model.claude import MAX_REPLY_BYTES, BoundedBody, ClaudeProvider, Patience
from blufio_tui.adapters.model.claude_errors import failure_of
from blufio_tui.adapters.model.claude_stream import MAX_CALLS, MalformedStream, ReplyBuilder
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.provider import ModelRequest, ProviderNotice
from blufio_tui.core.conversation import Message, Role, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from blufio_tui.core.events import ErrorRaised, NoticeRaised
from tests.fakes.messages_api import KEY, MessagesApi, Reply, Status, Stream, recorded, sse, text, thinking, tool_use
from tests.fakes.messages_rules import as_parsed
from tests.fakes.tools import FakeTool
from tests.fakes.world import World, finished, only

MODEL = "claude-sonnet-5-5"


async def _talk(api: MessagesApi, *tools: FakeTool, **patience: float) -> tuple[World, list]:
    async def no_wait(_seconds: float) -> None: ...

    provider = ClaudeProvider(
        api_key=KEY, base_url=api.url, patience=Patience(**patience), sleep=no_wait, jitter=lambda: 0.0
    )
    world = World(provider, *tools, config=AgentConfig(MODEL))
    try:
        return world, await world.act("hello")
    finally:
        await provider.close()


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_and_says_where_it_wanted_to_go(code: int) -> None:
    async with MessagesApi() as thief, MessagesApi(Status(code, headers=(("location", thief.url),))) as api:
        _, events = await _talk(api)
        (error,) = only(events, ErrorRaised)
        assert error.kind == "redirect" and thief.url in error.message
        assert thief.requests == thief.refused == []


async def test_a_byte_that_is_not_utf8_is_a_malformed_reply_and_asked_for_again() -> None:
    broken = recorded(Reply(text("hello"))).replace(b"content_block_stop", b"\xff", 1)
    async with MessagesApi(Stream(broken), Reply(text("hello"))) as api:
        _, events = await _talk(api)
        assert finished(events).text == "hello"
        assert "malformed" in only(events, NoticeRaised)[0].message


async def test_the_name_of_the_content_type_may_be_written_in_any_case() -> None:
    async with MessagesApi(Stream(recorded(Reply(text("hello"))), content_type="Text/Event-Stream")) as api:
        _, events = await _talk(api)
        assert finished(events).text == "hello"


async def test_pings_alone_are_not_waited_for_without_end() -> None:
    pings = sse({"type": "ping"}) * 3000
    async with MessagesApi(Stream(pings, trickle=True, hang=True), Reply(text("hello"))) as api:
        _, events = await _talk(api, first_event=0.05, stall=0.05)
        assert finished(events).text == "hello"
        assert "sent nothing" in only(events, NoticeRaised)[0].message


async def test_a_body_larger_than_any_reply_ends_in_an_error() -> None:
    class Endless:
        async def aiter_bytes(self) -> AsyncIterator[bytes]:
            while True:
                yield b"x" * (1024 * 1024)

    with pytest.raises(MalformedStream, match="limit of 64 MiB"):
        total = 0
        async for chunk in BoundedBody(Endless()).aiter_bytes():
            total += len(chunk)
            assert total <= MAX_REPLY_BYTES


async def test_compressed_answers_are_not_asked_for() -> None:
    seen: dict[str, str] = {}

    class Noted(MessagesApi):
        async def _answer(self, method, path, headers, body, writer):  # type: ignore[no-untyped-def]
            seen.update(headers)
            return await super()._answer(method, path, headers, body, writer)

    async with Noted(Reply(text("hello"))) as api:
        await _talk(api)
        assert seen["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [("7", 7, 7), ("a date", 50, 61), ("soon", 0, 0), ("-3", 0, 0), ("inf", 0, 0)],
)
def test_retry_after_is_a_number_or_a_date(value: str, low: float, high: float) -> None:
    value = formatdate(time.time() + 60, usegmt=True) if value == "a date" else value

    class Answer:
        @property
        def headers(self) -> dict[str, str]:
            return {"retry-after": value}

    class Refusal(Exception):
        status_code = 429
        response = Answer()

    assert low <= failure_of(Refusal(), url="http://x", model="m").after <= high


def _fed(*events: dict[str, object]) -> tuple[ReplyBuilder, list[object]]:
    builder, seen = ReplyBuilder("asked"), []
    import json

    for event in events:
        seen += builder.feed(None, json.dumps(event))
    return builder, seen


def _call(index: int, call_id: object) -> list[dict[str, object]]:
    block = {"type": "tool_use", "id": call_id, "name": "look", "input": {}}
    return [
        {"type": "content_block_start", "index": index, "content_block": block},
        {"type": "content_block_stop", "index": index},
    ]


def test_of_ten_thousand_calls_the_first_are_taken_and_it_is_said() -> None:
    events = [event for index in range(10_000) for event in _call(index, f"c{index}")]
    builder, seen = _fed(*events)
    assert len(builder.reply().blocks) == MAX_CALLS
    (notice,) = [event for event in seen if isinstance(event, ProviderNotice)]
    assert "only the first 128 are used" in notice.message


def test_calls_without_an_id_or_under_the_same_one_stay_apart() -> None:
    builder, _ = _fed(*_call(0, "a"), *_call(1, "a"), *_call(2, None), *_call(3, "\ud800"))
    ids = [block.id for block in builder.reply().blocks if isinstance(block, ToolUseBlock)]
    assert len(set(ids)) == 4
    assert "".join(ids).encode()


@pytest.mark.parametrize("tokens", [2**64, -5, True, 1.5, "many", None])
def test_what_is_no_number_of_tokens_is_not_counted(tokens: object) -> None:
    builder, _ = _fed(
        {"type": "message_start", "message": {"usage": {"input_tokens": 7, "output_tokens": tokens}, "model": "m"}}
    )
    usage = builder.reply().usage
    assert (usage.input_tokens, usage.output_tokens) == (7, 0)


def test_a_lone_surrogate_in_a_stop_reason_can_be_stored() -> None:
    builder, _ = _fed({"type": "message_delta", "delta": {"stop_reason": "end\ud800"}})
    assert builder.reply().stop_reason.encode()


@pytest.mark.parametrize("pair", [("call:1", "call.1"), ("调用一", "调用二"), ("x" * 60 + "1", "x" * 60 + "2")])
def test_ids_that_would_become_equal_stay_two(pair: tuple[str, str]) -> None:
    calls = Message(Role.ASSISTANT, tuple(ToolUseBlock(one, "look", {}) for one in pair))
    results = Message(Role.USER, tuple(ToolResultBlock(one, one, False) for one in pair))
    messages = (Message(Role.USER, (TextBlock("go"),)), calls, results)
    sent = as_parsed(ModelRequest(MODEL, (), (), messages, 100))["messages"]
    called = [block["id"] for block in sent[1]["content"]]
    assert len(set(called)) == 2 and called == [block["tool_use_id"] for block in sent[2]["content"]]


async def test_thinking_goes_back_in_a_tool_loop_whatever_the_server_calls_its_model() -> None:
    first = Reply(thinking("deep"), tool_use("t1", "look", {}))
    renamed = recorded(first, MODEL).replace(b'"model": "claude-sonnet-5-5"', b'"model": "an-alias"', 1)
    assert b"an-alias" in renamed
    async with MessagesApi(Stream(renamed), Reply(thinking("deeper"), tool_use("t2", "look", {}))) as api:
        await _talk(api, FakeTool("look"))
        assert api.refused == []
        assert [block["type"] for block in api.requests[1]["messages"][1]["content"]] == ["thinking", "tool_use"]


def test_thinking_of_another_model_goes_back_in_the_loop_only() -> None:
    old = Message(Role.ASSISTANT, (ThinkingBlock("a", "s", "other"), TextBlock("done")))
    looping = Message(Role.ASSISTANT, (ThinkingBlock("b", "s", "other"), ToolUseBlock("t", "look", {})))
    messages = (
        Message(Role.USER, (TextBlock("one"),)),
        old,
        Message(Role.USER, (TextBlock("two"),)),
        looping,
        Message(Role.USER, (ToolResultBlock("t", "x", False),)),
    )
    sent = as_parsed(ModelRequest(MODEL, (), (), messages, 100))["messages"]
    kinds = [[block["type"] for block in message["content"]] for message in sent]
    assert kinds[1] == ["text"] and kinds[3] == ["thinking", "tool_use"]
