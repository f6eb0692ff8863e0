"""Is the terminal light? What it answers is understood, and never read as keys."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.ui.textual_fixes.terminal_background import Answers, can_be_asked, is_light, says_light

ANSWER = "\x1b]11;rgb:fbfb/fbfb/f9f9\x1b\\"


@pytest.mark.parametrize(
    ("colour", "light"),
    [
        ("rgb:ffff/ffff/ffff", True),
        ("rgb:0000/0000/0000", False),
        ("rgb:ff/fa/e0", True),
        ("rgba:1212/1616/1d1d/ffff", False),
        ("rgb:0/0/f", False),
        ("#ffffff", None),
        ("rgb:ffff/ffff", None),
        ("", None),
    ],
)
def test_an_answer_says_light_or_dark_or_nothing(colour: str, light: bool | None) -> None:
    assert is_light(colour) is light


@pytest.mark.parametrize(
    ("value", "light"),
    [
        ("0;15", True),
        ("0;default;15", True),
        ("0;7", True),
        ("15;0", False),
        ("7;8", False),
        ("x;y", False),
        ("", False),
    ],
)
def test_the_variable_that_some_terminals_set(value: str, light: bool) -> None:
    assert says_light({"COLORFGBG": value}) is light


def test_a_browser_is_not_what_the_terminal_that_serves_it_is() -> None:
    assert not says_light({"COLORFGBG": "0;15", "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"})


@pytest.mark.parametrize(
    ("environ", "can"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, True),
        ({"TERM": "screen-256color"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_a_terminal_that_would_print_the_question_is_not_asked(environ: dict[str, str], can: bool) -> None:
    assert can_be_asked(environ) is can


@given(st.lists(st.integers(0, len(ANSWER)), max_size=6), st.sampled_from(["\x1b\\", "\x07"]))
def test_an_answer_in_pieces_is_taken_out_whole(cuts: list[int], end: str) -> None:
    answers, text = Answers(), "ab" + ANSWER.replace("\x1b\\", end) + "cd"
    edges = [0, *sorted(cuts), len(text)]
    pieces = [text[start:stop] for start, stop in pairwise(edges)]
    sifted = [answers.sift(piece) for piece in pieces]
    assert "".join(rest for rest, _ in sifted) == "abcd"
    assert [colour for _, colours in sifted for colour in colours] == ["rgb:fbfb/fbfb/f9f9"]


@given(st.text("ab\x1b[]1;OA\x07", max_size=30))
def test_what_is_no_answer_comes_through_whole(text: str) -> None:
    answers = Answers()
    kept = "".join(answers.sift(character)[0] for character in text)
    assert kept + answers.pause() == text or "\x1b]11;" in text


def test_escape_alone_is_a_key_after_a_pause_and_at_once_when_no_answer_is_waited_for() -> None:
    answers = Answers()
    assert answers.sift("\x1b") == ("", [])
    assert answers.pause() == "\x1b"
    answers.waits = False
    assert answers.sift("\x1b") == ("\x1b", [])
    assert answers.sift("\x1b[A") == ("\x1b[A", [])


def test_half_an_answer_is_waited_for_and_thrown_away_in_the_end_but_not_what_was_typed_after_it() -> None:
    answers = Answers()
    answers.sift(ANSWER[:12])
    assert [answers.pause() for _ in range(5)] == [""] * 5
    assert answers.sift(ANSWER[12:]) == ("", ["rgb:fbfb/fbfb/f9f9"])
    answers.sift(ANSWER[:12])
    answers.sift("hello")
    assert [answers.pause() for _ in range(20)][-1] == "hello"


def test_an_answer_after_the_first_is_taken_out_too() -> None:
    answers = Answers()
    answers.waits = False
    assert answers.sift(f"x{ANSWER}y{ANSWER}z") == ("xyz", ["rgb:fbfb/fbfb/f9f9"] * 2)
