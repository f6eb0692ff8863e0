"""Dataclasses to JSON and back, checked."""

import json
from dataclasses import dataclass, field
from enum import StrEnum

import pytest

from blufio_tui.core.text.value_json import value_from_json, value_to_json


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Inner:
    size: float


@dataclass(frozen=True, slots=True)
class Outer:
    name: str
    count: int = 0
    colour: Colour = Colour.RED
    inner: Inner | None = None
    many: tuple[Inner, ...] = ()
    free: dict[str, object] = field(default_factory=dict)


WHOLE = Outer("x", 3, Colour.BLUE, Inner(1.5), (Inner(2.0), Inner(3.0)), {"a": [1]})


def test_a_value_comes_back_as_it_was() -> None:
    assert value_from_json(Outer, json.loads(json.dumps(value_to_json(WHOLE)))) == WHOLE


def test_absent_fields_take_their_default_and_unknown_ones_are_left_out() -> None:
    assert value_from_json(Outer, {"name": "x", "later": 1}) == Outer("x")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (7, "Outer: expected an object"),
        ({}, "name: is missing"),
        ({"name": 1}, "name: expected a string, found int"),
        ({"name": "x", "count": True}, "count: expected a whole number"),
        ({"name": "x", "count": 2**63}, "count: expected a whole number"),
        ({"name": "x", "colour": "green"}, "colour: expected one of red, blue"),
        ({"name": "x", "colour": ["red"]}, "colour: expected one of"),
        ({"name": "x", "inner": {"size": "big"}}, "inner.size: expected a number"),
        ({"name": "x", "inner": {"size": float("inf")}}, "inner.size: expected a number"),
        ({"name": "x", "inner": {"size": 10**400}}, "inner.size: expected a number"),
        ({"name": "x", "inner": {"size": float("nan")}}, "inner.size: expected a number"),
        ({"name": "x", "many": [{"size": 1}, 3]}, r"many\[1\]: expected an object"),
        ({"name": "x", "many": "ab"}, "many: expected a list"),
        ({"name": "x", "free": []}, "free: expected an object"),
    ],
)
def test_what_does_not_fit_is_named(value: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        value_from_json(Outer, value)
