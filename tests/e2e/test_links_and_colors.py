"""In a real terminal: links as OSC 8, the person's editor, and the colours that a terminal has."""

import re
from dataclasses import replace

import pytest

from tests.e2e.conftest import World
from tests.e2e.test_model_tools import at_the_model, leave, prompt
from tests.fakes.messages_api import Reply, serving, text

F2 = "\x1bOQ"
EDITOR = """#!/bin/sh
printf '%s\\n' "$@" > "$0.called"
printf 'the editor has the terminal\\n'
"""


def test_a_line_that_a_reply_names_is_a_link_and_enter_opens_it_in_the_editor(world: World) -> None:
    editor = world.project.parent / "vim"
    editor.write_text(EDITOR)
    editor.chmod(0o755)
    called = editor.with_name("vim.called")
    with_editor = replace(world, env={**world.env, "EDITOR": str(editor), "VISUAL": ""})
    reply = Reply(text("It is in `README.md:2`; see https://example.org/a."))
    with serving(reply) as api, at_the_model(with_editor, api) as terminal:
        prompt(terminal, "where?")
        terminal.wait_for("It is in README.md:2")
        terminal.wait_for("1 request ·")  # the turn is over: what is chosen from now on stays
        links = terminal.links
        assert re.fullmatch(rf"file://[^/]+{world.project}/README\.md", links["README.md:2"])
        assert links["https://example.org/a"] == "https://example.org/a"
        terminal.send(F2)
        terminal.wait_for("p n Parts")
        terminal.send("pp")
        terminal.press("enter")
        terminal.wait_for(lambda _: called.exists() and called.read_text().endswith("README.md\n"))
        assert called.read_text() == f"+2\n{world.project}/README.md\n"
        terminal.wait_until_back("It is in")
        leave(terminal)


@pytest.mark.parametrize(
    ("environ", "allowed"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": ""}, r"[34]8;5;\d+"),
        ({"TERM": "xterm-16color", "COLORTERM": ""}, r"(?:3|4|9|10)[0-7]"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, r"[34]9"),
    ],
)
def test_no_colour_is_sent_but_those_the_terminal_has(world: World, environ: dict[str, str], allowed: str) -> None:
    with world.terminal("--offline", environ=environ) as terminal:
        terminal.wait_for("Ask for something")
        terminal.send("count the words in README.md\r")
        terminal.wait_for("lines: 2, words: 5")
        leave(terminal)
    plain = r"(?:[0-9]|2[1-9]|39|49)"
    one = re.compile(rf"(?:{plain}|{allowed})(?:;(?:{plain}|{allowed}))*|")
    assert {codes for codes in terminal.styles if not one.fullmatch(codes)} == set()
