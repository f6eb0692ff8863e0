"""What is accepted without jsonschema, jsonschema accepts as well."""

import subprocess
import sys
from random import Random
from typing import Any

import pytest

from blufio_tui.core.manifest.plain_schema import MAX_VALUES, certainly_fits
from blufio_tui.core.manifest.schema import check

_TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {"text": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({}, 5),
        ({"type": "object"}, {"any": 1}),
        (_TEXTS, {"text": "a"}),
        (_TEXTS, {}),
        ({**_TEXTS, "required": ["text"]}, {"text": "a"}),
        ({"type": ["string", "null"]}, None),
        ({"type": "integer", "minimum": 1, "maximum": 3}, 3),
        ({"enum": ["fast", 1]}, "fast"),
        ({"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": 2}, [1, 2.5]),
        ({"type": "string", "minLength": 1, "maxLength": 3, "description": "\u2026", "format": "uri"}, "abc"),
    ],
)
def test_what_plainly_fits_is_told_so(schema: dict[str, Any], value: Any) -> None:
    assert certainly_fits(schema, value)
    assert check(schema, value) == ""


def _deep(levels: int) -> tuple[dict[str, Any], Any]:
    schema, value = {"type": "null"}, None
    for _ in range(levels):
        schema, value = {"items": schema}, [value]  # type: ignore[assignment, dict-item]
    return schema, value


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (_TEXTS, {"text": 1}),
        (_TEXTS, {"other": "a"}),
        (_TEXTS, "text"),
        ({"type": "integer"}, True),
        ({"type": "number"}, False),
        ({"type": "integer"}, 1.5),
        ({"required": ["a"]}, {}),
        ({"enum": ["a"]}, "b"),
        ({"enum": [1]}, True),
        ({"maximum": 3}, 4),
        ({"minimum": 3}, float("nan")),
        ({"minLength": 2}, "a"),
        ({"maxItems": 1}, [1, 2]),
        ({"items": {"type": "string"}}, ["a", 1]),
        ({"properties": {"a": {"pattern": "^x$"}}}, {"a": "x"}),
        ({"$ref": "#/$defs/a", "$defs": {"a": {}}}, 1),
        ({"anyOf": [{}]}, 1),
        ({"unknown": True}, 1),
        ({"not": {}}, 1),
        ({"const": 1}, 1),
        ({"properties": {"a": False}}, {"a": 1}),
        ({"type": "text"}, "a"),
        ({"type": 5}, 5),
        ({"required": "text"}, {"text": 1}),
        ({"minimum": True}, 1),
        ({"additionalProperties": {"type": "string"}}, {"a": "b"}),
        ({"items": {}}, [0] * (MAX_VALUES + 1)),
        _deep(5_000),
    ],
)
def test_everything_else_is_left_to_the_library(schema: dict[str, Any], value: Any) -> None:
    assert not certainly_fits(schema, value)


def test_it_never_accepts_what_the_library_refuses() -> None:
    chance = Random(7)
    accepted = 0
    for _ in range(1_000):
        schema, value = _schema(chance, 3), _value(chance, 3)
        if certainly_fits(schema, value):
            accepted += 1
            assert check(schema, value) == "", (schema, value)
    assert accepted > 30


def _value(chance: Random, depth: int) -> Any:
    plain = [None, True, False, 0, 1, 2.0, 2.5, -1, "", "a", "ab", "\U0001f30d"]
    match chance.randrange(3) if depth else 0:
        case 1:
            return [_value(chance, depth - 1) for _ in range(chance.randrange(3))]
        case 2:
            return {name: _value(chance, depth - 1) for name in chance.sample("abc", chance.randrange(3))}
        case _:
            return chance.choice(plain)


def _schema(chance: Random, depth: int) -> dict[str, Any]:
    types = ["string", "integer", "number", "boolean", "object", "array", "null"]
    parts: list[tuple[str, Any]] = [
        ("type", chance.choice([*types, chance.sample(types, 2)])),
        ("enum", ["a", 1, True, None, ""]),
        ("minimum", chance.choice([0, 1, 2.5])),
        ("maximum", chance.choice([0, 1, 2.5])),
        ("minLength", 1),
        ("maxLength", 1),
        ("minItems", 1),
        ("maxItems", 1),
        ("required", ["a"]),
        ("additionalProperties", chance.choice([True, False])),
    ]
    if depth:
        parts.append(("items", _schema(chance, depth - 1)))
        parts.append(("properties", {name: _schema(chance, depth - 1) for name in "ab"}))
    return dict(chance.sample(parts, chance.randrange(4)))


def test_a_call_that_plainly_fits_does_not_load_the_library() -> None:
    code = """
import asyncio, sys
from blufio_tui.core.manifest.schema import input_problem
schema = {"type": "object", "properties": {"text": {"type": "string"}}}
print(repr(asyncio.run(input_problem(schema, {"text": "a"}))), "jsonschema" in sys.modules)
print(bool(asyncio.run(input_problem(schema, {"text": 1}))), "jsonschema" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["'' False", "True True"]
