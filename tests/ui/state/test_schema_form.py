"""Forms from schemas that nobody vouches for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.core.manifest.schema import problems_by_field
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.ui.state.schema_form import WHOLE, FieldKind, fields_of, values_of

SCHEMA: JsonObject = {
    "type": "object",
    "required": ["days"],
    "properties": {
        "city": {"type": "string", "default": "Oslo"},
        "days": {"type": "integer", "minimum": 1, "maximum": 14},
        "ratio": {"type": ["number", "null"]},
        "style": {"enum": ["short", 2, None]},
        "night": {"type": "boolean", "default": False},
        "tags": {"type": "array", "items": {"type": "string"}},
        "sizes": {"type": "array", "items": {"type": "number"}},
        "place": {"$ref": "#/$defs/place"},
    },
    "$defs": {"place": {"type": "object"}},
}


def test_required_fields_come_first_and_each_kind_has_its_input() -> None:
    kinds = {field.name: field.kind for field in fields_of(SCHEMA)}
    assert next(iter(kinds)) == "days"
    assert kinds == {
        "days": FieldKind.INTEGER,
        "city": FieldKind.TEXT,
        "ratio": FieldKind.NUMBER,
        "style": FieldKind.CHOICE,
        "night": FieldKind.BOOLEAN,
        "tags": FieldKind.LINES,
        "sizes": FieldKind.LINES,
        "place": FieldKind.JSON,
    }


def test_defaults_choices_and_bounds_are_shown_as_one_types_them() -> None:
    fields = {field.name: field for field in fields_of(SCHEMA)}
    assert fields["city"].default == "Oslo" and fields["night"].default == "no"
    assert fields["style"].choices == ("", "short", "2", "null")
    assert fields["days"].bounds == "1 to 14"


def test_typed_texts_become_values_of_the_right_type() -> None:
    typed = {"days": "3", "ratio": "0.5", "style": "2", "night": "yes", "tags": "a\n\nb", "sizes": "1\n2.5"}
    values, problems = values_of(fields_of(SCHEMA), SCHEMA, {**typed, "place": '{"x": 1}', "city": ""})
    assert problems == {}
    assert values == {
        "days": 3,
        "ratio": 0.5,
        "style": 2,
        "night": True,
        "tags": ["a", "b"],
        "sizes": [1, 2.5],
        "place": {"x": 1},
    }


def test_each_mistake_is_told_by_its_field() -> None:
    typed = {"days": "", "ratio": "nan", "sizes": "1\nx", "place": "{"}
    _, problems = values_of(fields_of(SCHEMA), SCHEMA, typed)
    assert problems["days"] == "is required"
    assert problems["ratio"] == problems["sizes"] == "must be a number, such as 2.5"
    assert problems["place"].startswith("is not valid JSON (line 1")


def test_a_schema_without_properties_is_one_field_for_the_whole_input() -> None:
    fields = fields_of({"type": "object"})
    assert [field.name for field in fields] == [WHOLE]
    assert values_of(fields, {}, {WHOLE: '{"a": 1}'}) == ({"a": 1}, {})
    assert values_of(fields, {}, {WHOLE: "[1]"})[1] == {WHOLE: "must be a JSON object, such as {}"}


def test_what_the_schema_refuses_is_told_by_field_as_well() -> None:
    problems = problems_by_field(SCHEMA, {"days": 99, "tags": ["a", 2], "style": "long"})
    assert problems["days"] == "99 is greater than the maximum of 14"
    assert problems["tags"] == "at 1: 2 is not of type 'string'"
    assert "style" in problems
    assert problems_by_field(SCHEMA, {"days": 1}) == {}
    assert problems_by_field({"$ref": "http://127.0.0.1:9/x"}, {})[""].startswith("the tool's schema cannot be used")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "enum", "items", "$ref", "default", "minimum", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=4), json_values, max_size=4), json_values, st.text(max_size=20))
def test_no_schema_and_no_typing_breaks_the_form(properties: dict[str, object], required: object, text: str) -> None:
    schema: JsonObject = {"properties": properties, "required": required}  # type: ignore[dict-item]
    fields = fields_of(schema)
    values, problems = values_of(fields, schema, {field.name: text for field in fields})
    assert isinstance(values, dict) and set(problems) <= {field.name for field in fields}


@pytest.mark.parametrize("count", [61, 500])
def test_a_schema_with_very_many_properties_is_asked_for_as_json(count: int) -> None:
    assert len(fields_of({"properties": {f"p{n}": {"type": "string"} for n in range(count)}})) == 1
