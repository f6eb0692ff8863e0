"""What was typed right before the end is there at the next start."""

import signal
import sys

import pytest

from tests.e2e.conftest import World
from tests.fakes.corpus import sampled

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals and a terminal")
_LAST_WORDS = "the very last words"


@pytest.mark.parametrize("how", sampled(["ctrl+q", "SIGTERM", "SIGHUP"]))
def test_the_last_typing_is_kept_however_the_program_ends(world: World, how: str) -> None:
    with world.terminal("--offline") as terminal:
        terminal.wait_for("Ask for something")
        terminal.send(_LAST_WORDS)
        terminal.wait_for(_LAST_WORDS)
        if how == "ctrl+q":
            terminal.press("ctrl+q")
        else:
            terminal.process.send_signal(getattr(signal, how))
        assert terminal.wait_for_exit() in (0, 130)
    with world.terminal("--offline") as terminal:
        terminal.wait_for(_LAST_WORDS)
