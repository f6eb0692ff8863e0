"""A session that is closed is let go: a program that stays open all day holds what it shows."""

import gc

from rich.segment import Segment
from textual.content import Content

from blufio_tui.ui.state import entries
from blufio_tui.ui.state.trace import Node
from tests.ui.helpers import running, say, turn_over, until

WORD = "xylophone"


def _held() -> set[str]:
    """The kinds of things that are still there of sessions in which the word was said."""
    gc.collect()
    return {type(one).__name__ for one in gc.get_objects() if _is_of_session(one)}


def _is_of_session(one: object) -> bool:
    match one:
        case Segment(text=text) | Content(plain=text) | Node(title=text):
            return WORD in text
        case _:
            return type(one).__module__ == entries.__name__ and WORD in repr(one)


async def test_entries_lines_and_trace_of_closed_sessions_are_gone() -> None:
    async with running() as (app, pilot, _):
        for number in range(3):
            await say(pilot, f"count the words in README.md {WORD} {number}")
            await turn_over(app, pilot)
            if not number:
                assert {"Segment", "UserSaid", "Node"} <= _held()
            await pilot.press("ctrl+n")
            await until(pilot, lambda: not app.main.chat.view.transcript.entries and not app.main.trace.rows)
        app.main.prompt.focus()
        await pilot.pause()
        await until(pilot, lambda: not _held())
