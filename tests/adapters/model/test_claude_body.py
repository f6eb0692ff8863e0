"""Bodies of a conversation that grows are those that would be made afresh."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.adapters.model import claude_body
from blufio_tui.adapters.model.claude_body import RequestBodies
from blufio_tui.adapters.model.claude_thinking import ThinkingForm
from blufio_tui.core.agent.provider import ModelRequest, SystemBlock
from blufio_tui.core.agent.sent_view import SentView
from blufio_tui.core.conversation import (
    Message,
    RedactedThinkingBlock,
    Role,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from blufio_tui.core.sessions.conversation_repair import for_the_api
from blufio_tui.core.tools import ToolDefinition

MODEL = "claude-sonnet-5-5"
CALLS = ("call:1", "call.1", "call_1", "x" * 60, "x" * 61, "")
FORM = ThinkingForm({"thinking": {"type": "adaptive"}})

BLOCKS = st.one_of(
    st.sampled_from(["", "said", "gesagt – „so“"]).map(TextBlock),
    st.sampled_from([MODEL, "another", ""]).map(lambda model: ThinkingBlock("hm", "signed", model)),
    st.sampled_from([MODEL, "another"]).map(lambda model: RedactedThinkingBlock("data", model)),
    st.sampled_from(CALLS).map(lambda call: ToolUseBlock(call, "tool", {"path": "a"})),
    st.builds(ToolResultBlock, st.sampled_from(CALLS), st.sampled_from(["", "r" * 50]), st.booleans()),
)
MESSAGES = st.builds(Message, st.sampled_from(Role), st.lists(BLOCKS, max_size=3).map(tuple))
STEPS = st.one_of(
    st.tuples(st.just("add"), st.lists(MESSAGES, min_size=1, max_size=3)),
    st.tuples(st.just("rewind"), st.integers(1, 4)),
    st.tuples(st.just("edit"), MESSAGES),
    st.tuples(st.just("shorten"), st.sampled_from([10, 1_000])),
    st.tuples(st.just("point"), st.none()),
)


def request(messages: tuple[Message, ...]) -> ModelRequest:
    tools = (ToolDefinition("tool", "a tool", {"type": "object"}),)
    return ModelRequest(MODEL, (SystemBlock("Be brief.", cache_mark=True),), tools, messages, 100)


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=10), st.booleans())
def test_whatever_happens_to_a_conversation_what_is_sent_is_what_would_be_made_afresh(
    steps: list[tuple[str, object]], thinks: bool
) -> None:
    bodies, view, stored, chars = RequestBodies(), SentView(), [Message(Role.USER, (TextBlock("go"),))], 1_000
    form = replace(FORM, sends_thinking=thinks)
    for step, value in steps:
        match step, value:
            case "add", list(new):
                stored.extend(new)
            case "rewind", int(count):
                stored = stored[:-count] or stored[:1]
            case "edit", Message() as other:
                stored = [*stored[:-2], other]
            case "shorten", int(chars):
                pass
            case "point", None:
                view.point_at_old(stored, chars, keep=0, least=1)
        plain = SentView()
        plain._pointers = view._pointers
        expected = request(for_the_api(plain.of(stored, chars)))
        messages = view.for_the_api(stored, chars)
        assert messages == expected.messages
        assert json.loads(bodies.body(request(messages), form)) == json.loads(RequestBodies().body(expected, form))
        assert view.call_ids(stored) == {b.id for m in stored for b in m.blocks if isinstance(b, ToolUseBlock)}


def test_conversations_side_by_side_do_not_mix() -> None:
    bodies = RequestBodies()
    talks = [[Message(Role.USER, (TextBlock(f"talk {number}"),))] for number in range(8)]
    for turn in range(3):
        for talk in talks:
            talk += [Message(Role.ASSISTANT, (TextBlock(f"{turn}"),)), Message(Role.USER, (TextBlock("more"),))]
            sent = request(tuple(talk))
            assert bodies.body(sent, FORM) == RequestBodies().body(sent, FORM)


def test_only_what_is_new_is_made() -> None:
    """The object that stands in the conversation is changed unseen: its bytes were made before."""
    arguments = {"n": 1}
    first = Message(Role.USER, (TextBlock("go"),))
    call = Message(Role.ASSISTANT, (ToolUseBlock("c", "tool", arguments),))
    result = Message(Role.USER, (ToolResultBlock("c", "done"),))
    bodies = RequestBodies()
    bodies.body(request((first, call, result)), FORM)
    arguments["n"] = 2
    said = Message(Role.ASSISTANT, (TextBlock("so"),))
    sent = json.loads(bodies.body(request((first, call, result, said, Message(Role.USER, (TextBlock("?"),)))), FORM))
    assert sent["messages"][1]["content"][0]["input"] == {"n": 1}
    marks = [block for message in sent["messages"] for block in message["content"] if "cache_control" in block]
    assert marks == [sent["messages"][-1]["content"][-1]]


def test_what_is_kept_of_several_conversations_is_no_more_than_one_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that was closed need not make room for the one that is open."""
    monkeypatch.setattr(claude_body, "_MOST_KEPT", 3_000)
    bodies = RequestBodies()
    for number in range(3):
        talk = Message(Role.USER, (TextBlock(f"{number} " + "x" * 1_200),)), Message(Role.USER, (TextBlock("more"),))
        bodies.body(request(talk), FORM)
    assert [one.messages[0].text[:1] for one in bodies._kept] == ["1", "2"]
