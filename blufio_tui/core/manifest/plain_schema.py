"""Whether a value certainly fits a schema of the everyday kind, told without the library that knows all kinds.

`jsonschema` and what it brings take 5 MB and a tenth of a second; nearly every call fits a schema that lists properties
and their types. Whatever is not plainly right is left to `jsonschema`, which also says what is wrong.
"""

from collections.abc import Callable, Iterator
from typing import Any

from blufio_tui.core.text.json_types import Json, ReadOnlyObject

MAX_VALUES = 1_000
"""Values that are looked at: this runs in the event loop."""


def certainly_fits(schema: ReadOnlyObject, value: Json) -> bool:
    """True only if JSON Schema 2020-12 accepts the value; False if not, or if that takes more than this can tell."""
    try:
        return _fits(dict(schema), value, iter(range(MAX_VALUES)))
    except RecursionError:
        return False


def _fits(schema: Any, value: Any, budget: Iterator[int]) -> bool:
    if not isinstance(schema, dict) or next(budget, None) is None:
        return False
    for keyword, wanted in schema.items():
        if keyword in _ANNOTATIONS:
            continue
        check = _CHECKS.get(keyword)
        if check is None or not check(wanted, value, schema, budget):
            return False
    return True


_ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment", "format"}
)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,  # 1.0 is one, too: left to the library
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}


def _type(wanted: Any, value: Any, _schema: Any, _budget: Iterator[int]) -> bool:
    names = wanted if isinstance(wanted, list) else [wanted]
    if not all(isinstance(name, str) and name in _TYPES for name in names):
        return False
    return any(_TYPES[name](value) for name in names)


def _enum(wanted: Any, value: Any, _schema: Any, _budget: Iterator[int]) -> bool:
    return isinstance(wanted, list) and isinstance(value, str) and value in wanted


def _properties(wanted: Any, value: Any, _schema: Any, budget: Iterator[int]) -> bool:
    if not isinstance(wanted, dict) or not isinstance(value, dict):
        return False
    return all(_fits(wanted[name], item, budget) for name, item in value.items() if name in wanted)


def _additional(wanted: Any, value: Any, schema: Any, _budget: Iterator[int]) -> bool:
    named = schema.get("properties", {})
    if wanted is True:
        return True
    return wanted is False and isinstance(value, dict) and isinstance(named, dict) and value.keys() <= named.keys()


def _required(wanted: Any, value: Any, _schema: Any, _budget: Iterator[int]) -> bool:
    return (
        isinstance(wanted, list)
        and isinstance(value, dict)
        and all(isinstance(name, str) for name in wanted)
        and (all(name in value for name in wanted))
    )


def _items(wanted: Any, value: Any, _schema: Any, budget: Iterator[int]) -> bool:
    return isinstance(value, list) and all(_fits(wanted, item, budget) for item in value)


def _bound(
    is_meant: Callable[[Any], bool], size: Callable[[Any], float], fits: Callable[[float, float], bool]
) -> Callable[[Any, Any, Any, Iterator[int]], bool]:
    def check(wanted: Any, value: Any, _schema: Any, _budget: Iterator[int]) -> bool:
        return _is_number(wanted) and is_meant(value) and fits(size(value), wanted)

    return check


def _at_least(size: float, bound: float) -> bool:
    return size >= bound


def _at_most(size: float, bound: float) -> bool:
    return size <= bound


_CHECKS: dict[str, Callable[[Any, Any, Any, Iterator[int]], bool]] = {
    "type": _type,
    "enum": _enum,
    "properties": _properties,
    "additionalProperties": _additional,
    "required": _required,
    "items": _items,
    "minimum": _bound(_is_number, lambda value: value, _at_least),
    "maximum": _bound(_is_number, lambda value: value, _at_most),
    "minLength": _bound(_TYPES["string"], len, _at_least),
    "maxLength": _bound(_TYPES["string"], len, _at_most),
    "minItems": _bound(_TYPES["array"], len, _at_least),
    "maxItems": _bound(_TYPES["array"], len, _at_most),
}
"""A value of another kind than a keyword is about passes it by the standard; here it is left to the library."""
