import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.text.display import is_hidden, printable, steady, visible, visible_line

_ANY = st.text(alphabet=st.characters(codec=None), max_size=80)


@given(_ANY)
def test_nothing_hidden_is_left_in_one_line(text: str) -> None:
    shown = visible_line(text)
    assert "\n" not in shown and "\x1b" not in shown
    left = [c for c in shown if is_hidden(c) and c not in "\u200d\ufe0e\ufe0f"]
    assert left == []


@given(_ANY)
def test_only_newlines_and_tabs_stay_in_text_of_many_lines(text: str) -> None:
    controls = {c for c in visible(text) if unicodedata.category(c) in {"Cc", "Zl", "Zp"}}
    assert controls <= {"\n", "\t"}


@given(st.text(alphabet=st.characters(whitelist_categories=("L", "N", "P", "Zs")), max_size=80))
def test_letters_of_every_script_stay_as_they_are(text: str) -> None:
    plain = "".join(c for c in text if not is_hidden(c))
    assert visible(plain) == plain


def test_the_usual_tricks_are_spelled_out() -> None:
    assert visible_line("a\u202etxt.exe") == r"a\u202etxt.exe"
    assert visible_line("pay\u200bpal") == r"pay\u200bpal"
    assert visible_line("x\x1b[2Jy\r\n") == r"x\e[2Jy\r\n"
    assert visible_line("soft\u00adhyphen \u3164") == r"soft\xadhyphen \u3164"
    assert visible_line("tag\U000e0041") == r"tag\U000e0041"
    assert visible_line("lone\ud800") == r"lone\ud800"
    assert visible_line("data\ufe01\ufe02") == r"data\ufe01\ufe02"


def test_pictures_made_of_several_characters_stay_whole() -> None:
    for picture in ("👩‍👩‍👧", "❤️", "🏳️‍🌈", "1️⃣", "👍🏽"):
        assert visible_line(picture).replace("\u20e3", "") in (picture.replace("\u20e3", ""), picture)


@pytest.mark.parametrize(
    ("picture", "parts"),
    [
        ("👩‍👩‍👧", "👩👩👧"),
        ("⚠️", "⚠"),
        ("1️⃣", "1⃣"),
        ("👍🏽", "👍"),
        ("🏳️‍🌈", "🏳🌈"),
        ("‼️", "‼"),
        ("🇩🇪", "🇩🇪"),
        ("🏽", "🏽"),
    ],
)
def test_a_picture_of_several_characters_is_taken_apart_where_its_width_would_depend_on_the_terminal(
    picture: str, parts: str
) -> None:
    assert steady(f"a {picture} b") == f"a {parts} b"
    assert visible(steady(picture)) == parts


def test_hidden_text_is_not_taken_away_with_it() -> None:
    assert steady("ad\u200dmin a\ufe0f") == "ad\u200dmin a\ufe0f"


def test_a_joiner_outside_a_picture_is_hidden_text() -> None:
    assert visible_line("ad\u200dmin") == r"ad\u200dmin"


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("plain", 5, "plain"),
        ("plain words", 5, "plain…"),
        ("a\x1b[2J\n", 80, r"a\e[2J\n"),
        ("a\u202e" + "b" * 10, 3, "a\\u202eb…"),
    ],
)
def test_a_text_in_a_message_is_one_line_and_cut(text: str, limit: int, shown: str) -> None:
    assert printable(text, limit) == shown


def test_windows_line_ends_are_line_ends() -> None:
    assert visible("a\r\nb\rc") == "a\nb\\rc"
