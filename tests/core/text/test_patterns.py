"""Which regular expressions the program may use."""

import importlib
import pkgutil
import re
import re._parser
from collections.abc import Iterator
from typing import Any

import blufio_tui.core

_UNSOUND = {"POSSESSIVE_REPEAT", "ATOMIC_GROUP"}
"""What takes back too little in Python before 3.11.5: `(?:ab?c)*+` matches the "a" of "ab" there."""


def test_none_relies_on_what_early_pythons_get_wrong() -> None:
    used = {pattern for pattern in _patterns() if _UNSOUND & set(_operations(re._parser.parse(pattern)))}
    assert used == set()


def test_an_unsound_one_would_be_found() -> None:
    assert set(_operations(re._parser.parse("x(?:a|b++)*"))) & _UNSOUND
    assert set(_operations(re._parser.parse("x(?=(?>a))"))) & _UNSOUND


def _patterns() -> Iterator[str]:
    for module in pkgutil.walk_packages(blufio_tui.core.__path__, "blufio_tui.core."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                yield value.pattern


def _operations(parsed: Any) -> Iterator[str]:
    """The names of all operations in a parsed expression, at any depth."""
    if isinstance(parsed, re._parser.SubPattern | list | tuple):
        for part in parsed:
            yield from _operations(part)
    elif isinstance(parsed, type(re._parser.LITERAL)):
        yield str(parsed)
