"""What servers may ask for, before anybody is asked."""

from typing import Any

import pytest

from blufio_tui.core.errors import UsageError
from blufio_tui.core.servers.prompts import (
    PromptCall,
    arguments_of,
    offered_prompts,
    offered_resources,
    prompt_call,
    resource_of,
)
from blufio_tui.core.servers.requests import (
    MAX_IN_A_CALL,
    NoForms,
    RefusedRequest,
    ServerRequests,
    form_schema,
    quoted,
    sampling_request,
)
from blufio_tui.core.servers.view import Offered
from blufio_tui.core.tools import CallContext


@pytest.mark.parametrize(
    "schema",
    [
        None,
        7,
        {"properties": []},
        {"properties": {"a": {"type": "object"}}},
        {"properties": {"a": {"type": "string"}, "b": 7}},
        {"properties": {f"f{number}": {"type": "string"} for number in range(21)}},
        {"properties": {"a\u202eb": {"type": "string"}}},
        {"properties": {"a": {"type": "array", "items": "x"}}},
        {"properties": {"a": {"type": ["string"]}}},
        {"properties": {"a": {"type": "string", "default": "yes\u200b"}}},
        {"properties": {"a": {"type": "string", "enum": ["no", "yes\U000e0041"]}}},
        {"properties": {"a": {"type": "array", "items": {"enum": ["x\u202ey"]}}}},
        {"properties": {"a": {"type": "array", "items": {}, "default": ["\x1b[2J"]}}},
        {"properties": {"a": {"type": "string", "enum": [{}]}}},
        {"properties": {"a": {"type": "string", "enum": [str(number) for number in range(201)]}}},
    ],
)
def test_only_flat_forms_are_shown(schema: Any) -> None:
    with pytest.raises(RefusedRequest):
        form_schema(schema)


def test_a_form_keeps_what_it_accepts_and_shows_what_is_hidden() -> None:
    field = {"type": "string", "enum": ["a"], "description": "pick\u200b one"}
    schema = form_schema({"properties": {"x": field}, "required": ["x"], "$schema": "y"})
    assert schema == {
        "type": "object",
        "properties": {"x": {"type": "string", "enum": ["a"], "description": "pick\\u200b one"}},
        "required": ["x"],
    }


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ({"type": "string", "pattern": "(a+)+$", "$ref": "#/x", "not": {}}, {"type": "string"}),
        ({"type": "string", "minLength": 1, "maxLength": True, "minimum": 10**400}, {"type": "string", "minLength": 1}),
        ({"type": "string", "oneOf": [{"const": "r", "title": "Red"}]}, {"type": "string", "enum": ["r"]}),
        (
            {"type": "array", "items": {"anyOf": [{"const": "r", "title": "Red"}]}, "default": ["r"]},
            {"type": "array", "items": {"type": "string", "enum": ["r"]}, "default": ["r"]},
        ),
        ({"type": "boolean", "default": {"a": 1}, "title": 7}, {"type": "boolean"}),
    ],
)
def test_of_a_field_only_what_the_protocol_has_is_kept(field: dict[str, Any], shown: dict[str, Any]) -> None:
    schema = form_schema({"properties": {"x": field}, "required": ["x", "y", ["z"], 7]})
    assert schema == {"type": "object", "properties": {"x": shown}, "required": ["x"]}


def test_every_line_of_a_stranger_is_marked() -> None:
    assert quoted("a\nb\x1b[2J") == "  » a\n  » b\\e[2J"
    assert quoted("") == "  » "


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["s:essay", "s:poem"]),
        ("po", ["s:poem"]),
        ("zzz", []),
    ],
)
def test_prompts_that_fit_are_offered_and_none_that_hides_something(typed: str, names: list[str]) -> None:
    arguments = [{"name": "topic", "required": True}, {"name": "tone\x1b[2J"}, 7, {}]
    listed: list[Any] = [
        {"name": "essay", "description": "Writes\u202e one.", "arguments": arguments},
        {"name": "poem", "arguments": 7, "title": ["x"]},
        *({"name": name} for name in ("", "two words", "hid\u200bden", "x\n", 7, None, "x" * 1001)),
    ]
    found = offered_prompts("s", listed, typed)
    assert [one.name for one in found] == names
    assert not any("\u202e" in one.help or "\x1b" in one.help for one in found)
    if typed == "":
        assert found[0].help == "topic [tone\\e[2J] · Writes\\u202e one."


