"""Taking back what a call changed, from the prompt."""

from dataclasses import dataclass

from blufio_tui.core.errors import NotThere
from blufio_tui.core.files.undo import Step
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import running, say, screen_text, until


@dataclass(frozen=True)
class Done:
    restored: tuple[str, ...] = ("/p/lamp.py",)
    refused: tuple[tuple[str, str], ...] = (("/p/mine.py", "it changed since"),)


class Port:
    def __init__(self, *steps: Step) -> None:
        self.steps = steps
        self.undone: list[str] = []

    async def planned(self, call_id: str, project: str) -> tuple[str, tuple[Step, ...]]:
        if not self.steps:
            raise NotThere("there is nothing to undo in /p")
        return call_id or "call-7", self.steps

    async def undo(self, call_id: str, session_id: str = "") -> Done:
        self.undone.append(call_id)
        return Done()


STEPS = (Step("/p/lamp.py", "aa", "bb"), Step("/p/new.py", "", "cc"), Step("/p/mine.py", refused="it changed since"))


async def test_an_undo_shows_what_it_would_do_and_only_y_does_it() -> None:
    port = Port(*STEPS)
    async with running(Fakes(more={"undoing": port})) as (app, pilot, _):
        await say(pilot, "/undo")
        await until(pilot, lambda: "restore /p/lamp.py" in screen_text(app))
        shown = screen_text(app)
        assert "remove /p/new.py" in shown and "left alone: /p/mine.py: it changed since" in shown
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.main)
        assert port.undone == []
        await say(pilot, "/undo call-3")
        await until(pilot, lambda: app.screen is not app.main)
        await pilot.press("y")
        await until(pilot, lambda: "left alone: /p/mine.py" in screen_text(app) and app.screen is app.main)
        assert port.undone == ["call-3"]


async def test_where_nothing_was_kept_a_sentence_says_so() -> None:
    async with running(Fakes(more={"undoing": Port()})) as (app, pilot, _):
        await say(pilot, "/undo")
        await until(pilot, lambda: "there is nothing to undo" in screen_text(app))
        assert app.screen is app.main
