"""Text from a search box as a query that cannot be wrong."""

import pytest

from blufio_tui.core.text.search_query import fts_query, like_pattern


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("red fox", '"red"* "fox"*'),
        ('"red fox" den', '"red fox" "den"*'),
        ('"open quote', '"open quote"'),
        ('say"what', '"say""what"*'),
        ("a AND b", '"a" "AND"* "b"'),
        ("-> * ()", ""),
        ("  ", ""),
        ("col:x^2", '"col:x^2"*'),
        ("nul\0l", '"nul l"*'),
    ],
)
def test_words_are_quoted_and_operators_are_text(text: str, query: str) -> None:
    assert fts_query(text) == query


def test_wildcards_of_like_are_taken_literally() -> None:
    assert like_pattern(" 50%_\\ ") == "%50\\%\\_\\\\%"
