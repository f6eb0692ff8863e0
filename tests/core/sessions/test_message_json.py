"""Messages survive the way to JSON and back; what is no message is named."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.core.conversation import (
    ImageBlock,
    Message,
    RedactedThinkingBlock,
    Role,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from blufio_tui.core.sessions.message_json import block_from_json, block_to_json, dump, message_from_json

texts = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
blocks = st.one_of(
    st.builds(TextBlock, texts),
    st.builds(ImageBlock, texts, texts),
    st.builds(ThinkingBlock, texts, texts, texts),
    st.builds(RedactedThinkingBlock, texts, texts),
    st.builds(ToolUseBlock, texts, texts, st.dictionaries(texts, values, max_size=3)),
    st.builds(ToolResultBlock, texts, texts, st.booleans()),
    st.builds(ToolResultBlock, texts, texts, st.booleans(), st.tuples(st.builds(ImageBlock, texts, texts))),
)
messages = st.builds(Message, st.sampled_from(Role), st.lists(blocks, max_size=4).map(tuple))


@settings(max_examples=150)
@given(message=messages)
def test_every_message_comes_back_as_it_was_through_text_that_a_database_holds(message: Message) -> None:
    text = dump({"role": message.role.value, "content": [block_to_json(block) for block in message.blocks]})
    assert message_from_json(json.loads(text.encode())) == message


@settings(max_examples=100)
@given(value=values)
def test_any_json_is_a_message_or_a_value_error(value: object) -> None:
    with contextlib.suppress(ValueError):
        message_from_json(value)


def test_unicode_is_stored_as_it_is_and_only_lone_surrogates_are_escaped() -> None:
    assert dump("ü") == '"ü"'
    assert dump("\ud800") == '"\\ud800"'


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "message: expected an object"),
        ({"role": "system", "content": []}, 'expected "user" or "assistant"'),
        ({"role": "user", "content": "hi"}, "expected a list"),
        ({"role": "user", "content": [{"type": "text"}]}, r"content\[0\].text: expected a string"),
        (
            {"role": "user", "content": [{"type": "tool_use", "id": "1", "name": "x", "input": []}]},
            "input: expected an object",
        ),
        (
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "", "is_error": 1}]},
            "true or false",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(value: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        message_from_json(value)


def test_a_key_of_thinking_that_is_not_known_is_left_out() -> None:
    assert "model" not in block_to_json(ThinkingBlock("a", "b"))
    assert block_from_json({"type": "thinking", "thinking": "a", "signature": "b"}) == ThinkingBlock("a", "b")
