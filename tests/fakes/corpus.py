"""Long tables of cases: some of them in `make test`, all of them in `make test-all`."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest


def sampled(cases: Iterable[Any], one_in: int = 3) -> Iterator[Any]:
    """The cases for `parametrize`. All but each `one_in`-th, counted from the first, carry the marker `corpus`."""
    for number, case in enumerate(cases):
        values = case if isinstance(case, tuple) else (case,)
        yield case if number % one_in == 0 else pytest.param(*values, marks=pytest.mark.corpus)