def test_resources_are_offered_with_what_the_server_calls_them_and_no_more_than_one_can_look_through() -> None:
    listed: list[Any] = [{"uri": f"memo://{number}", "name": f"number {number}"} for number in range(500)]
    assert offered_resources("s", listed, "memo://77")[0] == Offered("s:memo://77", "number 77")
    assert len(offered_resources("s", listed, "")) == 50


def _said(text: Any, role: str = "user") -> dict[str, Any]:
    return {"role": role, "content": {"type": "text", "text": text}}


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"messages": []},
        {"messages": [7]},
        {"messages": [_said(7)]},
        {"messages": [{"role": "user", "content": {"type": "image", "data": "x"}}]},
        {"messages": [_said("a"), _said("b", "assistant")]},
        {"messages": [_said("x" * 100_001)]},
        {"messages": [_said("a")], "tools": [{"name": "bash"}]},
    ],
)
def test_only_plain_questions_are_asked_of_the_model(params: Any) -> None:
    with pytest.raises(RefusedRequest):
        sampling_request(params)


def test_a_question_to_the_model_is_bounded_and_shown_whole() -> None:
    wanted = sampling_request({"messages": [_said("hi")], "systemPrompt": "be brief", "maxTokens": 10**9})
    assert (wanted.max_tokens, wanted.shown) == (4096, "system: be brief\nuser: hi")


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("/mem:essay", PromptCall("mem", "essay")),
        (" /a-b:x.y some words", PromptCall("a-b", "x.y", "some words")),
        ("/mem: essay", None),
        ("/mem", None),
        ("see /mem:essay", None),
        ("/etc/hosts:1", None),
    ],
)
def test_prompts_of_servers_are_recognised(text: str, call: PromptCall | None) -> None:
    assert prompt_call(text) == call


_PROMPT: Any = {"name": "p", "arguments": [{"name": "topic", "required": True}, {"name": "style"}, 7]}


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        ("rain", {"topic": "rain"}),
        ("rain very short", {"topic": "rain", "style": "very short"}),
        ("style=short the rain", {"style": "short", "topic": "the rain"}),
        ('"the rain" short', {"topic": "the rain", "style": "short"}),
        ("it's", {"topic": "it's"}),
        ("other=1", {"topic": "other=1"}),
    ],
)
def test_what_is_typed_becomes_arguments(typed: str, given: dict[str, str]) -> None:
    assert arguments_of(typed, _PROMPT) == given


def test_a_needed_argument_is_missed() -> None:
    with pytest.raises(UsageError, match="/p needs topic"):
        arguments_of("style=short", _PROMPT)


def test_resources_are_recognised() -> None:
    assert resource_of("mem:memo://one") == ("mem", "memo://one")
    assert resource_of("src/a.py") is None


async def test_a_call_asks_so_often_and_another_one_again() -> None:
    asked: list[str] = []
    current = ["one"]

    async def ask(_what: str, _word: str, shown: str, _do: Any) -> None:
        asked.append(shown)

    answers = ServerRequests(
        "s", ask, NoForms(), None, lambda: CallContext("s1", "t1", current[0], lambda _event: None)
    )
    page = {"mode": "url", "message": "m", "url": "https://example.org/"}
    for turn in range(MAX_IN_A_CALL * 2):  # two calls at one time do not give each other more
        current[0] = ("one", "two")[turn % 2]
        await answers.elicit(page)
    for call in ("one", "two"):
        current[0] = call
        with pytest.raises(RefusedRequest, match="asked 20 times"):
            await answers.elicit(page)
    current[0] = "three"
    await answers.elicit(page)
    assert len(asked) == MAX_IN_A_CALL * 2 + 1
