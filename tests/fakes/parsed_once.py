"""Styles of Textual parsed once for all apps of a test run: a quarter of the time that an app takes to start."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_parsed: dict[tuple[object, ...], list[RuleSet]] = {}
"""By the text, where it is from, and the colours that it names."""


@contextmanager
def styles_parsed_once() -> Iterator[None]:
    """Textual keeps what it has parsed too, but each app for itself."""
    parse = Stylesheet._parse_rules

    def parse_once(sheet: Stylesheet, *about: Any, **more: Any) -> list[RuleSet]:
        key = (*about, *more.items(), frozenset(sheet._variables.items()))
        if key not in _parsed:
            _parsed[key] = parse(sheet, *about, **more)
        return _parsed[key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Stylesheet, "_parse_rules", parse_once)
        yield
