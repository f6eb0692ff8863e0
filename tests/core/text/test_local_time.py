"""Times as a person reads them, also those of a damaged row."""

import math

import pytest

from blufio_tui.core.text.amounts import clock_time, date_time


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -math.inf, 9e300, -99999999999.0, 1e12])
def test_what_is_no_time_is_shown_as_one_that_is_not_known(nonsense: float) -> None:
    assert date_time(nonsense) == "????-??-?? ??:??:??"
    assert clock_time(nonsense) == "??:??:??"


def test_a_time_keeps_its_digits() -> None:
    assert date_time(1_750_000_000).startswith("2025-06-1")
