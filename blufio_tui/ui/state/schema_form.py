"""A form made from a JSON Schema: which fields there are, and what a typed text means.

The schema's author is not trusted: whatever cannot be a field of its own is asked for as JSON, and the whole
input is checked by `core.schema` before anything runs.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from blufio_tui.core.text.json_types import Json, JsonObject, ReadOnlyObject

_MOST_FIELDS = 60
_MOST_CHOICES = 200
WHOLE = ""
"""Name of the only field where the schema names no properties: the whole input, as JSON."""


class FieldKind(StrEnum):
    """What a field takes. `lines`: a list of texts or numbers, one a line; `json`: anything else."""

    TEXT = "text"
    INTEGER = "whole number"
    NUMBER = "number"
    BOOLEAN = "yes or no"
    CHOICE = "choice"
    LINES = "list, one a line"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class FormField:
    """
    Attributes:
        choices: the values there are, as typed texts; the first is "" if the field may be left out.
        default: as a typed text.
        bounds: what the schema says of the value's size, in words.
    """

    name: str
    kind: FieldKind
    help: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str = ""
    bounds: str = ""
    item_is_number: bool = False


class BadField(ValueError):
    """A typed text that the field does not take; the message says what it takes."""


def fields_of(schema: ReadOnlyObject) -> tuple[FormField, ...]:
    """Required fields first, each group in the schema's order."""
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties or len(properties) > _MOST_FIELDS:
        return (FormField(WHOLE, FieldKind.JSON, "The whole input, a JSON object.", False, (), "{}"),)
    required = schema.get("required")
    needed = {name for name in required if isinstance(name, str)} if isinstance(required, list) else set[str]()
    fields = [_field(name, _resolved(part, schema), name in needed) for name, part in properties.items()]
    return tuple(sorted(fields, key=lambda field: not field.required))


def _resolved(part: Json, schema: ReadOnlyObject) -> Mapping[str, Json]:
    """The part itself, or what its `$ref` into the same schema's definitions says."""
    if not isinstance(part, dict):
        return {}
    reference = part.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        target: Json = dict(schema)
        for step in reference[2:].split("/"):
            target = target.get(step, {}) if isinstance(target, dict) else {}
        if not isinstance(target, dict) or "$ref" in target:
            return {}
        return {**target, **{key: value for key, value in part.items() if key != "$ref"}}
    return part


def _field(name: str, part: Mapping[str, Json], required: bool) -> FormField:
    kind, choices = _kind(part)
    if choices and not (required and "default" in part):
        choices = ("", *choices)
    default = as_typed(part["default"], kind) if "default" in part else ""
    help_text = part.get("description") or part.get("title") or ""
    return FormField(
        name=name,
        kind=kind,
        help=str(help_text) if isinstance(help_text, str) else "",
        required=required,
        choices=choices,
        default=default if not choices or default in choices else "",
        bounds=_bounds(part),
        item_is_number=_item_type(part) in ("number", "integer"),
    )


def _kind(part: Mapping[str, Json]) -> tuple[FieldKind, tuple[str, ...]]:
    values = part.get("enum")
    if isinstance(values, list) and 0 < len(values) <= _MOST_CHOICES and all(_is_scalar(value) for value in values):
        return FieldKind.CHOICE, tuple(as_typed(value, FieldKind.CHOICE) for value in values)
    match _type(part):
        case "string":
            return FieldKind.TEXT, ()
        case "integer":
            return FieldKind.INTEGER, ()
        case "number":
            return FieldKind.NUMBER, ()
        case "boolean":
            return FieldKind.BOOLEAN, ("yes", "no")
        case "array" if _item_type(part) in ("string", "number", "integer"):
            return FieldKind.LINES, ()
        case _:
            return FieldKind.JSON, ()


def _type(part: Mapping[str, Json]) -> Json:
    """The one type, `null` beside it left aside."""
    wanted = part.get("type")
    if isinstance(wanted, list):
        others = [one for one in wanted if one != "null"]
        return others[0] if len(others) == 1 else None
    return wanted


