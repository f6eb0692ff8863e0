"""Closing the terminal window ends the program, and leaves what it stores in order."""

import os
import sqlite3

from tests.e2e.conftest import World


def test_the_program_ends_when_its_terminal_is_closed(world: World) -> None:
    with world.terminal("--offline") as terminal:
        terminal.wait_for("an agent that asks first")
        terminal.send("half a thought")
        terminal.wait_for("half a thought")
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, terminal._master)  # the only handle on the terminal's other side
        os.close(nowhere)
        terminal.process.wait(30)
    with sqlite3.connect(world.home / "blufio.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
