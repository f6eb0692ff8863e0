"""What a terminal may send that is no text."""

import os

import pytest

from tests.e2e.conftest import World
from tests.fakes.corpus import sampled


@pytest.mark.parametrize(
    "stray", sampled([b"\xff", b"\xc3", b"\x1b[M \xe0\x28"]), ids=["ff", "cut", "mouse beyond column 95"]
)
def test_a_byte_that_is_not_utf8_does_not_end_the_app(world: World, stray: bytes) -> None:
    with world.terminal() as terminal:
        terminal.wait_for("Ask for something")
        os.write(terminal._master, stray)
        terminal.send("still here")
        terminal.wait_for("here")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0, terminal.said_at_the_end
