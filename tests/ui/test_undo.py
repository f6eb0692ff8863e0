"""Taking back what calls changed: looked at as a difference first, from the prompt, the trace and /rewind."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from blufio_tui.core.errors import NotThere
from blufio_tui.core.events import ToolCallStarted
from blufio_tui.core.files.undo import FileChange, ShownStep, Step
from blufio_tui.core.sessions.records import ToolCallRecord
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.screens.undo import step_lines, summary
from tests.fakes.ui_agent import Raw, Wait
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import NARROW, running, say, screen_text, seen, turn_over, until


@dataclass(frozen=True)
class Done:
    restored: tuple[str, ...] = ("/p/lamp.py",)
    refused: tuple[tuple[str, str], ...] = (("/p/mine.py", "it changed since"),)


class Port:
    def __init__(self, *steps: ShownStep) -> None:
        self.steps = steps
        self.looked_at: list[tuple[str, ...]] = []
        self.undone: list[tuple[str, ...]] = []

    async def planned(self, call_id: str, project: str) -> tuple[str, tuple[Step, ...]]:
        if not self.steps:
            raise NotThere("there is nothing to undo in /p")
        return call_id or "call-7", tuple(shown.step for shown in self.steps)

    async def look(self, call_ids: Sequence[str]) -> tuple[ShownStep, ...]:
        self.looked_at.append(tuple(call_ids))
        return self.steps

    async def changed(self, call_ids: Sequence[str]) -> tuple[FileChange, ...]:
        return ()

    async def undo_all(self, call_ids: Sequence[str], session_id: str = "") -> Done:
        self.undone.append(tuple(call_ids))
        return Done()


DIFFERENCE = "--- now\n+++ after\n@@ -1,2 +1,2 @@\n-bright\n+dim\n same"
STEPS = (
    ShownStep(Step("/p/lamp.py", "aa", "bb"), DIFFERENCE),
    ShownStep(Step("/p/new.py", "", "cc"), "--- now\n+++ after\n@@ -1 +0,0 @@\n-made"),
    ShownStep(Step("/p/mine.py", refused="it changed since")),
)
REFUSED = (ShownStep(Step("/p/mine.py", refused="it changed since")),)


async def opened(app: BlufioApp, pilot: Any, words: str = "left alone  /p/mine.py") -> str:
    await until(pilot, lambda: app.screen is not app.main and words in screen_text(app))
    return screen_text(app)


@pytest.mark.parametrize("key", ["enter", "escape", "n"])
async def test_an_undo_shows_the_difference_and_only_y_does_it(key: str) -> None:
    port = Port(*STEPS)
    async with running(Fakes(more={"undoing": port})) as (app, pilot, _):
        await say(pilot, "/undo")
        shown = await opened(app, pilot)
        assert "2 files would go back, 1 file left alone" in shown
        assert "restore  /p/lamp.py" in shown and "-bright" in shown and "+dim" in shown
        assert "remove  /p/new.py" in shown and "left alone  /p/mine.py  it changed since" in shown
        await pilot.press(key)
        await until(pilot, lambda: app.screen is app.main)
        assert port.undone == []
        await say(pilot, "/undo call-3")
        await opened(app, pilot)
        await seen(app, pilot)
        await pilot.press("y")
        await until(pilot, lambda: "Restored 1 file" in screen_text(app) and "/undo" in screen_text(app))
        assert port.undone == [("call-3",)] and app.screen is app.main


async def test_where_nothing_can_be_undone_a_sentence_says_so() -> None:
    async with running(Fakes(more={"undoing": Port()})) as (app, pilot, _):
        await say(pilot, "/undo")
        await until(pilot, lambda: "there is nothing to undo" in screen_text(app))
        assert app.screen is app.main
    async with running(Fakes(more={"undoing": Port(*REFUSED)})) as (app, pilot, _):
        await say(pilot, "/undo")
        await until(pilot, lambda: "/p/mine.py: it changed since" in screen_text(app))
        assert app.screen is app.main


async def test_u_on_a_call_in_the_trace_undoes_it_and_on_a_turn_all_of_it() -> None:
    port = Port(*STEPS)
    async with running(Fakes(more={"undoing": port})) as (app, pilot, _):
        await say(pilot, "count the words in README.md")
        await turn_over(app, pilot)
        app.main.trace.focus()
        calls = [row.call_id for row in app.main.trace.rows if row.kind.name == "TOOL"]
        app.main.trace.go_to_call(calls[0])
        await pilot.press("u")
        await opened(app, pilot)
        assert port.looked_at == [(calls[0],)]
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        await pilot.press("home", "u")
        await opened(app, pilot)
        assert port.looked_at[-1] == tuple(calls)


def call(session_id: str, turn_id: str, call_id: str) -> ToolCallRecord:
    return ToolCallRecord(session_id, turn_id, call_id, "edit", {}, 1.0, finished=True)


async def rewound(app: BlufioApp, pilot: Any, fakes: Fakes) -> list[str]:
    """A session of two turns, each with a call; the list of prompts is open, at the first."""
    for prompt in ("count the words in README.md", "once more"):
        await say(pilot, prompt)
        await turn_over(app, pilot)
    session_id = app.turns.session_id
    turns = list(dict.fromkeys(stored.turn_id for stored in fakes.sessions.stored[session_id]))
    calls = [call(session_id, turn, f"c{number}") for number, turn in enumerate(turns)]
    fakes.sessions.calls = [*calls, call("another", turns[0], "not-mine")]
    await say(pilot, "/rewind")
    await until(pilot, lambda: "Go back to a prompt" in screen_text(app))
    await pilot.press("end", "enter")
    return [one.call_id for one in calls]


async def test_what_is_typed_on_behind_the_command_restores_nothing() -> None:
    port = Port(*STEPS)
    async with running(Fakes(more={"undoing": port})) as (app, pilot, fakes):
        await say(pilot, "/undo")
        await opened(app, pilot)
        await pilot.press("y")
        await pilot.pause()
        assert app.screen is not app.main and port.undone == []
        await seen(app, pilot)
        await pilot.press("w", "y")
        await pilot.pause()
        assert app.screen is not app.main and port.undone == []
        fakes.clock.advance(1)
        await pilot.press("y")
        await until(pilot, lambda: port.undone)


@pytest.mark.parametrize(
    ("what", "undone", "prompt"),
    [("conversation", False, "count the words in README.md"), ("files", True, ""), ("both", True, "count the words")],
)
async def test_rewind_asks_for_conversation_files_or_both(what: str, undone: bool, prompt: str) -> None:
    port = Port(*STEPS)
    async with running(Fakes(more={"undoing": port})) as (app, pilot, fakes):
        calls = await rewound(app, pilot, fakes)
        await opened(app, pilot, "What goes back?")
        assert "The files (2 files)" in screen_text(app)
        await pilot.press(*["down"] * ["conversation", "files", "both"].index(what), "enter")
        if undone:
            await opened(app, pilot)
            await seen(app, pilot)
            await pilot.press("y")
            await until(pilot, lambda: port.undone)
        await until(pilot, lambda: app.screen is app.main and app.main.prompt.text.startswith(prompt))
        await pilot.pause()
        assert bool(app.main.prompt.text) is bool(prompt)
        assert port.undone == ([tuple(calls)] if undone else [])


async def test_rewind_without_changed_files_goes_straight_to_the_prompt() -> None:
    async with running(Fakes(more={"undoing": Port(*REFUSED)})) as (app, pilot, fakes):
        await rewound(app, pilot, fakes)
        await until(pilot, lambda: app.screen is app.main and app.main.prompt.text.startswith("count the words"))


async def test_no_to_the_files_leaves_the_conversation_too() -> None:
    port = Port(*STEPS)
    async with running(Fakes(more={"undoing": port}), size=NARROW) as (app, pilot, fakes):
        await rewound(app, pilot, fakes)
        await opened(app, pilot, "What goes back?")
        await pilot.press("down", "down", "enter")
        await opened(app, pilot)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        assert port.undone == [] and app.main.prompt.text == ""


def test_names_of_files_cannot_command_the_screen() -> None:
    steps = [ShownStep(Step("/p/a\n\x1b[2J[bold]", "x", "y"), "@@ -1 +1 @@\n-\x1b[31mred\n+[bold]b")]
    text = "\n".join(line.plain for line in step_lines(steps, 60))
    assert "\x1b" not in text and "[bold]" in text and "\\n" in text
    assert summary(steps) == "1 file would go back"


async def test_keys_that_would_do_nothing_on_a_row_are_not_shown() -> None:
    def keys(app: BlufioApp) -> str:
        return screen_text(app).rstrip().split("\n")[-1]

    fakes = Fakes()
    fakes.scripts["long"] = [Raw(lambda turn: ToolCallStarted(turn, "one", "text_stats", {})), Wait("never")]
    async with running(fakes) as (app, pilot, _):
        await pilot.press("f3")
        await until(pilot, lambda: app.main.trace.has_focus)
        assert not re.search("Cancel call|Undo|Audit rows|Message|Run again", keys(app))
        await say(pilot, "count the words in README.md")
        await turn_over(app, pilot)
        await pilot.press("f3")
        await until(pilot, lambda: "m Message" in keys(app))
        assert "Cancel call" not in keys(app) and "Audit rows" not in keys(app)
        await pilot.press("up", "up")
        await until(pilot, lambda: "u Undo" in keys(app) and "Audit rows" in keys(app))
        assert "Cancel call" not in keys(app)
        await say(pilot, "long")
        await until(pilot, lambda: app.main.trace.trace.get("one"))
        await pilot.press("f3")
        app.main.trace.go_to_call("one")
        await until(pilot, lambda: "x Cancel call" in keys(app))
        fakes.agent.interrupt()
        fakes.agent.release("never")
        await turn_over(app, pilot)
        await until(pilot, lambda: "Cancel call" not in keys(app))


async def test_the_call_that_is_undone_is_named_in_words() -> None:
    async with running(Fakes(more={"undoing": Port(*STEPS)})) as (app, pilot, _):
        await say(pilot, "/undo")
        text = await opened(app, pilot)
        assert "Undo the last change in this project?" in text and "call-7" not in text


async def test_the_title_of_an_undo_names_the_tool_and_a_command_and_repeats_no_other_input() -> None:
    fakes = Fakes(more={"undoing": Port(*STEPS)})
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "count the words in README.md")
        await turn_over(app, pilot)
        (call_id,) = [row.call_id for row in app.main.trace.rows if row.kind.name == "TOOL"]
        node = app.main.trace.trace.get(call_id)
        for arguments, title in (
            ({"path": "README.md"}, "─ Undo what text_stats did? ─"),
            ({"command": "make all"}, "─ Undo what make all did? ─"),
            ({"command": "make " + 40 * "all "}, f"─ Undo what make {11 * 'all '}… did? ─"),
        ):
            node.input = arguments
            await say(pilot, f"/undo {call_id}")
            assert title in await opened(app, pilot)
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is app.main)
