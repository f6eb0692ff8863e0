"""Web pages as text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.adapters.net.readable import MAX_HTML, readable


def test_a_page_becomes_markdown_without_scripts_and_styles() -> None:
    page = """<html><head><title>News</title><style>p {}</style></head><body><script>steal()</script>
    <h1>Head</h1><p>One <a href="https://example.org/x">link</a>.</p><ul><li>a</li><li>b</li></ul></body></html>"""
    assert readable(page) == "News\n\n# Head\n\nOne [link](https://example.org/x).\n\n* a\n* b"


def test_what_is_too_large_or_too_deep_is_left_to_its_source() -> None:
    assert readable("x" * (MAX_HTML + 1)) is None
    assert readable("<div>" * 50_000) is None


@settings(max_examples=50)
@given(st.text(alphabet="<>/ab='\"&;!- \n", max_size=60))
def test_no_page_breaks_it(html: str) -> None:
    assert isinstance(readable(html), str)
