"""Prose typed on while a question opens, in a real terminal: nothing is answered, nothing is lost."""

import time

import pytest

from tests.e2e.conftest import World
from tests.e2e.in_process import Inside
from tests.fakes.corpus import sampled

PROSE = "this is also on my list and so"


@pytest.mark.parametrize(("columns", "rows"), sampled([(80, 24), (120, 36)]))
def test_prose_typed_while_a_question_opens_goes_to_the_prompt(
    world: World, inside: Inside, columns: int, rows: int
) -> None:
    with world.terminal(columns=columns, rows=rows) as terminal:
        terminal.wait_for("Ask for something")
        terminal.send(f"count the words in {world.outside}")
        terminal.press("enter")
        for letter in PROSE:
            terminal.send(letter)
            time.sleep(0.1)  # the pace of a person's fingers is what is tested
        terminal.wait_for(PROSE)
        terminal.wait_for("to answer")
        assert inside("grants", "list", "--json").json == []
        assert [row for row in inside("audit", "list", "--json").json if row["decision"] == "allow"] == []
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    assert inside("grants", "list", "--json").json == []
