"""`/instructions` shows the text, or what changed in it, and only `y` lets models follow it."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.state.entries import Notice
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import opened, say, screen_text, seen, until


@dataclass(frozen=True)
class Shown:
    file: Path
    text: str
    difference: str = ""


@dataclass
class Port:
    """Implements `InstructionsPort` on a list of what waits."""

    wait: list[Shown]
    trusted: list[Shown] = field(default_factory=list)

    async def waiting(self) -> Shown | None:
        return self.wait[0] if self.wait else None

    async def trust(self, shown: Shown) -> None:  # type: ignore[override]
        self.trusted.append(shown)
        self.wait.remove(shown)


def _said(app: BlufioApp, text: str) -> bool:
    return any(isinstance(one, Notice) and text in one.message for one in app.main.chat.view.transcript.entries)


async def test_a_first_text_is_shown_whole_a_changed_one_as_what_changed_and_each_is_asked_about() -> None:
    first = Shown(Path("/p/AGENTS.md"), "Use tabs.")
    second = Shown(Path("/p/web/AGENTS.md"), "Use npm.", "-Use yarn.\n+Use npm.")
    port = Port([first, second])
    app = BlufioApp(replace(Fakes().services(), instructions=port))
    async with opened(app) as pilot:
        await say(pilot, "/instructions")
        await until(pilot, lambda: "Use these instructions?" in screen_text(app) and _said(app, "Use tabs."))
        box = app.screen.query_one("#ask-box").region
        assert app.screen.styles.background.a < 1, "the text that is asked about stays in sight around the question"
        assert abs(box.x - (app.size.width - box.right)) <= 1 and box.y > 0
        await pilot.press("y")
        await pilot.pause()
        assert not port.trusted, "typed on behind the command"
        await seen(app, pilot)
        await pilot.press("y")
        await until(pilot, lambda: "waiting: /instructions." in screen_text(app))
        assert port.trusted == [first]
        await say(pilot, "/instructions")
        await until(pilot, lambda: app.screen is not app.main and _said(app, "-Use yarn.\n+Use npm."))
        await pilot.press("n")
        await until(pilot, lambda: app.screen is app.main)
        assert port.trusted == [first]


async def test_without_any_that_wait_it_says_so() -> None:
    app = BlufioApp(replace(Fakes().services(), instructions=Port([])))
    async with opened(app) as pilot:
        await say(pilot, "/instructions")
        await until(pilot, lambda: "No project instructions need your review" in screen_text(app))
