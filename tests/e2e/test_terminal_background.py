"""A light terminal is met with the light theme, and its answer is never typed into the prompt."""

from dataclasses import replace

import pytest

from tests.e2e.conftest import World
from tests.fakes.corpus import sampled

LIGHT, DARK = "fbfbf9", "12161d"
ANSWER = "\x1b]11;rgb:ffff/ffff/f0f0\x1b\\"


def test_a_terminal_that_answers_that_it_is_light_gets_the_light_theme(world: World) -> None:
    with world.terminal("--offline", columns=100, rows=30) as terminal:
        terminal.wait_for("Ask for something")
        terminal.send(ANSWER[:9])
        terminal.send(ANSWER[9:] + "hello")
        terminal.wait_for(lambda text: "❯ hello" in text and terminal.screen.buffer[12][60].bg == LIGHT)


@pytest.mark.parametrize("answer", sampled(["", "\x1b]11;rgb:0000/0000/0000\x07"]))
def test_a_terminal_that_is_dark_or_does_not_answer_gets_the_dark_one(world: World, answer: str) -> None:
    with world.terminal("--offline", columns=100, rows=30) as terminal:
        terminal.wait_for("Ask for something")
        terminal.send(answer + "hello")
        terminal.wait_for("❯ hello")
        assert terminal.screen.buffer[12][60].bg == DARK


def test_where_a_theme_was_chosen_it_is_used(world: World) -> None:
    world.home.mkdir()
    (world.home / "config.toml").write_text('[ui]\ntheme = "blufio-dark"\n', "utf-8")
    light = replace(world, env={**world.env, "COLORFGBG": "0;15"})
    with light.terminal("--offline", columns=100, rows=30) as terminal:
        terminal.wait_for("Ask for something")
        assert terminal.screen.buffer[12][60].bg == DARK


def test_where_the_environment_says_light_the_light_theme_is_there_from_the_first_frame_on(world: World) -> None:
    light = replace(world, env={**world.env, "COLORFGBG": "0;15"})
    with light.terminal("--offline", columns=100, rows=30) as terminal:
        terminal.wait_for("Ask for something")
        assert terminal.screen.buffer[12][60].bg == LIGHT
