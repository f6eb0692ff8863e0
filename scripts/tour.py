"""What the pictures show, and the keys that lead there."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from textual.pilot import Pilot

from blufio_tui.core.events import Event, ToolCallFinished
from blufio_tui.ui.app import BlufioApp
from scripts.demo import LAMP
from scripts.steady import SteadyClock
from tests.fakes.messages_api import Reply, text, thinking, tool_use
from tests.ui.test_first_minute import KEY

Replies = Sequence[Reply]


class Tour:
    """Drives one run of the app."""

    def __init__(self, app: BlufioApp, clock: SteadyClock, pilot: Pilot[int]) -> None:
        self.app, self.clock, self.pilot = app, clock, pilot

    async def begin(self) -> None:
        """The first frame, the skills known, nothing that blinks."""
        await self.until(lambda: self.app.main.is_complete)
        self.app.main.prompt.cursor_blink = False
        await self.until(lambda: self.app.services.skills.list())
        await self.until(lambda: self.app.services.model.name)
        await self.rest()

    async def end(self) -> None:
        """No turn is left hanging when the database closes."""
        await self.home()
        self.app.services.agent.hold = lambda _event: False  # type: ignore[attr-defined]
        if self.app.main.card.queue:
            self.clock.passed += 2
            self.app.main.card.deny_front()
        self.app.prompts.interrupt()
        await self.until(lambda: not self.app.turn.is_busy)

    async def settle(self) -> None:
        """Everything that was sent is drawn."""
        for _ in range(2):
            self.app.main.chat.view.flush()
            self.app.main.status.watch_figures()  # as late as the clock is by now
            await self.pilot.pause()

    async def rest(self) -> None:
        """What a key set going in the background is done."""
        await self.pilot.pause()
        await self.until(lambda: self.app.screen.is_modal or not self._is_working())
        await self.settle()

    def _is_working(self) -> bool:
        """Beside a turn. What waits for an answer on a screen is work as well, and done."""
        return any(not worker.is_finished and worker.group != "turn" for worker in self.app.workers)

    async def until(self, condition: Callable[[], object]) -> None:
        for _ in range(2000):
            if condition():
                return
            await self.pilot.pause(0.01)
        raise TimeoutError("the app did not get there")

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
        for field in self.app.screen.query("Input, TextArea"):
            field.cursor_blink = False  # type: ignore[attr-defined]
        await self.rest()

    async def home(self) -> None:
        """Back to the main screen and its prompt."""
        while self.app.screen is not self.app.main:
            self.app.pop_screen()
            await self.settle()
        self.app.main.prompt.put("")
        self.app.main.prompt.focus()
        await self.settle()

    async def open(self, *keys: str) -> None:
        """A screen by its keys, from the main screen."""
        await self.home()
        await self.pilot.press(*keys)
        await self.until(lambda: self.app.screen is not self.app.main)
        await self.press()

    async def command(self, line: str) -> None:
        """A screen by its slash command."""
        await self.home()
        self.app.main.prompt.put(line)
        await self.pilot.press("enter")
        await self.until(lambda: self.app.screen is not self.app.main)
        await self.press()

    async def say(self, words: str) -> None:
        await self.home()
        before = self.app.turn.worker
        self.app.main.prompt.put(words)
        await self.pilot.press("enter")
        await self.until(lambda: self.app.turn.worker is not before)  # it may be over by the time one looks

    async def turn(self, words: str) -> None:
        await self.say(words)
        await self.turn_over()

    async def turn_over(self) -> None:
        rows = len(self.app.main.audit.rows)
        await self.until(lambda: self.app.turn.worker is not None and self.app.turn.worker.is_finished)
        await self.rest()
        await self.until(lambda: len(self.app.main.audit.rows) >= rows)

    async def question(self, words: str) -> None:
        await self.say(words)
        await self.until(lambda: self.app.main.card.queue)
        await self.settle()

    async def answer(self, key: str) -> None:
        """At the card, once it listens."""
        await self.card_listens()
        await self.pilot.press(key)
        await self.turn_over()

    async def card_listens(self) -> None:
        """Nobody types, so the card takes the focus; a second later it takes answers."""
        self.clock.passed += 2
        await self.until(lambda: self.app.main.card.has_focus)
        self.clock.passed += 2


Walk = Callable[[Tour], Awaitable[None]]


@dataclass(frozen=True)
class Picture:
    """
    Attributes:
        walk: from the picture before in the same scene to this one.
        anew: what does not follow a change of size, done at each size.
    """

    name: str
    walk: Walk
    anew: Walk | None = None


@dataclass(frozen=True)
class Scene:
    """One run of the app, several pictures of it.

    Attributes:
        replies: what the model says, request by request; () for the offline guide.
    """

    name: str
    replies: Replies
    pictures: tuple[Picture, ...]


# ── the guide: what one sees first ─────────────────────────────────────────────────────────────────────


async def _welcome(tour: Tour) -> None:
    await tour.settle()


async def _completion(tour: Tour) -> None:
    await tour.press("slash")


async def _palette(tour: Tour) -> None:
    await tour.home()


async def _palette_anew(tour: Tour) -> None:
    await tour.open("ctrl+p")


async def _connections(tour: Tour) -> None:
    await tour.command("/connect")


async def _connecting(tour: Tour) -> None:
    await tour.press("end", "up", "enter")


async def _install(tour: Tour) -> None:
    await tour.open("f5")
    await tour.press("i", *"greeting", "enter")
    await tour.until(lambda: "Consent" in type(tour.app.screen).__name__)


async def _key_caught(tour: Tour) -> None:
    await tour.command(f"my key is {KEY}")


async def _run_form(tour: Tour) -> None:
    await tour.open("f5")
    await tour.press("slash", *"text", "minus", *"stats", "enter", "r")


def _opened(*keys: str) -> Walk:
    async def walk(tour: Tour) -> None:
        await tour.open(*keys)

    return walk


def _command(line: str) -> Walk:
    async def walk(tour: Tour) -> None:
        await tour.command(line)

    return walk


# ── a turn, and where one looks afterwards ─────────────────────────────────────────────────────────────

QUESTION = "how long is README.md, and which ship in ships.csv is the longest?"
COUNTED = Reply(
    thinking("The file first, then the table."),
    text("I'll count the file first."),
    tool_use("toolu_1", "text_stats", {"path": "README.md"}),
    input_tokens=2_140,
    output_tokens=71,
)
SUMMED = Reply(
    text("Now the table."),
    tool_use("toolu_2", "csv_summary", {"path": "ships.csv"}),
    input_tokens=310,
    output_tokens=64,
    cache_read=2_140,
)
ANSWER = Reply(
    text(
        "`README.md` has **20 words** in 5 lines. The longest ship is the **Diana**:\n\n"
        "| ship | length | flag |\n|---|---:|---|\n| Diana | 110 m | DK |\n| Aurora | 62 m | NO |\n\n"
        "To print every ship that is longer than the pier:\n\n"
        '```python\nimport csv\n\nPIER = 50\n\nfor ship in csv.DictReader(open("ships.csv")):\n'
        '    if int(ship["length"]) > PIER:\n        print(ship["name"], ship["flag"])\n```\n'
    ),
    input_tokens=420,
    output_tokens=188,
    cache_read=2_450,
)


async def _turn(tour: Tour) -> None:
    await tour.turn(QUESTION)


async def _find(tour: Tour) -> None:
    await tour.home()
    await tour.press("ctrl+f", *"ship")


async def _jump(tour: Tour) -> None:
    await tour.press("escape")


async def _labels(tour: Tour) -> None:
    await tour.open("ctrl+t")


async def _trace(tour: Tour) -> None:
    await tour.home()
    await tour.press("f3", "home", "down", "enter", "alt+z")


async def _skills(tour: Tour) -> None:
    await tour.home()
    await tour.press("alt+z")
    await tour.open("f5")
    await tour.press("end", "up", "up")


# ── questions ──────────────────────────────────────────────────────────────────────────────────────────

OUTSIDE = "and how long is ../harbour.txt?"
ASKED = Reply(
    text("That one is outside the project; you will be asked."),
    tool_use("toolu_3", "text_stats", {"path": "../harbour.txt"}),
    input_tokens=480,
    output_tokens=58,
    cache_read=2_870,
)
NOT_ALLOWED = Reply(
    text("I was not allowed to read `../harbour.txt`. I left it at that; everything inside the project was counted."),
    input_tokens=120,
    output_tokens=40,
    cache_read=3_350,
)
CHANGED = Reply(
    text("I'll change the one line."),
    tool_use(
        "toolu_4",
        "file",
        {"action": "write", "path": "lamp.py", "content": LAMP.replace("2", "3")},
    ),
    input_tokens=200,
    output_tokens=140,
    cache_read=3_470,
)
TRIED = Reply(
    text("`lamp.py` blinks three times now. Let me try it."),
    tool_use("toolu_5", "bash", {"command": "python3 -c 'import lamp; print(lamp.signal())' && git status --short"}),
    input_tokens=160,
    output_tokens=90,
    cache_read=3_670,
)
DONE = Reply(text("Then I leave it untried: the line is changed."), input_tokens=90, output_tokens=21, cache_read=3_830)
GRANTED = Reply(
    text("Again, then."),
    tool_use("toolu_6", "text_stats", {"path": "../harbour.txt"}),
    input_tokens=80,
    output_tokens=40,
    cache_read=3_920,
)
COUNTED_OUTSIDE = Reply(text("It has **9 words**."), input_tokens=90, output_tokens=12, cache_read=4_000)


async def _approval(tour: Tour) -> None:
    await tour.turn(QUESTION)
    await tour.question(OUTSIDE)


async def _denied(tour: Tour) -> None:
    await tour.answer("n")


async def _approval_change(tour: Tour) -> None:
    await tour.question("let the lamp blink three times")


async def _approval_command(tour: Tour) -> None:
    await tour.card_listens()
    await tour.pilot.press("y")
    await tour.until(
        lambda: tour.app.main.card.queue and "bash" in tour.app.main.card.queue[0].question.request.actor.name
    )
    await tour.settle()


async def _running(tour: Tour) -> None:
    await tour.answer("n")
    tour.app.services.agent.hold = _is_end_of_call  # type: ignore[attr-defined]
    await tour.say("you may read ../harbour.txt now: how long is it?")
    await tour.until(lambda: tour.app.main.card.queue)
    await tour.card_listens()
    await tour.pilot.press("s")
    await tour.until(lambda: tour.app.main.card.lasting.display)
    await tour.settle()
    await tour.pilot.press("enter")
    await tour.until(lambda: tour.app.services.agent.is_held)  # type: ignore[attr-defined]
    tour.clock.passed += 1.5
    await tour.settle()


def _is_end_of_call(event: Event) -> bool:
    return isinstance(event, ToolCallFinished)


async def _grants(tour: Tour) -> None:
    tour.app.services.agent.hold = lambda _event: False  # type: ignore[attr-defined]
    await tour.turn_over()
    await tour.open("f8")


SCENES = (
    Scene(
        "guide",
        (),
        (
            Picture("welcome", _welcome),
            Picture("commands", _completion),
            Picture("palette", _palette, anew=_palette_anew),
            Picture("connections", _connections),
            Picture("connecting", _connecting),
            Picture("install", _install),
            Picture("run-form", _run_form),
            Picture("settings", _opened("f10")),
            Picture("keys", _opened("f1")),
            Picture("themes", _command("/theme")),
            Picture("key-caught", _key_caught),
        ),
    ),
    Scene(
        "turn",
        (COUNTED, SUMMED, ANSWER),
        (
            Picture("turn", _turn),
            Picture("leader", _opened("ctrl+g")),
            Picture("find", _find),
            Picture("jump", _jump, anew=_labels),
            Picture("trace", _trace),
            Picture("skills", _skills),
            Picture("audit", _opened("f6")),
            Picture("sessions", _opened("f7")),
            Picture("cost", _opened("f9")),
            Picture("models", _opened("alt+m")),
            Picture("modes", _opened("alt+p")),
        ),
    ),
    Scene(
        "asking",
        (COUNTED, SUMMED, ANSWER, ASKED, NOT_ALLOWED, CHANGED, TRIED, DONE, GRANTED, COUNTED_OUTSIDE),
        (
            Picture("approval", _approval),
            Picture("denied", _denied),
            Picture("approval-change", _approval_change),
            Picture("approval-command", _approval_command),
            Picture("running", _running),
            Picture("grants", _grants),
            Picture("rules", _command("/rules")),
            Picture("undo", _command("/undo")),
        ),
    ),
)
