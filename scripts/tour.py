"""What the pictures show, and the keys that lead there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from textual.pilot import Pilot

from blufio_tui.ui.app import BlufioApp
from scripts.steady import SteadyClock

DARK, LIGHT = "blufio-dark", "blufio-light"
ALL = (((80, 24), DARK), ((120, 36), DARK), ((200, 60), DARK), ((120, 36), LIGHT))
NARROW_AND_WIDE = (((80, 24), DARK), ((120, 36), DARK), ((120, 36), LIGHT))

Look = tuple[tuple[int, int], str]


class Tour:
    """Drives one run of the app."""

    pilot: Pilot[int]

    def __init__(self, app: BlufioApp, clock: SteadyClock) -> None:
        self.app, self.clock = app, clock

    async def begin(self) -> None:
        """The first frame, the skills known, nothing that blinks."""
        self.app.main.prompt.cursor_blink = False
        await self.until(lambda: self.app.services.skills.list())
        await self.until(lambda: self.app.services.model.is_guide)
        await self.until(lambda: all(worker.is_finished for worker in self.app.workers))
        await self.settle()

    async def look(self, width: int, height: int, theme: str) -> None:
        """The same state in another size and other colours."""
        self.app.theme = theme
        await self.pilot.resize_terminal(width - 1, height)
        await self.settle()
        await self.pilot.resize_terminal(width, height)
        await self.settle()
        self.app.main.chat.view.to_end()
        await self.settle()

    async def end(self) -> None:
        """No turn is left hanging when the database closes."""
        if self.app.main.card.queue:
            self.clock.passed += 2
            self.app.main.card.deny_front()
        await self.until(lambda: not self.app.is_busy)

    async def settle(self) -> None:
        """Everything that was sent is drawn."""
        for _ in range(3):
            self.app.main.chat.view.flush()
            await self.pilot.pause()

    async def until(self, condition: Callable[[], object]) -> None:
        for _ in range(2000):
            if condition():
                return
            await self.pilot.pause(0.01)
        raise TimeoutError("the app did not get there")

    async def say(self, text: str) -> None:
        self.app.main.prompt.put(text)
        await self.pilot.press("enter")

    async def turn(self, text: str) -> None:
        await self.say(text)
        await self.until(lambda: self.app._turn is not None and self.app._turn.is_finished)
        await self.settle()
        await self.until(lambda: self.app.main.audit.rows)

    async def question(self, text: str) -> None:
        await self.say(text)
        await self.until(lambda: self.app.main.card.queue)

    async def open(self, key: str) -> None:
        await self.pilot.press(key)
        await self.until(lambda: self.app.screen is not self.app.main)
        await self.until(lambda: all(worker.is_finished for worker in self.app.workers))


async def _welcome(tour: Tour) -> None:
    await tour.settle()


async def _turn(tour: Tour) -> None:
    await tour.turn("count the words in README.md")


async def _approval(tour: Tour) -> None:
    await _turn(tour)
    await tour.question("count the words in ../harbour.txt")


async def _answered(tour: Tour, key: str) -> None:
    await _approval(tour)
    tour.clock.passed += 2
    await tour.pilot.press(key)
    await tour.until(lambda: tour.app._turn is not None and tour.app._turn.is_finished)
    await tour.settle()
    await tour.until(lambda: len(tour.app.main.audit.rows) > 1)


async def _denied(tour: Tour) -> None:
    await _answered(tour, "d")


async def _trace(tour: Tour) -> None:
    await _turn(tour)
    await tour.pilot.press("f3", "up", "up", "enter", "alt+z")


async def _grants(tour: Tour) -> None:
    await _answered(tour, "s")
    await tour.open("f8")


def _screen(key: str) -> "Walk":
    async def walk(tour: Tour) -> None:
        await _turn(tour)
        await tour.open(key)

    return walk


async def _completion(tour: Tour) -> None:
    await tour.pilot.press("slash")


Walk = Callable[[Tour], Awaitable[None]]


@dataclass(frozen=True)
class Picture:
    name: str
    walk: Walk
    looks: tuple[Look, ...] = NARROW_AND_WIDE


PICTURES = (
    Picture("welcome", _welcome, ALL),
    Picture("turn", _turn, ALL),
    Picture("approval", _approval, ALL),
    Picture("denied", _denied),
    Picture("trace", _trace),
    Picture("commands", _completion),
    Picture("skills", _screen("f5"), ALL),
    Picture("audit", _screen("f6")),
    Picture("grants", _grants),
    Picture("cost", _screen("f9")),
    Picture("settings", _screen("f10")),
    Picture("keys", _screen("f1")),
)
