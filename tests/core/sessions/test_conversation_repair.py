"""Whatever is stored, what is sent follows the rules of the API."""

from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.core.agent.provider import ModelRequest
from blufio_tui.core.conversation import Message, Role, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from blufio_tui.core.sessions.conversation_repair import (
    CONTINUE,
    INTERRUPTED,
    dangling_calls,
    for_the_api,
    tool_results,
)
from blufio_tui.core.tools import ToolDefinition
from tests.fakes.messages_rules import as_parsed, problem_of, sign


def user(*blocks: object) -> Message:
    return Message(Role.USER, tuple(TextBlock(b) if isinstance(b, str) else b for b in blocks))  # type: ignore[misc]


def reply(*blocks: object) -> Message:
    return Message(Role.ASSISTANT, user(*blocks).blocks)


CALL_A, CALL_B = ToolUseBlock("a", "t", {}), ToolUseBlock("b", "t", {})
RESULT_A, RESULT_B = ToolResultBlock("a", "A"), ToolResultBlock("b", "B")


def test_results_stored_one_by_one_are_sent_together_in_the_order_of_the_calls() -> None:
    sent = for_the_api([user("go"), reply(CALL_A, CALL_B), user(RESULT_B), user(RESULT_A), user("and?")])
    assert sent[-1].blocks == (RESULT_A, RESULT_B, TextBlock("and?"))


def test_a_call_without_result_gets_one_that_says_so() -> None:
    sent = for_the_api([user("go"), reply(CALL_A, CALL_B), user(RESULT_B)])
    assert sent[-1].blocks == (ToolResultBlock("a", INTERRUPTED, is_error=True), RESULT_B)
    assert for_the_api([user("go"), reply(CALL_A)])[-1].role is Role.USER


def test_results_without_a_call_and_repeated_ones_are_left_out() -> None:
    sent = for_the_api(
        [user(RESULT_A, "go"), reply(CALL_A), user(RESULT_A), user(ToolResultBlock("a", "again"), RESULT_B)]
    )
    assert [tool_results(message) for message in sent] == [(), (), (RESULT_A,)]


def test_empty_text_and_replies_that_are_only_thinking_are_left_out() -> None:
    sent = for_the_api([user("go"), reply(ThinkingBlock("hm", "s")), reply("", CALL_A), user(RESULT_A, "  ")])
    assert sent == (user("go"), reply(CALL_A), user(RESULT_A))


def test_a_conversation_starts_and_ends_with_the_user() -> None:
    assert for_the_api([reply("hello")]) == (user(CONTINUE), reply("hello"), user(CONTINUE))


def test_replies_in_a_row_are_kept_apart_because_thinking_comes_first_in_each() -> None:
    first, second = reply(ThinkingBlock("1", "s"), "one"), reply(ThinkingBlock("2", "s"), "two")
    assert for_the_api([user("go"), first, second, user("?")]) == (user("go"), first, user(CONTINUE), second, user("?"))


def test_only_calls_of_the_last_reply_can_dangle() -> None:
    assert dangling_calls([user("go"), reply(CALL_A, CALL_B), user(RESULT_A)]) == (CALL_B,)
    assert dangling_calls([user("go"), reply("done")]) == ()
    assert dangling_calls([]) == ()


BLOCKS = st.one_of(
    st.sampled_from(["", " ", "words"]).map(TextBlock),
    st.just(ThinkingBlock("hm", sign("claude-sonnet-5-5", "hm"), "claude-sonnet-5-5")),
    st.just(ThinkingBlock("other", "x", "another-model")),
    st.sampled_from("abc").map(lambda name: ToolResultBlock(name, "")),
)


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    """Any order of messages, repeated call ids and blocks in the wrong role included."""
    messages: list[Message] = []
    names = st.sampled_from("abc")
    for _ in range(draw(st.integers(0, 8))):
        if draw(st.booleans()):
            messages.append(Message(Role.USER, tuple(draw(st.lists(BLOCKS, max_size=4)))))
            continue
        thought = [b for b in draw(st.lists(BLOCKS, max_size=2)) if isinstance(b, ThinkingBlock)]
        calls = [ToolUseBlock(draw(names), "t", {}) for _ in range(draw(st.integers(0, 2)))]
        said = [TextBlock(draw(st.sampled_from(["", "yes"])))]
        messages.append(Message(Role.ASSISTANT, (*thought, *said, *calls)))
    return [*messages, user("now")]


@settings(max_examples=150, deadline=None)
@given(conversations())
def test_the_api_accepts_any_conversation_once_repaired(messages: list[Message]) -> None:
    tools = (ToolDefinition("t", "a tool", {"type": "object"}),)
    request = ModelRequest("claude-sonnet-5-5", (), tools, for_the_api(messages), 100)
    assert problem_of(as_parsed(request)) == ""


@settings(max_examples=50, deadline=None)
@given(conversations())
def test_repairing_twice_changes_nothing(messages: list[Message]) -> None:
    once = for_the_api(messages)
    assert for_the_api(once) == once
