"""The list of what a caged command did, opened from the trace."""

from dataclasses import replace

from blufio_tui.core.cage.effects_tree import CommandEffects, read_listing
from blufio_tui.core.cage.report import Effects, Program, Written
from blufio_tui.core.errors import NotThere
from blufio_tui.core.events import CallUsage, EffectsCounted, ToolCallFinished, ToolCallStarted, TurnStarted
from blufio_tui.core.text.display import visible_line
from blufio_tui.ui.app import BlufioApp
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import WIDE, opened, screen_text, until

EFFECTS = Effects(
    started=[Program(1, "/bin/sh -c make"), Program(2, "/usr/bin/[b]gcc\x1b[31m", (1,))],
    written=(Written("/p/a.o", "", "cc", 2),),
    files_read=812,
    programs=2,
)


class Lists:
    async def of_call(self, call_id: str) -> tuple[CommandEffects, ...]:
        if call_id != "c":
            raise NotThere(f"no caged command has ended in the call {call_id}")
        return (CommandEffects(7, "make", "ab" * 32, read_listing(EFFECTS.listing())),)


async def test_the_trace_counts_what_a_command_did_and_opens_the_list() -> None:
    app = BlufioApp(replace(Fakes().services(), effects=Lists()))
    async with opened(app, WIDE) as pilot:
        trace = app.main.trace
        events = (
            TurnStarted("t", "s", "build it"),
            ToolCallStarted("t", "c", "bash", {"command": "make"}),
            EffectsCounted("t", "c", EFFECTS.in_words(), 7),
            ToolCallFinished("t", "c", False, "done", CallUsage(), 10.0),
        )
        for event in events:
            trace.take(event, 1.0)
        trace.focus()
        trace.go_to_call("c")
        await until(pilot, lambda: "read 812 files, wrote 1, started 2 programs" in screen_text(app))
        await pilot.press("e")
        await until(pilot, lambda: "made /p/a.o" in screen_text(app))
        assert "▸ /bin/sh -c make" in screen_text(app)
        assert f"/usr/bin/[b]gcc{visible_line(chr(27))}[31m" in screen_text(app)
        assert "sha256" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: "4 rows" not in screen_text(app))


async def test_a_call_without_a_list_says_so() -> None:
    app = BlufioApp(replace(Fakes().services(), effects=Lists()))
    async with opened(app, WIDE) as pilot:
        app.main.trace.take(TurnStarted("t", "s", "look"), 1.0)
        app.main.trace.take(ToolCallStarted("t", "d", "file", {}), 1.0)
        app.main.trace.focus()
        app.main.trace.go_to_call("d")
        await pilot.press("e")
        await until(pilot, lambda: "no caged command has ended in the call d" in screen_text(app))
