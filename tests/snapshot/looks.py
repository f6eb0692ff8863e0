"""One start of the app, looked at in several states, sizes and themes; each picture is compared with the one kept."""

import difflib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from textual.pilot import Pilot

from blufio_tui.ui.app import BlufioApp
from scripts.svg import full_update, picture
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import until

KEPT = Path(__file__).parent / "pictures"
_SHOWN = 12

Look = tuple[int, int] | tuple[int, int, str]
"""Width and height, and a theme where it is not the usual one."""
NARROW, MEDIUM, WIDE = (80, 24), (120, 36), (200, 60)
LIGHT, CONTRAST = (120, 36, "blufio-light"), (80, 24, "high-contrast")
BOTH = (MEDIUM, NARROW)


@dataclass
class Stage:
    """A run of the app, and what was different in it."""

    app: BlufioApp
    pilot: Pilot[int]
    fakes: Fakes
    update: bool
    wrong: list[str] = field(default_factory=list)

    async def until(self, condition: Callable[[], object]) -> None:
        await until(self.pilot, condition)

    async def home(self) -> None:
        """Back to the main screen, its prompt empty."""
        while self.app.screen is not self.app.main:
            self.app.pop_screen()
            await self.pilot.pause()
        self.app.main.prompt.put("")
        self.app.main.prompt.focus()
        await self.pilot.pause()

    async def open(self, *keys: str, rows: bool = True) -> None:
        await self.home()
        await self.pilot.press(*keys)
        await self.until(lambda: self.app.screen is not self.app.main)
        if rows:
            await self.until(lambda: self.app.screen.query_one("#explorer-list").rows)  # type: ignore[attr-defined]

    async def look(self, name: str, *looks: Look) -> None:
        """As it is now, at each size; back at the first in the end."""
        for look in looks:
            await self._turn_to(look)
            self._compare("-".join([name, *map(str, look)]))
        await self._turn_to(looks[0][:2])

    async def _turn_to(self, look: Look) -> None:
        width, height, *theme = look
        wanted = str(theme[0]) if theme else "blufio-dark"
        if self.app.theme != wanted:
            self.app.theme = wanted
        for entry in self.app.screen.query("Input, TextArea"):
            entry.cursor_blink = False  # type: ignore[attr-defined]
        if self.app.size != (width, height):
            await self.pilot.resize_terminal(width, height)
        self.app.main.chat.view.flush()
        self.app.main.status.watch_figures()  # the clock of the tests may have passed on since it was drawn
        await self.pilot.pause()
        full_update(self.app)  # a list's heading is known once its rows have been painted
        await self.pilot.pause()

    def _compare(self, name: str) -> None:
        file, now = KEPT / f"{name}.svg", picture(self.app)
        before = file.read_text("utf-8") if file.exists() else ""
        if self.update:
            KEPT.mkdir(exist_ok=True)
            file.write_text(now, "utf-8")
        elif now != before:
            lines = difflib.unified_diff(before.split("\n"), now.split("\n"), name, "now", lineterm="", n=0)
            self.wrong.append("\n".join(list(lines)[:_SHOWN]))


Walk = Callable[[Stage], Awaitable[None]]


@asynccontextmanager
async def stage(fakes: Fakes, update: bool) -> AsyncIterator[Stage]:
    app = BlufioApp(fakes.services())
    async with app.run_test(size=MEDIUM) as pilot:
        await until(pilot, lambda: app.main.is_complete and app.main.trace.size)
        app.main.prompt.cursor_blink = False
        await pilot.pause()
        found = Stage(app, pilot, fakes, update)
        yield found
        fakes.agent.release("never")
        fakes.agent.interrupt()
        app.exit(0)
    assert not found.wrong, "these look otherwise (`--snapshot-update` accepts it):\n" + "\n".join(found.wrong)
