"""What a command prints, safe and settled, however it is cut into pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.shell.output import _RUN, CleanStream, Ends, LastLines, Settler, _spelled, plain, settled_line


def clean(*pieces: bytes) -> str:
    stream = CleanStream()
    return "".join(stream.feed(piece) for piece in pieces) + stream.feed(b"", final=True)


def settled(text: str) -> str:
    settler = Settler()
    return settler.feed(text) + settler.end()


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (b"plain\n", "plain\n"),
        (b"\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m\n"),
        (b"\x1b[38;5;200mx\x1b[m", "\x1b[38;5;200mx\x1b[m"),
        (b"a\r\nb\r\n", "a\nb\n"),
        (b"10%\r20%\n", "10%\r20%\n"),
        (b"\x1b[2J\x1b[H", "\\e[2J\\e[H"),
        (b"\x1b]0;title\x07", "\\e]0;title\\x07"),
        (b"\x1b]52;c;aGk=\x07", "\\e]52;c;aGk=\\x07"),
        (b"\x1b", "\\e"),
        (b"a\x08b\x00", "a\\x08b\\0"),
        ("a\u202eb\u200bc\u2066".encode(), "a\\u202eb\\u200bc\\u2066"),
        ("grüße 漢字 🎉\n".encode(), "grüße 漢字 🎉\n"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"\x9b31m", "\ufffd31m"),
        ("\x9b31m".encode(), "\\x9b31m"),
    ],
)
def test_colours_stay_and_everything_else_that_a_terminal_obeys_is_spelled_out(printed: bytes, shown: str) -> None:
    assert clean(printed) == shown


@given(st.lists(st.sampled_from([b"\x1b[3", b"1m", b"\r", b"\n", b"ab", "é漢".encode(), b"\x1b", b"[2J", b"\xc3"])))
def test_it_does_not_matter_where_the_output_is_cut(parts: list[bytes]) -> None:
    whole = b"".join(parts)
    assert clean(*parts) == clean(whole)
    assert clean(*(whole[i : i + 1] for i in range(len(whole)))) == clean(whole)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("10%\r20%\rdone\n", "done\n"),
        ("long line\rabc\n", "abcg line\n"),
        ("long line\r\x1b[Kabc\n", "abc\n"),
        ("a\rb", "b"),
        ("\r\r\n", "\n"),
        ("one\ntwo\rTWO\nthree", "one\nTWO\nthree"),
    ],
)
def test_what_is_written_over_is_gone(text: str, line: str) -> None:
    assert plain(settled(text)) == line


@given(st.text("ab\r\n\x1b[3;1mK", max_size=60), st.integers(1, 5))
def test_settling_piece_by_piece_never_raises_and_keeps_every_line(text: str, size: int) -> None:
    settler = Settler()
    pieces = "".join(settler.feed(text[i : i + size]) for i in range(0, len(text), size)) + settler.end()
    assert pieces.count("\n") == text.count("\n")


def test_an_endless_progress_bar_does_not_grow() -> None:
    settler = Settler()
    for number in range(10_000):
        settler.feed(f"\r{number:5} of 10000")
    assert len(settler.partial) < 100 and settler.end() == " 9999 of 10000"


@given(st.lists(st.text("abc\n", max_size=30)), st.integers(1, 20))
def test_the_ends_of_a_text_are_its_ends(pieces: list[str], half: int) -> None:
    ends, whole = Ends(2 * half), "".join(pieces)
    for piece in pieces:
        ends.add(piece)
    assert ends.total == len(whole)
    assert ends.is_cut == (len(whole) > 2 * half)
    if not ends.is_cut:
        assert ends.head() + ends.tail() == whole
    else:
        assert whole.startswith(ends.head()) and whole.endswith(ends.tail())
        assert len(ends.head()) == len(ends.tail()) == half


def test_the_screen_keeps_the_last_lines_and_the_one_that_is_being_written() -> None:
    screen = LastLines(keep=3)
    screen.feed("1\n2\n3\n4\n50%\r")
    assert screen.lines() == ["2", "3", "4", "50%"]
    screen.feed("60%")
    assert screen.lines() == ["2", "3", "4", "60%"]
    assert screen.dropped == 1


_BITS = st.lists(
    st.sampled_from(
        ["\x1b", "\x1b[", "[31m", "\x1b[0m", "\x1b[K", "\x1b[1K", "\x1b[3K", "m", "a", "b c", "\r", "\n", "\r\n", "\t"]
        + ["\x07", "é", "\u202e", "1;", f"\x1b[{'1' * 41}m", "K", "\x00", "\u00ad"]
    ),
    max_size=14,
)


@given(_BITS)
def test_text_that_needs_no_spelling_is_passed_on_as_spelling_would_leave_it(bits: list[str]) -> None:
    text = "".join(bits)
    spelled = _RUN.sub(lambda run: _spelled(run[0]), text.replace("\r\n", "\n"))
    assert CleanStream().feed(text.encode(), final=True) == spelled


@given(_BITS)
def test_lines_settled_together_are_as_settled_one_by_one(bits: list[str]) -> None:
    text = CleanStream().feed("".join(bits).encode(), final=True)
    end = text.rfind("\n") + 1
    assert Settler().feed(text) == "\n".join(settled_line(line) for line in text[:end].split("\n"))
