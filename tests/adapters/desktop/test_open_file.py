"""A file is opened at a line in whatever editor the person has."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from blufio_tui.adapters.desktop.editor import open_file, run_program

FILE = Path("/p/-a b.py")


@pytest.mark.parametrize(
    ("editor", "line", "expected"),
    [
        ("vim", 12, ["vim", "+12", "/p/-a b.py"]),
        ("/usr/bin/nano -l", 3, ["/usr/bin/nano", "-l", "+3", "/p/-a b.py"]),
        ("emacsclient -t", 7, ["emacsclient", "-t", "+7", "/p/-a b.py"]),
        ("code --wait", 12, ["code", "--wait", "--goto", "/p/-a b.py:12"]),
        ("hx", 12, ["hx", "/p/-a b.py:12"]),
        ("my-editor", 12, ["my-editor", "/p/-a b.py"]),
        ("vim", 0, ["vim", "/p/-a b.py"]),
        ("code", 0, ["code", "/p/-a b.py"]),
    ],
)
def test_each_editor_is_told_the_line_in_its_own_way(editor: str, line: int, expected: list[str]) -> None:
    started: list[list[str]] = []

    def run(command: Sequence[str]) -> int:
        started.append(list(command))
        return 0

    assert open_file(FILE, line, {"EDITOR": editor}, run) == ""
    assert started == [expected]


def test_what_goes_wrong_is_said() -> None:
    assert open_file(FILE, 1, {"EDITOR": "vim"}, lambda _: 3) == "vim ended with status 3."
    assert "/no/such could not be started" in open_file(FILE, 1, {"EDITOR": "/no/such"}, run_program)
    assert "set EDITOR" in open_file(FILE, 1, {"PATH": "/nowhere"})
