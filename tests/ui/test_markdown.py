from math import inf

from hypothesis import example, given, settings
from hypothesis import strategies as st

from blufio_tui.ui.text.code import code_lines
from blufio_tui.ui.text.incremental import GrowingMarkdown

SAMPLE = """# Title

A *paragraph* with **bold**, `code` and [a link](https://example.com/x).

- one
- two
  - nested
    with a second line

1. first
2. second

```python
def f(x):
    return x  # comment
```

> quoted
> text

| a | b |
|---|--:|
| 1 | 22 |

---

last
"""


def _plain(markdown: GrowingMarkdown, width: int, margin: int = 0) -> list[str]:
    return [line.plain.rstrip() for line in markdown.lines(width, margin)]


def test_a_line_that_looks_as_before_is_the_same_object_while_a_block_grows_and_once_it_has_ended() -> None:
    code = "".join(f"rate_{number} = {number}  # see lamp.py:{number + 1}\n" for number in range(40))
    growing, before = GrowingMarkdown("Here:\n\n```python\n"), []
    for start in range(0, len(code), 100):
        growing.append(code[start : start + 100])
        lines = growing.lines(60, 2)
        fresh = GrowingMarkdown(growing.source).lines(60, 2)
        assert [(line.plain, line.spans) for line in lines] == [(line.plain, line.spans) for line in fresh]
        kept = [new is old for new, old in zip(lines, before, strict=False)]
        assert all(kept[:-2])
        before = lines
    growing.append("```\n\nDone.\n")
    lines = growing.lines(60, 2)
    assert all(new is old for new, old in zip(lines, before[:-1], strict=False))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 900), max_size=12), st.integers(20, 90), st.booleans())
def test_text_laid_out_slice_by_slice_looks_like_text_laid_out_at_once(
    cuts: list[int], width: int, finished: bool
) -> None:
    text = SAMPLE * 8
    growing, at = GrowingMarkdown(), 0
    for cut in [*cuts, len(text)]:
        growing.append(text[at : at + cut])
        at += cut
        growing.work_ahead(width, 2, -1.0)
        shown = _plain(growing, width, 2)
        assert shown[:-12] == _plain(GrowingMarkdown(growing.source), width, 2)[: max(len(shown) - 12, 0)]
    if finished:
        growing.finish()
    while not growing.work_ahead(width, 2, -1.0):
        growing.lines(width, 2)
    sliced, at_once = growing.lines(width, 2), GrowingMarkdown(text, finished=finished).lines(width, 2)
    assert [(line.plain, line.spans) for line in sliced] == [(line.plain, line.spans) for line in at_once]


def test_of_a_long_text_only_what_is_laid_out_shows_until_all_of_it_is() -> None:
    growing = GrowingMarkdown(SAMPLE * 20)
    assert not growing.work_ahead(60, 2, -1.0)
    first = growing.lines(60, 2)
    assert not growing.work_ahead(60, 2, -1.0)
    second = growing.lines(60, 2)
    assert 0 < len(first) < len(second) < len(GrowingMarkdown(SAMPLE * 20).lines(60, 2)) / 4
    assert all(new is old for new, old in zip(second, first[:-1], strict=False))
    assert not growing.shows_all
    assert growing.work_ahead(60, 2, inf)
    assert growing.shows_all
    assert _plain(growing, 60, 2) == _plain(GrowingMarkdown(SAMPLE * 20), 60, 2)


def test_every_kind_of_block_is_laid_out() -> None:
    text = "\n".join(_plain(GrowingMarkdown(SAMPLE, finished=True), 70))
    assert "• one\n• two\n  ◦ nested with a second line" in text
    assert "1. first\n2. second" in text
    assert " def f(x):" in text
    assert "▎ quoted text" in text
    assert "a │  b\n──┼───\n1 │ 22" in text
    assert "a link (https://example.com/x)" in text


def test_a_link_whose_text_lies_shows_where_it_leads() -> None:
    text = _plain(GrowingMarkdown("[https://bank.example](https://evil.example)", finished=True), 80)
    assert text == ["https://bank.example (https://evil.example)"]


def test_raw_html_and_textual_markup_are_text() -> None:
    text = " ".join(_plain(GrowingMarkdown("<b>x</b> [red]y[/red] \x1b[0m", finished=True), 80))
    assert "<b>x</b>" in text and "[red]y[/red]" in text and r"\e[0m" in text


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, len(SAMPLE)), max_size=12), st.integers(20, 90))
def test_growing_piece_by_piece_ends_like_the_whole(cuts: list[int], width: int) -> None:
    growing = GrowingMarkdown()
    last = 0
    for cut in sorted(set(cuts)):
        growing.append(SAMPLE[last:cut])
        growing.lines(width)
        last = cut
    growing.append(SAMPLE[last:])
    growing.finish()
    assert _plain(growing, width) == _plain(GrowingMarkdown(SAMPLE, finished=True), width)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.integers(12, 60))
@example(">0123456789", 12)
@example("> " * 15 + "a sentence at the bottom of it", 20)
@example("- " * 15 + "a sentence at the bottom of it", 20)
@example("123456789. " * 3 + "a sentence at the bottom of it", 20)
@example("| a | b |\n|-|-|\n| wide enough | to be cut |", 12)
@example("- > ```\n  > some code that goes on and on\n  > ```", 14)
def test_no_line_is_wider_than_asked(text: str, width: int) -> None:
    for line in GrowingMarkdown(text, finished=True).lines(width):
        assert line.cell_length <= max(width, 12)


def test_an_item_of_a_to_do_list_has_a_box() -> None:
    lines = _plain(GrowingMarkdown("- [ ] open\n- [x] done\n- [link] text\n", finished=True), 40)
    assert lines == ["• ☐ open", "• ☑ done", "• [link] text"]


def test_a_line_of_code_that_is_folded_has_a_mark_where_it_goes_on() -> None:
    lines = [line.plain for line in code_lines("x = " + "a" * 20 + "\ny", 16)]
    assert lines == [" x = aaaaaaaaaa ", "↳aaaaaaaaaa     ", " y              "]
