"""Adding to a turn that runs, and going on after the limit of requests."""

import pytest

from blufio_tui.core.agent.steering import steering
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.errors import UsageError
from blufio_tui.core.sessions.records import MessageState, StoredMessage
from blufio_tui.ui.state.entries import UserSaid
from blufio_tui.ui.state.restore import entries_from, is_prompt
from tests.fakes.ui_agent import Say, TakeSteering, Wait
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import running, say, screen_text, turn_over, until


def _working() -> Fakes:
    fakes = Fakes()
    fakes.scripts["work"] = [Wait("go"), TakeSteering(), Say("done"), Wait("end")]
    return fakes


async def test_a_prompt_is_added_to_the_running_turn_by_its_key_and_shown_where_it_went_in() -> None:
    async with running(_working()) as (app, pilot, fakes):
        await say(pilot, "work")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        app.main.prompt.put("in blue")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "↳ adding in blue" in screen_text(app))
        assert app.main.prompt.text == ""
        await say(pilot, "and then this")
        fakes.agent.release("go")
        await until(pilot, lambda: "added while the turn ran" in screen_text(app))
        assert [q.text for q in app.main.prompt_box.outbox.waiting] == ["and then this"]
        fakes.agent.release("end")
        await until(pilot, lambda: len(fakes.agent.prompts) == 2)
        assert fakes.agent.prompts == ["work", "and then this"]


async def test_what_did_not_go_in_before_the_turn_ended_is_sent_after_it() -> None:
    fakes = _working()
    fakes.scripts["work"] = [Wait("go"), Say("done")]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "work")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        app.main.prompt.put("in blue")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: fakes.agent.steered)
        fakes.agent.release("go")
        await until(pilot, lambda: len(fakes.agent.prompts) == 2 and not app.turn.is_busy)
        assert fakes.agent.prompts == ["work", "in blue"]
        assert not app.main.prompt_box.outbox.waiting


async def test_escape_holds_what_did_not_go_in() -> None:
    async with running(_working()) as (app, pilot, fakes):
        await say(pilot, "work")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        app.main.prompt.put("in blue")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: fakes.agent.steered)
        await pilot.press("escape")
        await until(pilot, lambda: not app.turn.is_busy and "‖ held   in blue" in screen_text(app))
        assert fakes.agent.prompts == ["work"]


async def test_it_can_be_taken_back_until_it_went_in() -> None:
    async with running(_working()) as (app, pilot, fakes):
        await say(pilot, "work")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        app.main.prompt.put("in blue")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: fakes.agent.steered)
        await pilot.press("up", "e")
        await until(pilot, lambda: app.main.prompt.text == "in blue")
        assert not fakes.agent.steered and not app.main.prompt_box.outbox.waiting


async def test_where_no_turn_takes_it_it_waits_and_a_refusal_is_said() -> None:
    async with running(_working()) as (app, pilot, fakes):
        fakes.agent.takes_steering = False
        await say(pilot, "work")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        app.main.prompt.put("in blue")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "⋯ queued in blue" in screen_text(app))

        async def refuse(*_: object, **__: object) -> bool:
            raise UsageError("A hook refuses this prompt: not now")

        fakes.agent.steer = refuse  # type: ignore[method-assign]
        app.main.prompt.put("in red")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "A hook refuses this prompt" in screen_text(app))
        assert [q.text for q in app.main.prompt_box.outbox.waiting] == ["in blue", "in red"]


async def test_on_the_empty_prompt_the_key_adds_what_is_queued_first() -> None:
    async with running(_working()) as (app, pilot, fakes):
        await say(pilot, "work")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        await say(pilot, "second")
        await say(pilot, "third")
        await until(pilot, lambda: "^s adds it now" in screen_text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: [text for _, text in fakes.agent.steered] == ["second"])
        await until(pilot, lambda: "↳ adding second" in screen_text(app) and "⋯ queued third" in screen_text(app))


async def test_without_a_turn_the_key_sends() -> None:
    async with running() as (app, pilot, fakes):
        app.main.prompt.focus()
        app.main.prompt.put("hello")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: fakes.agent.prompts == ["hello"])


async def test_after_the_limit_of_requests_enter_goes_on_and_after_any_other_end_it_does_not() -> None:
    async with running() as (app, pilot, fakes):
        fakes.agent.ends = "max_iterations"
        await say(pilot, "long")
        await until(pilot, lambda: "Enter on the empty prompt continues" in screen_text(app) and not app.turn.is_busy)
        fakes.agent.ends = "end_turn"
        await pilot.press("enter")
        await until(pilot, lambda: len(fakes.agent.prompts) == 2)
        await turn_over(app, pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert fakes.agent.prompts == ["long", "Go on."]


@pytest.mark.parametrize("text", ["in blue", "two\nlines"])
def test_a_stored_addition_is_shown_as_such_and_is_no_place_to_go_back_to(text: str) -> None:
    message = Message(Role.USER, (TextBlock("\n\nAttached: a.txt\n```\nx\n```\n"), steering(text)))
    stored = StoredMessage(3, 2, "t", message, MessageState.COMPLETE, 0.0)
    (entry,) = entries_from([stored])
    assert isinstance(entry, UserSaid)
    assert (entry.text, entry.added, len(entry.attached)) == (text, True, 1)
    assert not is_prompt(stored)
