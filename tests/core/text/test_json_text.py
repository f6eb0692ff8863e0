"""JSON for a terminal: harmless to look at, the same document to a program."""

import json

from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.text.display import is_hidden
from blufio_tui.core.text.json_text import json_text


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_nothing_hidden_is_printed_and_it_reads_back_the_same(value: object) -> None:
    text = json_text(value)  # type: ignore[arg-type]
    assert json.loads(text) == value
    assert not any(is_hidden(character) for character in text)


def test_letters_of_every_script_stay_readable() -> None:
    assert json_text({"title": "灯台 é 🚀"}) == '{"title": "灯台 é 🚀"}'
    assert json_text("\x9b31m\u202e\x7f\x1b") == '"\\u009b31m\\u202e\\u007f\\u001b"'
