"""The screen of jobs: what runs in the background, and ending it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

from blufio_tui.core.events import ToolCallStarted, ToolOutputDelta, TurnStarted
from blufio_tui.core.running import CommandEnded, CommandEvent, CommandOutput
from blufio_tui.core.shell.jobs import Job, Jobs
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.screens.jobs import JobsScreen
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import opened, screen_text, until


class ScreenJobs:
    def __init__(self) -> None:
        self.jobs = Jobs(lambda: 5.0)

    async def of(self, session_id: str) -> list[Job]:
        return self.jobs.of(session_id)

    async def kill(self, job: Job) -> bool:
        return await self.jobs.kill(job)

    async def end_session(self, session_id: str) -> None:
        await self.jobs.end_session(session_id)


async def prints(*pieces: bytes, then: asyncio.Event) -> AsyncGenerator[CommandEvent, None]:
    for piece in pieces:
        yield CommandOutput("stdout", piece)
    await then.wait()
    yield CommandEnded(0)


async def test_jobs_are_listed_with_their_output_and_ended_by_a_key() -> None:
    port, go_on = ScreenJobs(), asyncio.Event()
    fakes = Fakes()
    app = BlufioApp(replace(fakes.services(), jobs=port))
    async with opened(app) as pilot:
        session = app.turns.session_id
        output = prints(b"\x1b[32mlistening\x1b[0m on :80", b"00\x1b[2J\n", then=go_on)
        job = port.jobs.start(session, "npm run dev", "/p", output)
        await app.run_action("command('app.jobs')")
        await until(pilot, lambda: isinstance(app.screen, JobsScreen) and "npm-1" in screen_text(app))
        await until(pilot, lambda: "listening on :8000\\e[2J" in screen_text(app))
        assert "running" in screen_text(app) and "npm run dev" in screen_text(app)
        await pilot.press("d")
        await until(pilot, lambda: not job.is_running)
        await until(pilot, lambda: "ended by job_kill" in screen_text(app))


async def test_a_new_session_ends_the_jobs_of_the_one_before() -> None:
    port = ScreenJobs()
    app = BlufioApp(replace(Fakes().services(), jobs=port))
    async with opened(app) as pilot:
        app.turns.session_id = "s1"
        job = port.jobs.start("s1", "serve", "/p", prints(then=asyncio.Event()))
        await app.run_action("command('app.new')")
        await until(pilot, lambda: not job.is_running)


async def test_the_conversation_and_the_trace_show_output_while_it_comes() -> None:
    app = BlufioApp(Fakes().services())
    async with opened(app, (160, 48)) as pilot:
        for event in (
            TurnStarted("t", "s", "run it"),
            ToolCallStarted("t", "c", "bash", {"command": "make"}),
            ToolOutputDelta("t", "c", "stdout", "".join(f"step {n}\n" for n in range(30)) + "\x1b[31m10%\r"),
            ToolOutputDelta("t", "c", "stdout", "\x1b[31m95%\r"),
        ):
            app.main.chat.take(event, 1.0)
            app.main.trace.take(event, 1.0)
        await until(pilot, lambda: "95%" in screen_text(app))
        text = screen_text(app)
        assert "step 29" in text and "step 25" in text and "step 3\n" not in text and "10%" not in text
