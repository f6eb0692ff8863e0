"""`/context` says what fills the window; `/init` asks the model for an AGENTS.md."""

from blufio_tui.ui.commands.init_prompt import INIT_PROMPT
from tests.ui.helpers import running, say, screen_text, until


async def test_context_is_said_in_the_conversation() -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "/context")
        await until(pilot, lambda: "holds 200,000" in screen_text(app))


async def test_init_is_a_prompt_like_any_other() -> None:
    async with running() as (_, pilot, fakes):
        await say(pilot, "/init")
        await until(pilot, lambda: fakes.agent.prompts == [INIT_PROMPT])
