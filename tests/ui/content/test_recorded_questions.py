"""The first line of the card, for what the twenty recorded sessions come to: actor, verb and target, and nothing else.

The agent itself is the actor of its own tools and is not named; a command is shown whole right below the line.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from blufio_tui.core.capability import Decision
from blufio_tui.ui.content.question import question_line
from tests.core.policy.sessions_told import SESSIONS
from tests.core.policy.test_sessions_told import PLACES, ask, step_request
from tests.fakes.ui_agent import Effect, question

LINES = {
    "fix a failing test": ("bash pytest -x", "Run this command?"),
    "add a command-line flag": ("write src/cli.py", "Edit src/cli.py?"),
    "bisect a regression": ("bash git show abc1234", "Run this command?"),
    "upgrade a dependency": ("http https://docs.example.org/changes", "Send a GET request to docs.example.org?"),
    "write documentation": ("write docs/api.md", "Edit docs/api.md?"),
    "look into a log": ("bash tail -n 100 logs/app.log", "Run this command?"),
    "rename a function": ("write tests/test_a.py", "Edit tests/test_a.py?"),
    "clear type errors": ("bash mypy src", "Run this command?"),
    "clean up with the linter": ("bash ruff format src", "Run this command?"),
    "review a branch": ("bash git diff", "Run this command?"),
    "read into an unknown project": ("bash find . -name '*.py'", "Run this command?"),
    "port a module to another interface": ("write src/new.py", "Edit src/new.py?"),
    "a Rust borrow error": ("write src/main.rs", "Edit src/main.rs?"),
    "a Go race": ("bash go vet ./...", "Run this command?"),
    "a component in TypeScript": ("write src/List.test.tsx", "Edit src/List.test.tsx?"),
    "look something up in notes outside": ("read ../notes/deep/c.md", "Read ~/notes/deep/c.md?"),
    "read a manual on the web": ("http https://api.example.org/c", "Send a GET request to api.example.org?"),
    "count lines of code": ("bash wc -l src/a.py src/b.py", "Run this command?"),
    "write tests for old code": ("write tests/test_old.py", "Edit tests/test_old.py?"),
    "prepare a release": ("write CHANGELOG.md", "Edit CHANGELOG.md?"),
}
"""For each session a question that it comes to, as the step that leads to it, and the first line of its card."""


def _questions() -> Iterator[tuple[str, str, str]]:
    """Session, step and first line of everything that is asked in them."""
    for session in SESSIONS:
        for step in session.steps:
            request = step_request(step)
            if not isinstance(ask(request, ()), Decision):
                asked = replace(question("file", Effect(request.target)), request=request)
                yield session.name, step, question_line(asked, PLACES).plain


def test_there_is_a_question_of_each_of_twenty_sessions() -> None:
    assert list(LINES) == [session.name for session in SESSIONS]
    assert len(LINES) == 20


@pytest.mark.parametrize("session", LINES)
def test_the_first_line_of_a_recorded_question(session: str) -> None:
    step, line = LINES[session]
    assert (session, step, line) in set(_questions())


def test_every_other_first_line_is_made_in_the_same_way() -> None:
    lines = list(_questions())
    assert len(lines) > 90
    for _, step, line in lines:
        tool, _, about = step.partition(" ")
        expected = {
            "bash": "Run this command?",
            "write": f"Edit {about}?",
            "read": f"Read {about.replace('../', '~/')}?",
            "http": f"Send a GET request to {about.removeprefix('https://').partition('/')[0]}?",
        }
        assert line == expected[tool]
