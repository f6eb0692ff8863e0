"""What every match of an expression contains."""

import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.text.required_text import required_text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("needle", "needle"),
        (r"def\s+make_room\(", "make_room("),
        (r"^class Search$", "class Search"),
        (r"\bword\b", "word"),
        ("colou?r", "colo"),
        ("ab*cdef", "cdef"),
        ("(?:long one)+x", "long one"),
        ("x{0,3}yz", "yz"),
        ("x{2}", "x"),
        ("one|two", ""),
        ("(one|two) three", " three"),
        ("(?i)needle", ""),
        ("(?i:need)le", "le"),
        ("(?=ahead)b", "b"),
        ("(?!ahead)b", "b"),
        ("[ab]+", ""),
        (".*", ""),
        ("naïve", "na"),
        ("a\nbcd", "bcd"),
        ("(", ""),
        ("(?>atom)", "atom"),
        ("(a)\\1", "a"),
        ("(a)?(?(1)bb|cc)d", "d"),
    ],
)
def test_the_longest_text_that_is_always_there(pattern: str, text: str) -> None:
    assert required_text(pattern) == text


@pytest.mark.filterwarnings("ignore::FutureWarning")
@given(st.text("ab(|)*?+.[]^$\\{}1:", max_size=12), st.text("ab(|1", max_size=12))
def test_no_match_is_without_it(pattern: str, subject: str) -> None:
    try:
        with warnings.catch_warnings(action="ignore"):
            found = re.search(pattern, subject)
    except re.error:
        return
    if found:
        assert required_text(pattern) in found[0]
