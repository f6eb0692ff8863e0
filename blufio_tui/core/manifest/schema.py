"""Check a tool's input against its JSON Schema, whoever wrote the schema.

A skill's author is not trusted: the schema must not make this program fetch anything, hang in a regular
expression or unfold without end. What cannot be checked safely is left to the skill.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from itertools import islice
from typing import Any

from blufio_tui.core.manifest.plain_schema import certainly_fits
from blufio_tui.core.text.json_types import Json, ReadOnlyObject
from blufio_tui.core.text.safe_regex import is_safe

MAX_REFERENCES = 2_000
MAX_PATTERN_TEXT = 2_000
_MAX_MESSAGE = 300
_MOST_PROBLEMS = 50

_references_left: ContextVar[int] = ContextVar("references_left", default=0)


class _TooDeep(Exception):
    """The schema expands further than any reasonable one."""


async def input_problem(schema: ReadOnlyObject, value: Json) -> str:
    """What is wrong with the input, in one sentence that says where; "" if nothing is.

    What plainly fits is told at once; the rest takes jsonschema, which is slow to import, so it is done in a thread.
    """
    return "" if certainly_fits(schema, value) else await asyncio.to_thread(check, schema, value)


def check(schema: ReadOnlyObject, value: Json) -> str:
    """As `input_problem`, in this thread."""
    _references_left.set(MAX_REFERENCES)
    try:
        error = _first_error(schema, value)
    except (_TooDeep, RecursionError):
        return "the tool's schema refers to itself too deeply to be checked; its author must simplify [parameters]"
    except Exception as problem:  # noqa: BLE001
        # jsonschema has no common root for what a malformed schema makes it raise; any of it is the schema's fault.
        return f"the tool's schema cannot be used: {_short(f'{type(problem).__name__}: {problem}')}"
    return "" if error is None else _sentence(error)


def problems_by_field(schema: ReadOnlyObject, value: Json) -> dict[str, str]:
    """What is wrong with each property of the input, by its name; "" for what concerns the whole. Slow at first."""
    first = check(schema, value)
    if not first:
        return {}
    _references_left.set(MAX_REFERENCES)
    found: dict[str, str] = {}
    try:
        for error in islice(_validator(dict(schema)).iter_errors(value), _MOST_PROBLEMS):
            path = [str(part) for part in error.absolute_path]
            inner = f"at {'.'.join(path[1:])}: " if path[1:] else ""
            found.setdefault(path[0] if path else "", inner + _short(str(error.message)))
    except Exception:  # noqa: BLE001 - as in `check`, which has said what it is
        return {"": first}
    return found or {"": first}


def _first_error(schema: ReadOnlyObject, value: Json) -> Any:
    from jsonschema.exceptions import best_match

    return best_match(_validator(dict(schema)).iter_errors(value))


def _validator(schema: dict[str, Json]) -> Any:
    from referencing import Registry

    # An empty registry: the default one would fetch a remote `$ref`.
    return _validator_class()(schema, registry=Registry())


@lru_cache(maxsize=1)
def _validator_class() -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    checks = Draft202012Validator.VALIDATORS
    return extend(  # type: ignore[no-untyped-call]
        Draft202012Validator,
        {
            "$ref": _counting(checks["$ref"]),
            "$dynamicRef": _counting(checks["$dynamicRef"]),
            "pattern": _pattern,
            "patternProperties": _pattern_properties,
        },
    )


def _counting(check_reference: Any) -> Any:
    """The same check, with a limit on how many references one validation follows."""

    def checked(validator: Any, reference: Any, instance: Any, schema: Any) -> Iterator[Any]:
        _spend_reference()
        yield from check_reference(validator, reference, instance, schema) or ()

    return checked


def _spend_reference() -> None:
    left = _references_left.get() - 1
    _references_left.set(left)
    if left < 0:
        raise _TooDeep


def _pattern(_validator: Any, pattern: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    checkable = isinstance(instance, str) and len(instance) <= MAX_PATTERN_TEXT and is_safe(pattern)
    if checkable and not re.search(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if not isinstance(instance, Mapping) or not isinstance(patterns, Mapping):
        return
    for pattern, subschema in patterns.items():
        for key, value in instance.items():
            if is_safe(pattern) and len(key) <= MAX_PATTERN_TEXT and re.search(pattern, key):
                yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _sentence(error: Any) -> str:
    where = ".".join(str(part) for part in error.absolute_path)
    message = _short(str(error.message))
    return f"at {where}: {message}" if where else message


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_MESSAGE else line[: _MAX_MESSAGE - 1] + "…"
