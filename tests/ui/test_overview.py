"""From 180 columns sessions and changed files stand beside the conversation."""

import re
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.files.undo import FileChange
from blufio_tui.core.text.difference import first_changed_line
from blufio_tui.ui.app import BlufioApp
from tests.fakes.ui_agent import Call, Say
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import WIDE, opened, running, say, screen_text, turn_over, until

DIFFERENCE = "--- now\n+++ after\n@@ -7,2 +7,3 @@\n BLINKS = 2\n+DIM = 1\n \n"


class Changes:
    def __init__(self, path: str) -> None:
        self.path = path

    async def changed(self, call_ids: Sequence[str]) -> tuple[FileChange, ...]:
        return (FileChange(self.path, DIFFERENCE),) if "call1" in call_ids else ()


async def test_sessions_of_the_project_stand_in_the_column_and_enter_opens_one() -> None:
    fakes = Fakes()
    for words in ("Why does it blink twice?", "Rename the harbour"):
        session = await fakes.sessions.create("/p")
        await fakes.sessions.append(session, "t", Message(Role.USER, (TextBlock(words),)))
        fakes.clock.advance(3 * 3600)
    async with running(fakes, size=WIDE) as (app, pilot, _):
        await until(pilot, lambda: "Rename the harbour        3h" in screen_text(app))
        await pilot.press("alt+s", "down", "enter")
        await until(pilot, lambda: app.turns.session_id == "s1")
        await until(pilot, lambda: "● Why does it blink twic…   6h" in screen_text(app))
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await until(pilot, lambda: "● Why does it blink twic…  now" in screen_text(app))


async def test_changed_files_stand_below_and_enter_opens_one_at_its_first_changed_line(tmp_path: Path) -> None:
    (tmp_path / "lamp.py").touch()
    opened_files: list[tuple[Path, int]] = []

    def open_file(file: Path, line: int) -> str:
        opened_files.append((file, line))
        return "nano ended with status 1."

    fakes = Fakes(more={"undoing": Changes(f"{tmp_path}/lamp.py"), "open_file": open_file})
    fakes.scripts["change"] = [Call("edit", {"path": "lamp.py"}, "changed"), Say("Done.")]
    app = BlufioApp(replace(fakes.services(), project=tmp_path))
    app.suspend = nullcontext  # type: ignore[assignment, method-assign]
    async with opened(app, WIDE) as pilot:
        await until(pilot, lambda: "No file changed yet." in screen_text(app))
        await say(pilot, "change it")
        await turn_over(app, pilot)
        await until(pilot, lambda: re.search(r"  lamp\.py {10,}\+1", screen_text(app)))
        await pilot.press("alt+s", "tab", "enter")
        await until(pilot, lambda: opened_files == [(tmp_path / "lamp.py", 8)])
        await until(pilot, lambda: "nano ended with status 1." in screen_text(app))
        await pilot.press("alt+s")
        assert app.main.prompt.has_focus
        await pilot.press("ctrl+n")
        await until(pilot, lambda: "No file changed yet." in screen_text(app))


async def test_below_180_columns_there_is_no_column_and_its_key_says_so() -> None:
    async with running(size=(179, 40)) as (app, pilot, _):
        await pilot.press("alt+s")
        await until(pilot, lambda: "The column needs 180 columns" in screen_text(app))
        assert "Changed files" not in screen_text(app)
        await pilot.resize_terminal(180, 40)
        await until(pilot, lambda: "Changed files" in screen_text(app))


async def test_the_column_is_hidden_by_key_and_stays_so_and_zoom_has_the_screen_to_itself() -> None:
    async with running(size=WIDE) as (app, pilot, fakes):
        await pilot.press("f3", "alt+z")
        await until(pilot, lambda: "Changed files" not in screen_text(app))
        await pilot.press("alt+z")
        await until(pilot, lambda: "Changed files" in screen_text(app))
        await pilot.press("ctrl+g", "D")
        await until(pilot, lambda: "Changed files" not in screen_text(app))
        assert fakes.memory.values["column"] is False
    async with running(Fakes(memory=fakes.memory), size=WIDE) as (app, pilot, _):
        assert "Changed files" not in screen_text(app)


def test_the_first_changed_line_is_counted_in_the_file_as_it_is_now() -> None:
    assert first_changed_line(DIFFERENCE) == 8
    assert first_changed_line("@@ -3,3 +3,2 @@\n a\n-b\n c\n") == 4
    assert first_changed_line("@@ -7 +7,2 @@\n-a\n+b\n+c\n") == 7
    assert first_changed_line("@@ -7,2 +7,1 @@\n a\n-b\n") == 7
    assert first_changed_line("@@ -1 +0,0 @@\n-gone\n") == 1
    assert first_changed_line("not text: 3 bytes now, 4 bytes after") == 1
