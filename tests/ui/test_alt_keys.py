"""Alt with a letter, as terminals send it: Escape and the letter."""

import pytest
from textual._xterm_parser import XTermParser
from textual.message import Message

from tests.ui.helpers import running, until


def _sent(letter: str) -> list[Message]:
    parser = XTermParser()
    return [*parser.feed(f"\x1b{letter}"), *parser.feed("")]


@pytest.mark.parametrize(("letter", "pane"), [("t", "trace"), ("a", "audit")])
async def test_alt_and_a_letter_act_while_one_types(letter: str, pane: str) -> None:
    async with running() as (app, pilot, _):
        await pilot.press("h", "i")
        for event in _sent(letter):
            app.post_message(event)
        await until(pilot, lambda: not app.main.query_one(f"#{pane}").region)
        assert app.main.prompt.text == "hi"