def _item_type(part: Mapping[str, Json]) -> Json:
    items = part.get("items")
    return _type(items) if isinstance(items, dict) else None


def _is_scalar(value: Json) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _bounds(part: Mapping[str, Json]) -> str:
    words = []
    for low, high, what in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
    ):
        least, most = part.get(low), part.get(high)
        if _is_number(least) and _is_number(most):
            words.append(f"{least} to {most}{what}")
        elif _is_number(least):
            words.append(f"at least {least}{what}")
        elif _is_number(most):
            words.append(f"at most {most}{what}")
    return ", ".join(words)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_typed(value: Json, kind: FieldKind) -> str:
    """A value as one would type it into a field of the kind."""
    if kind is FieldKind.BOOLEAN and isinstance(value, bool):
        return "yes" if value else "no"
    if kind is FieldKind.LINES and isinstance(value, list):
        return "\n".join(item if isinstance(item, str) else json.dumps(item) for item in value)
    if isinstance(value, str) and kind in (FieldKind.TEXT, FieldKind.CHOICE):
        return value
    return json.dumps(value, ensure_ascii=False)


def values_of(
    fields: tuple[FormField, ...], schema: ReadOnlyObject, typed: Mapping[str, str]
) -> tuple[JsonObject, dict[str, str]]:
    """The input that was typed, and what is wrong by field. Empty fields that are not required are left out."""
    values: JsonObject = {}
    problems: dict[str, str] = {}
    for field in fields:
        text = typed.get(field.name, "")
        try:
            if is_given(field, text):
                values[field.name] = _value(field, text, schema)
            elif field.required:
                problems[field.name] = "is required"
        except BadField as error:
            problems[field.name] = str(error)
    if [field.name for field in fields] != [WHOLE]:
        return values, problems
    whole = values.get(WHOLE, {})
    if isinstance(whole, dict):
        return whole, problems
    return {}, {WHOLE: "must be a JSON object, such as {}"}


def is_given(field: FormField, text: str) -> bool:
    return text != "" if field.kind is FieldKind.TEXT else text.strip() != ""


def _value(field: FormField, text: str, schema: ReadOnlyObject) -> Json:
    match field.kind:
        case FieldKind.TEXT:
            return text
        case FieldKind.INTEGER:
            return _number(text, whole=True)
        case FieldKind.NUMBER:
            return _number(text, whole=False)
        case FieldKind.BOOLEAN:
            return text == "yes"
        case FieldKind.CHOICE:
            return _chosen(field, text, schema)
        case FieldKind.LINES:
            return [_item(field, line) for line in text.split("\n") if line.strip()]
        case FieldKind.JSON:
            return _parsed(text)


def _number(text: str, *, whole: bool) -> Json:
    try:
        return int(text.replace("_", "")) if whole else _plain_float(text)
    except (ValueError, OverflowError):
        raise BadField(f"must be a {'whole ' if whole else ''}number, such as {'3' if whole else '2.5'}") from None


def _plain_float(text: str) -> Json:
    number = float(text)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(text)
    return int(number) if number.is_integer() and "." not in text and "e" not in text.lower() else number


def _chosen(field: FormField, text: str, schema: ReadOnlyObject) -> Json:
    properties = schema.get("properties")
    part = _resolved(properties.get(field.name, {}), schema) if isinstance(properties, dict) else {}
    values = part.get("enum")
    for value in values if isinstance(values, list) else ():
        if as_typed(value, FieldKind.CHOICE) == text:
            return value
    raise BadField("must be one of the choices")


def _item(field: FormField, line: str) -> Json:
    return _number(line.strip(), whole=False) if field.item_is_number else line


def _parsed(text: str) -> Json:
    try:
        value: Json = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise BadField(f"is not valid JSON{where}") from None
    return value


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")
