"""What calls changed stays in the conversation; what commands printed is folded; waiting for a person is no work."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from blufio_tui.core.capability import Kind
from blufio_tui.core.events import CallUsage, HostCallStarted, ToolCallFinished, ToolCallStarted, TurnStarted
from blufio_tui.core.files.undo import AgainstGit, FileChange
from blufio_tui.ui.content.entry_lines import entry_lines
from blufio_tui.ui.content.trace_rows import trace_row
from blufio_tui.ui.state.entries import ToolLine
from blufio_tui.ui.state.states import State
from blufio_tui.ui.state.trace import Trace
from blufio_tui.ui.state.transcript import Transcript
from tests.fakes.ui_agent import Call, Say
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import running, say, screen_text, turn_over, until

BODY = "\n".join(f"+line {number}" for number in range(12))
CHANGE = FileChange("/p/lamp.py", f"--- now\n+++ after\n@@ -7 +7,12 @@\n-DIM = 1\n{BODY}")


class Changes:
    """An undo store that knows of one call."""

    def __init__(self, path: str = CHANGE.path) -> None:
        self._change = replace(CHANGE, path=path)
        self.asked: list[tuple[str, ...]] = []
        self.git: AgainstGit | None = None

    async def changed(self, call_ids: Sequence[str]) -> tuple[FileChange, ...]:
        self.asked.append(tuple(call_ids))
        return (self._change,) if "call1" in call_ids else ()

    async def against_git(self, call_ids: Sequence[str], project: Path) -> AgainstGit | None:
        return self.git


async def test_a_change_stays_below_its_call_folded_and_enter_shows_all_of_it() -> None:
    fakes = Fakes(more={"undoing": Changes()})
    fakes.scripts["change"] = [Call("edit", {"path": "lamp.py"}, "changed"), Say("Done.")]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "change it")
        await turn_over(app, pilot)
        await until(pilot, lambda: "/p/lamp.py  +12 −1" in screen_text(app))
        text = screen_text(app)
        assert " 7 -DIM = 1" in text and "10 +line 3" in text
        assert "5 lines more; Enter shows them" in text and "+line 11" not in text
        await pilot.press("f2", "p", "p", "enter")
        await until(pilot, lambda: "18 +line 11" in screen_text(app))


async def test_diff_shows_what_the_session_changed_and_says_when_that_is_nothing() -> None:
    port = Changes()
    fakes = Fakes(more={"undoing": port})
    fakes.scripts["change"] = [Call("edit", {"path": "lamp.py"}, "changed"), Say("Done.")]
    async with running(fakes, size=(120, 60)) as (app, pilot, _):
        await say(pilot, "/diff")
        await until(pilot, lambda: "No file was changed in this session" in screen_text(app))
        await say(pilot, "change it")
        await turn_over(app, pilot)
        await say(pilot, "/diff")
        await until(pilot, lambda: "1 file changed in this session" in screen_text(app))
        await until(pilot, lambda: "18 +line 11" in screen_text(app))
        assert port.asked[-1] == ("call1",)


async def test_diff_compares_with_the_last_commit_where_there_is_one() -> None:
    port = Changes()
    fakes = Fakes(more={"undoing": port})
    fakes.scripts["change"] = [Call("edit", {"path": "lamp.py"}, "changed"), Say("Done.")]
    async with running(fakes, size=(120, 60)) as (app, pilot, _):
        await say(pilot, "change it")
        await turn_over(app, pilot)
        await say(pilot, "/diff git")
        await until(pilot, lambda: "There is no commit to compare with" in screen_text(app))
        port.git = AgainstGit("0123456789" * 4, (FileChange("/p/lamp.py", "@@ -1 +1 @@\n-committed\n+now\n"),), 2, 1)
        await say(pilot, "/diff")
        await until(pilot, lambda: "1 file compared with commit 01234567" in screen_text(app))
        await until(pilot, lambda: "1 -committed" in screen_text(app))
        rest = "Not shown: 2 files as the commit has them, 1 file outside the repository."
        await until(pilot, lambda: rest[:30] in screen_text(app))
        await say(pilot, "/diff session")
        await until(pilot, lambda: "1 file changed in this session" in screen_text(app))
        port.git = AgainstGit("0123456789" * 4, (), 1, 0)
        await say(pilot, "/diff")
        await until(pilot, lambda: "1 file as the commit has it" in screen_text(app).replace("\n", " "))


def test_side_by_side_from_160_columns() -> None:
    line = ToolLine("c", "edit", "lamp.py", 0.0, State.OK, changes=(CHANGE,))
    assert any("-DIM = 1" in row.plain and "+line 0" in row.plain for row in entry_lines(line, 160))
    assert not any("-DIM = 1" in row.plain and "+line 0" in row.plain for row in entry_lines(line, 159))
    assert all(row.cell_length <= 160 for row in entry_lines(line, 160))


def test_of_what_a_command_printed_the_last_lines_are_left_when_it_is_done() -> None:
    line = ToolLine("c", "bash", "make", 0.0, State.OK, content="\n".join(f"step {n}" for n in range(9)))
    shown = [row.plain.strip("│ ") for row in entry_lines(line, 80)[2:]]
    assert shown == ["… 6 lines more; o shows them", "step 6", "step 7", "step 8"]
    line.open = True
    assert sum("step" in row.plain for row in entry_lines(line, 80)) == 9


def _waited() -> tuple[Trace, Transcript]:
    trace, transcript = Trace(), Transcript()
    events = (
        (0.0, TurnStarted("t", "s", "go")),
        (0.0, ToolCallStarted("t", "c", "bash", {"command": "make"})),
        (1.0, HostCallStarted("t", "c", "h", Kind.EXEC, "make")),
        (2.0, HostCallStarted("t", "c", "h", Kind.EXEC, "make", asking=True)),
        (8.0, HostCallStarted("t", "c", "h", Kind.EXEC, "make")),
        (10.0, ToolCallFinished("t", "c", False, "ok", CallUsage(), 10_000.0)),
    )
    for at, event in events:
        trace.apply(event, at)
        transcript.apply(event, at)
    return trace, transcript


def test_how_long_a_call_took_leaves_out_how_long_a_person_thought() -> None:
    trace, transcript = _waited()
    call = trace.get("c")
    assert call is not None and call.duration_ms(10.0) == 4_000
    (line,) = (entry for entry in transcript.entries if isinstance(entry, ToolLine))
    assert line.duration_ms == 4_000


def test_waiting_is_drawn_with_dots_on_the_axis() -> None:
    trace, _ = _waited()
    call, turn = trace.get("c"), trace.turns[0]
    assert call is not None
    row = trace_row(call, turn, 10.0, 100).plain
    axis = row[-20:]
    assert axis == "━━━━┄┄┄┄┄┄┄┄┄┄┄┄━━━━"


def test_a_command_does_not_run_on_while_an_effect_inside_it_waits() -> None:
    trace = Trace()
    trace.apply(TurnStarted("t", "s", "go"), 0.0)
    trace.apply(ToolCallStarted("t", "c", "bash", {"command": "make"}), 0.0)
    trace.apply(HostCallStarted("t", "c", "h", Kind.EXEC, "make"), 1.0)
    trace.apply(HostCallStarted("t", "c", "i", Kind.FS_READ, "/etc/x", asking=True), 2.0)
    command = trace.get("h")
    assert command is not None and command.duration_ms(8.0) == 1_000
    trace.apply(HostCallStarted("t", "c", "i", Kind.FS_READ, "/etc/x"), 9.0)
    assert command.duration_ms(10.0) == 2_000
