"""The one line at the end."""

import pytest

from blufio_tui.core.sessions.farewell import farewell, session_words
from blufio_tui.core.sessions.records import SessionInfo, Spending

_ID = "0123456789abcdef"


def _info(title: str) -> SessionInfo:
    return SessionInfo(_ID, title, "/p", 0.0, 0.0, 2)


@pytest.mark.parametrize(
    ("title", "spending", "words"),
    [
        ("Words", Spending(0.25, 1, 1), "Words · $0.25 · blufio-tui --resume 01234567"),
        ("", Spending(0.25, 1, 1), "Untitled · $0.25 · blufio-tui --resume 01234567"),
        ("x" * 60, Spending(0.25, 1, 1), f"{'x' * 39}… · $0.25 · blufio-tui --resume 01234567"),
        ("W", Spending(0.25, 1, 1, 2), "W · $0.25 and more (some prices are unknown) · blufio-tui --resume 01234567"),
    ],
)
def test_title_cost_and_the_way_back(title: str, spending: Spending, words: str) -> None:
    assert session_words(_info(title), spending) == words


def test_a_title_cannot_command_the_terminal() -> None:
    words = session_words(_info("a\x1b[2Jb\nc\u202e"), Spending(0, 0, 0))
    assert not any(char in words for char in "\x1b\n\u202e")


@pytest.mark.parametrize(
    ("session", "rows", "line"),
    [
        ("S", 7, f"S · audit log: row 7, head {'ab' * 8}"),
        ("", 7, f"audit log: row 7, head {'ab' * 8}"),
        ("S", 0, "S"),
        ("", 0, ""),
    ],
)
def test_what_is_not_known_is_left_out(session: str, rows: int, line: str) -> None:
    assert farewell(session, rows, "ab" * 32) == line
