"""Streams that end anywhere, and streams that are nonsense."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.adapters.model.claude_stream import MalformedStream, ReplyBuilder, StreamedError
from blufio_tui.core.agent.provider import ProviderReply, ProviderText
from blufio_tui.core.conversation import TextBlock, ThinkingBlock, TokenUsage, ToolUseBlock
from tests.fakes.messages_api import Reply, recorded, text, thinking, tool_use
from tests.fakes.messages_rules import sign

MODEL = "claude-sonnet-5-5"
WHOLE = Reply(
    thinking("hm …"), text("I løøk. 🦀"), tool_use("t1", "look", {"at": "a", "n": [1, 2]}), tool_use("t2", "x", {})
)


def play(stream: bytes) -> tuple[ReplyBuilder, list]:
    """Feed whole events as a reader of server-sent events would; an unfinished one at the end is dropped."""
    builder, shown = ReplyBuilder(MODEL), []
    for block in stream.decode(errors="replace").split("\n\n")[:-1]:
        data = "".join(line[6:] for line in block.split("\n") if line.startswith("data: "))
        shown += builder.feed(None, data)
    return builder, shown


def test_a_whole_stream_gives_the_whole_reply() -> None:
    builder, shown = play(recorded(WHOLE))
    reply = builder.reply()
    assert reply.blocks == (
        ThinkingBlock("hm …", sign(MODEL, "hm …"), MODEL),
        TextBlock("I løøk. 🦀"),
        ToolUseBlock("t1", "look", {"at": "a", "n": [1, 2]}),
        ToolUseBlock("t2", "x", {}),
    )
    assert reply.usage == TokenUsage(100, 20)
    assert "".join(event.text for event in shown if isinstance(event, ProviderText)) == "I løøk. 🦀"


def test_a_stream_cut_at_any_byte_is_never_taken_for_whole_unless_nothing_is_missing() -> None:
    stream = recorded(WHOLE)
    complete = play(stream)[0].reply()
    last_needed = stream.index(b"\n\n", stream.index(b"event: message_delta")) + 2
    for length in range(len(stream) + 1):
        builder, _ = play(stream[:length])
        assert builder.is_whole == (length >= last_needed)
        if builder.is_whole:
            assert builder.reply() == complete


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "index", "delta", "content_block", "message", "usage", "text", "error", "input_tokens"]
                ),
                inner
                | st.sampled_from(
                    ["message_start", "content_block_start", "content_block_delta", "text", "text_delta", "error"]
                ),
            )
        ),
    )
)
def test_no_event_makes_the_builder_fail_in_any_other_way(event: object) -> None:
    builder = ReplyBuilder(MODEL)
    try:
        list(builder.feed(None, json.dumps(event)))
    except (MalformedStream, StreamedError):
        return
    assert isinstance(builder.reply(), ProviderReply)


@pytest.mark.parametrize("data", ["", "{", "[]", "3", '{"type":"content_block_start"}', "[" * 100_000])
def test_what_is_no_event_is_malformed(data: str) -> None:
    with pytest.raises(MalformedStream):
        list(ReplyBuilder(MODEL).feed(None, data))


def test_lone_surrogates_do_not_get_through() -> None:
    builder = ReplyBuilder(MODEL)
    start = {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "t", "name": "x"}}
    delta = {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "input_json_delta", "partial_json": r'{"a": "\ud83d"}'},
    }
    for event in (start, delta):
        list(builder.feed(None, json.dumps(event)))
    (call,) = builder.reply().blocks
    assert isinstance(call, ToolUseBlock)
    assert call.input == {"a": "�"}
