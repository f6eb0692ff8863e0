"""File name patterns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.files.globs import Glob


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("*.py", "a/b/c.py", True),
        ("*.py", "c.pyc", False),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/a/b.py", False),
        ("src/**/*.py", "src/a.py", True),
        ("src/**/*.py", "src/a/b/c.py", True),
        ("**/test_?.py", "x/test_1.py", True),
        ("*.{ts,tsx}", "a.tsx", True),
        ("[ab].c", "b.c", True),
        ("[!ab].c", "b.c", False),
        ("!*.md", "a.md", False),
        ("", "anything", True),
    ],
)
def test_a_pattern_fits_what_a_shell_would_say(pattern: str, name: str, fits: bool) -> None:
    assert Glob(pattern).matches(name) is fits


@given(pattern=st.text(max_size=30), name=st.text(max_size=30))
def test_any_pattern_is_a_pattern(pattern: str, name: str) -> None:
    assert Glob(pattern).matches(name) in (True, False)
