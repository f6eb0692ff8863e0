"""A session is named by its first exchange."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.sessions.titles import MAX_TITLE, plain_title, title_from_exchange


@pytest.mark.parametrize(
    ("prompt", "reply", "title"),
    [
        ("Why is the sky blue?", "Because", "Why is the sky blue?"),
        ("\n\n## Fix the **parser**\nmore", "", "Fix the parser"),
        ("```py\ncode()\n```\nexplain this", "", "explain this"),
        ("```py\nimport os\n```", "", "import os"),
        ("see [the docs](http://x.y/z) please", "", "see the docs please"),
        ("use snake_case and __init__", "", "use snake_case and __init__"),
        ("hi", "# Ways to begin\nOne", "Ways to begin"),
        ("hello there", "", "hello there"),
        ("@README.md", "", "README.md"),
        ("- list item", "", "list item"),
        ("...", "Something said", "Something said"),
        ("", "", ""),
        ("tab\there \x1b[31mred", "", "tab here [31mred"),
    ],
)
def test_the_title_is_the_first_line_that_says_something(prompt: str, reply: str, title: str) -> None:
    assert title_from_exchange(prompt, reply) == title


def test_a_long_title_ends_at_a_word() -> None:
    title = title_from_exchange("please rewrite the configuration loader so that it keeps comments and layout intact")
    assert title == "please rewrite the configuration loader so that it keeps…"


@given(prompt=st.text(max_size=300), reply=st.text(max_size=300))
def test_a_title_is_one_printable_line(prompt: str, reply: str) -> None:
    title = title_from_exchange(prompt, reply)
    assert len(title) <= MAX_TITLE
    assert title.isprintable()


def test_a_title_that_a_person_gives_is_only_put_on_one_line() -> None:
    assert plain_title("  my **own**\n title ") == "my **own** title"
