"""^c stops what is going on, and twice ends the program; ^z needs a shell to go back to."""

from tests.fakes.ui_agent import Say, Wait
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import running, say, screen_text, turn_over, until


async def test_ctrl_c_ends_the_turn_and_the_program_goes_on() -> None:
    fakes = Fakes()
    fakes.scripts["wait"] = [Say("thinking about it"), Wait("never"), Say("too late")]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "wait for it")
        await until(pilot, lambda: "never" in fakes.agent.gates)
        await pilot.press("ctrl+c")
        await turn_over(app, pilot)
        assert "interrupted" in screen_text(app) and "again to quit" not in screen_text(app)


async def test_ctrl_c_empties_the_prompt_and_up_brings_back_what_stood_there() -> None:
    async with running() as (app, pilot, _):
        await pilot.press(*"draft", "ctrl+c")
        assert app.main.prompt.text == ""
        await pilot.press("up")
        assert app.main.prompt.text == "draft"


async def test_ctrl_c_twice_ends_the_program_and_once_says_so() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "Press ^c again to quit" in screen_text(app))
        assert app.is_running
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app.is_running)
        assert app.return_code == 0


async def test_ctrl_z_says_so_where_there_is_no_shell_to_go_back_to() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("ctrl+z")
        await until(pilot, lambda: "no shell here" in screen_text(app))


async def test_what_was_typed_last_can_be_taken_back() -> None:
    async with running() as (app, pilot, _):
        await pilot.press(*"one", "ctrl+underscore")
        assert app.main.prompt.text == ""


async def test_all_is_drawn_again_when_the_shell_gives_the_terminal_back() -> None:
    async with running() as (app, pilot, _):
        drawn: list[object] = []
        app.screen.refresh = lambda *regions, **how: drawn.append(how)  # type: ignore[method-assign, assignment]
        app.app_resume_signal.publish(app)
        await until(pilot, lambda: {"repaint": True, "layout": True} in drawn)
        del app.screen.refresh
