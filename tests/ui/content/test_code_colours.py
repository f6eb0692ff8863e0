"""Code is coloured as Textual colours it."""

from pathlib import Path

import pytest
from textual.highlight import highlight

from blufio_tui.ui.text.code import _highlight_theme, highlighted

_HERE = Path(__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("code", "language"),
    [
        (_HERE, "python"),
        ('{"a": [1,\n 2]}', "json"),
        ("#!/bin/sh\ncat <<E\n$q\n\nE\n", "bash"),
        ('"""two\n\nlines"""\nx = 1', "python"),
        ("a\n\n  b \n", "no-such-language"),
        ("", "python"),
        ("\n\nx\n\n", "toml"),
    ],
)
def test_lines_have_the_colours_of_textuals_highlighting(code: str, language: str) -> None:
    whole = highlight(code, language=language, theme=_highlight_theme(), tab_size=4).split("\n", allow_blank=True)
    lines = highlighted(code, language)
    assert [line.plain for line in lines] == [line.plain for line in whole]
    for ours, theirs in zip(lines, whole, strict=True):
        assert ours.spans == [span for span in theirs.spans if span.end > span.start]
