"""Copying says what is known of it; images come from the clipboard; calls by hand can be interrupted."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace

from textual import events

from blufio_tui.core.conversation import ImageBlock
from blufio_tui.core.events import Event, ToolCallStarted, TurnStarted
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.ui.app import BlufioApp
from tests.fakes.ui_direct import FakeDirect
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import opened, running, say, screen_text, turn_over, until

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@dataclass(frozen=True)
class Told:
    ok: bool | None
    message: str


@dataclass
class FakeClipboard:
    data: bytes = b""
    told: Told = field(default_factory=lambda: Told(None, "Offered 8 characters to the terminal."))
    copied: list[str] = field(default_factory=list)

    def __call__(self, write: Callable[[str], None]) -> "FakeClipboard":
        return self

    async def copy(self, text: str) -> Told:
        self.copied.append(text)
        return self.told

    async def image(self) -> bytes:
        return self.data


async def test_a_paste_keeps_its_lines_also_where_the_terminal_sends_them_as_carriage_returns() -> None:
    async with running() as (app, pilot, fakes):
        app.main.prompt.post_message(events.Paste("one\rtwo\r\nthree"))
        await until(pilot, lambda: app.main.prompt.text)
        app.main.prompt.post_message(events.Paste("\r".join(f"line {n}" for n in range(3000))))
        await until(pilot, lambda: app.main.prompt.text == "one\ntwo\nthree[paste 1: 3,000 lines]")
        await pilot.press("enter")
        await turn_over(app, pilot)
        assert fakes.agent.prompts[0].splitlines()[-1] == "line 2999"


async def test_what_is_known_of_a_copy_is_told() -> None:
    clipboard = FakeClipboard()
    app = BlufioApp(replace(Fakes().services(), clipboard=clipboard))
    async with opened(app) as pilot:
        await say(pilot, "hello")
        await turn_over(app, pilot)
        await say(pilot, "/copy")
        await until(pilot, lambda: clipboard.copied == ["You said: hello"])
        await until(pilot, lambda: "Offered 8 characters" in screen_text(app))
        clipboard.told = Told(False, "Not copied: too many characters.")
        await pilot.press("f3", "y")
        await until(pilot, lambda: "Not copied" in screen_text(app))


async def test_an_image_on_the_clipboard_is_attached_and_shown_with_its_size() -> None:
    fakes = Fakes()
    app = BlufioApp(replace(fakes.services(), clipboard=FakeClipboard(PNG)))
    async with opened(app) as pilot:
        await pilot.press("ctrl+v")
        await until(pilot, lambda: app.main.prompt.text == "[image 1: PNG, 108 B] ")
        await pilot.press(*"what", "enter")
        await turn_over(app, pilot)
        assert list(fakes.agent.attachments[0]) == [ImageBlock("image/png", base64.b64encode(PNG).decode())]
        assert "+ image, PNG, 108 B" in screen_text(app)


async def test_an_image_whose_mark_was_deleted_is_not_sent_and_the_guide_takes_none() -> None:
    fakes = Fakes()
    app = BlufioApp(replace(fakes.services(), clipboard=FakeClipboard(PNG)))
    async with opened(app) as pilot:
        await pilot.press("ctrl+v")
        await until(pilot, lambda: app.main.prompt.text)
        await say(pilot, "no image")
        await turn_over(app, pilot)
        assert list(fakes.agent.attachments[0]) == []
        fakes.model.is_guide = True
        await pilot.press("ctrl+v")
        await until(pilot, lambda: "cannot look at images" in screen_text(app))


async def test_a_file_that_is_dropped_on_the_terminal_becomes_a_mention() -> None:
    class Files:
        async def dropped(self, text: str) -> str:
            return "@/tmp/chart.png"

        async def complete(self, query: str, limit: int = 20) -> list[str]:
            return []

    app = BlufioApp(replace(Fakes().services(), files=Files()))  # type: ignore[arg-type]
    async with opened(app) as pilot:
        app.main.prompt.post_message(events.Paste("/tmp/chart.png"))
        await until(pilot, lambda: app.main.prompt.text == "@/tmp/chart.png")


class Endless(FakeDirect):
    async def _turn(self, how: str, tool: str, arguments: JsonObject, session_id: str) -> AsyncGenerator[Event, None]:
        yield TurnStarted("d1", session_id, "!sleep")
        yield ToolCallStarted("d1", "c1", tool, arguments)
        await asyncio.Event().wait()


async def test_escape_ends_a_call_by_hand_and_nothing_goes_on_spinning() -> None:
    fakes = Fakes()
    fakes.agent.interrupt = lambda session_id="": False  # type: ignore[method-assign]
    app = BlufioApp(replace(fakes.services(), direct=Endless()))
    async with opened(app) as pilot:
        await say(pilot, "!sleep 60")
        await until(pilot, lambda: app.main.trace.trace.is_running)
        await pilot.press("escape")
        await until(pilot, lambda: not app.turn.is_busy and not app.main.trace.trace.is_running)
        await until(pilot, lambda: not app.main.status.progress.is_running)
