"""`/context` says what fills the window; `/init` asks the model for an AGENTS.md."""

from blufio_tui.core.events import NoticeLevel
from blufio_tui.ui.commands.init_prompt import INIT_PROMPT
from tests.ui.helpers import NARROW, running, say, screen_text, until


async def test_context_is_said_in_the_conversation() -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "/context")
        await until(pilot, lambda: "holds 200,000" in screen_text(app))


async def test_what_was_asked_for_is_shown_wherever_one_was_reading() -> None:
    async with running(size=NARROW) as (app, pilot, _):
        for number in range(40):
            app.stage.say(NoticeLevel.INFO, f"line {number}")
        await until(pilot, lambda: "line 39" in screen_text(app))
        app.main.chat.view.focus()
        await pilot.press("home")
        await until(pilot, lambda: "line 39" not in screen_text(app))
        await say(pilot, "/context")
        await until(pilot, lambda: "holds 200,000" in screen_text(app))


async def test_init_is_a_prompt_like_any_other() -> None:
    async with running() as (_, pilot, fakes):
        await say(pilot, "/init")
        await until(pilot, lambda: fakes.agent.prompts == [INIT_PROMPT])
