"""Checking inputs against schemas that nobody vouches for."""

import time

import pytest

from blufio_tui.core.manifest.schema import check, input_problem
from blufio_tui.core.text.json_types import Json, JsonObject
from blufio_tui.core.text.safe_regex import is_safe


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"type": "object"}, {"any": 1}, ""),
        ({"type": "object"}, [], "[] is not of type 'object'"),
        ({"required": ["city"]}, {}, "'city' is a required property"),
        ({"properties": {"n": {"type": "integer"}}}, {"n": "x"}, "at n: 'x' is not of type 'integer'"),
        ({"properties": {"l": {"items": {"type": "string"}}}}, {"l": ["a", 2]}, "at l.1: 2 is not of type 'string'"),
        ({"additionalProperties": False}, {"x": 1}, "Additional properties are not allowed ('x' was unexpected)"),
        ({"properties": {"d": {"pattern": r"^\d+$"}}}, {"d": "x"}, "at d: 'x' does not match '^\\\\d+$'"),
        ({"patternProperties": {"^n_": {"type": "integer"}}}, {"n_a": "x"}, "at n_a: 'x' is not of type 'integer'"),
    ],
)
async def test_what_is_wrong_is_named_with_its_place(schema: JsonObject, value: Json, said: str) -> None:
    assert await input_problem(schema, value) == said


def test_a_remote_reference_is_not_fetched() -> None:
    problem = check({"$ref": "http://127.0.0.1:9/schema.json"}, {})
    assert "schema cannot be used" in problem


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$defs": {str(n): {"anyOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(40)}, "$ref": "#/$defs/0"},
    ],
)
def test_a_schema_that_unfolds_without_end_is_given_up(schema: JsonObject) -> None:
    started = time.process_time()
    assert check(schema, {"a": 1})
    assert time.process_time() - started < 10


def test_a_pattern_that_would_hang_is_not_run() -> None:
    started = time.process_time()
    assert check({"properties": {"x": {"pattern": "^(a+)+$"}}}, {"x": "a" * 40 + "!"}) == ""
    assert time.process_time() - started < 10


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"properties": 3}, {"pattern": 3}, {"required": "x"}])
def test_a_malformed_schema_is_the_schemas_fault(schema: JsonObject) -> None:
    assert isinstance(check(schema, {"a": "b"}), str)


@pytest.mark.parametrize("pattern", [r"^\d{4}-\d\d-\d\d$", "^[a-z]+@[a-z]+$", "(?:ab)+", "^(north|south)$", "a{1,3}b?"])
def test_ordinary_patterns_are_safe(pattern: str) -> None:
    assert is_safe(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|aa)+$",
        r"(\w+\s?)*$",
        "a*a*a*b",
        r"(a)\1+",
        "(a?){40}a{40}",
        "((a{0,9}){0,9}){0,9}",
        "(",
        "x" * 501,
    ],
)
def test_patterns_that_can_take_forever_are_not(pattern: str) -> None:
    assert not is_safe(pattern)
