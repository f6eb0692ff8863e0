"""Frozen dataclasses as JSON and back, checked field by field: what is read may have been written by anyone."""

import types
from collections.abc import Callable
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def value_to_json(value: Any) -> dict[str, Any]:
    """The fields of a dataclass, nested ones included, as JSON knows them."""
    plain: dict[str, Any] = asdict(value)
    return plain


def value_from_json(kind: type[T], value: object, where: str = "") -> T:
    """An instance of the dataclass `kind`. Unknown fields are left out, absent ones take their default.

    Raises:
        ValueError: a field is missing or of the wrong type; the message says which.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{where or kind.__name__}: expected an object, found {type(value).__name__}")
    arguments = {}
    untyped: Any = kind
    for name, (hint, required) in _fields_of(untyped).items():
        if name in value:
            arguments[name] = _convert(hint, value[name], f"{where}.{name}" if where else name)
        elif required:
            raise ValueError(f"{where}.{name}: is missing" if where else f"{name}: is missing")
    return kind(**arguments)


@cache
def _fields_of(kind: Any) -> dict[str, tuple[Any, bool]]:
    hints = get_type_hints(kind, localns={"Json": object})  # which refers to itself by name
    return {one.name: (hints[one.name], _is_required(one)) for one in fields(kind)}


def _is_required(one: "Field[Any]") -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _convert(hint: Any, value: object, where: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _optional(hint, value, where)
    if origin is tuple:
        item = get_args(hint)[0]
        return tuple(_convert(item, one, f"{where}[{index}]") for index, one in enumerate(_list(value, where)))
    if origin is dict or hint is dict:
        return _expect(isinstance(value, dict), value, where, "an object")
    if is_dataclass(hint) and isinstance(hint, type):
        return value_from_json(hint, value, where)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _member(hint, value, where)
    return _plain(hint, value, where)


def _optional(hint: Any, value: object, where: str) -> Any:
    inner = [one for one in get_args(hint) if one is not types.NoneType]
    return None if value is None else _convert(inner[0], value, where)


def _list(value: object, where: str) -> list[Any]:
    found: list[Any] = _expect(isinstance(value, list | tuple), value, where, "a list")
    return found


def _member(hint: type[Enum], value: object, where: str) -> Enum:
    try:
        return hint(value)
    except ValueError:
        choices = ", ".join(str(one.value) for one in hint)
        raise ValueError(f"{where}: expected one of {choices}, found {str(value)[:40]!r}") from None


_PLAIN: dict[Any, tuple[Callable[[object], bool], str]] = {
    str: (lambda value: isinstance(value, str), "a string"),
    bool: (lambda value: isinstance(value, bool), "true or false"),
    int: (
        lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63,
        "a whole number",
    ),
    float: (
        lambda value: isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300,
        "a number",
    ),
}


def _plain(hint: Any, value: object, where: str) -> Any:
    fits, expected = _PLAIN[hint]
    found: Any = _expect(fits(value), value, where, expected)
    return float(found) if hint is float else found


def _expect(fits: bool, value: object, where: str, expected: str) -> Any:
    if not fits:
        raise ValueError(f"{where}: expected {expected}, found {type(value).__name__}")
    return value
