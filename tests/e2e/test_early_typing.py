"""What is typed at the shell while the program starts arrives as it was typed, with or without a theme of one's own."""

import sys

import pytest

from tests.e2e.conftest import World
from tests.fakes.corpus import sampled

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a Linux terminal")


@pytest.mark.parametrize("config", sampled(["", '[ui]\ntheme = "blufio-dark"\n']))
def test_a_prompt_typed_before_the_first_frame_is_sent_whole(world: World, config: str) -> None:
    world.home.mkdir()
    (world.home / "config.toml").write_text(config, "utf-8")
    (world.project / "README.md").write_text("three short words\n", "utf-8")
    with world.terminal("--offline", columns=100, rows=30) as terminal:
        terminal.send("count the words in README.md\r")
        terminal.wait_for("words: 3")
        assert "▌ count the words in README.md" in terminal.text
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
        (line,) = terminal.said_at_the_end.strip().splitlines()
        assert line.startswith("count the words in README.md · $0 · blufio-tui --resume ")
        assert " · audit log: row " in line
