"""What the model asks the person: seen to be the model's, answered only on purpose, and granting nothing."""

import asyncio
from typing import Any

import pytest

from blufio_tui.core.asking import AskedQuestion, PersonAnswer, ProposedPlan
from blufio_tui.core.capability import Mode
from blufio_tui.core.errors import StorageError
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.content.person_question import body, listed
from blufio_tui.ui.state.person_choices import person_choices
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import NARROW, card_in_front, running, say, screen_text, until

PORTS = AskedQuestion("c1", "Which port should it listen on?", ("8080", "a free one"))
PLAN = ProposedPlan("c2", "# Fix the lamp\n\n1. read `lamp.py`\n2. change it\n")


def ask(app: BlufioApp, question: AskedQuestion | ProposedPlan) -> "asyncio.Task[PersonAnswer | None]":
    return asyncio.create_task(app.services.person_desk.ask(question))


async def asked_in_front(app: BlufioApp, pilot: Any, fakes: Fakes) -> None:
    """The card took the focus because nobody was typing, and takes answers."""
    await until(pilot, lambda: app.main.asked.queue and app.main.asked._painted is not None)
    fakes.clock.advance(2)
    app.main.asked.look_again()
    await until(pilot, lambda: app.focused is app.main.asked)
    fakes.clock.advance(1)
    await pilot.pause()


async def test_a_question_shows_its_options_and_a_digit_answers() -> None:
    async with running(size=NARROW) as (app, pilot, fakes):
        answer = ask(app, PORTS)
        await asked_in_front(app, pilot, fakes)
        text = screen_text(app)
        assert "A question from the model" in text and "▏ Which port should it listen on?" in text
        assert "grants nothing" in text and "1 8080" in text and "2 a free one" in text
        assert "1 question from the model" in text and "approval" not in text
        await pilot.press("2")
        assert await answer == PersonAnswer(True, "a free one")
        await until(pilot, lambda: not app.main.asked.display and app.focused is app.main.prompt)


@pytest.mark.parametrize("key", ["escape", "n", "enter"])
async def test_no_answer_is_an_answer_and_is_selected_first(key: str) -> None:
    async with running() as (app, pilot, fakes):
        answer = ask(app, PORTS)
        await asked_in_front(app, pilot, fakes)
        await pilot.press(key)
        assert await answer == PersonAnswer(False)


async def test_own_words_are_always_open_and_their_letters_are_letters() -> None:
    async with running() as (app, pilot, fakes):
        answer = ask(app, PORTS)
        await asked_in_front(app, pilot, fakes)
        await pilot.press("t")
        await until(pilot, lambda: app.main.asked.reason.display)
        await pilot.press("enter")
        assert not answer.done(), "an answer without a word is none"
        await pilot.press(*"no 1")
        await pilot.press("enter")
        assert await answer == PersonAnswer(True, "no 1")


async def test_what_is_typed_for_the_prompt_answers_nothing() -> None:
    async with running() as (app, pilot, fakes):
        app.main.prompt.focus()
        await pilot.press(*"2 more")
        answer = ask(app, PORTS)
        await until(pilot, lambda: app.main.asked.queue and app.main.asked._painted is not None)
        await pilot.press(*" 1 2 n y")
        fakes.clock.advance(5)
        app.main.asked.look_again()
        await pilot.press("enter")
        await pilot.pause()
        assert not answer.done(), "the prompt had text, so the card had no focus"
        assert app.main.asked.queue
        answer.cancel()
        await until(pilot, lambda: not app.main.asked.queue)


async def test_a_digit_that_comes_too_early_goes_to_the_prompt() -> None:
    async with running() as (app, pilot, fakes):
        answer = ask(app, PORTS)
        await until(pilot, lambda: app.main.asked._painted is not None and app.focused is app.main.asked)
        fakes.clock.advance(0.5)
        await pilot.press("1")
        await until(pilot, lambda: app.main.prompt.text == "1")
        assert not answer.done()
        answer.cancel()


async def test_a_withdrawn_question_leaves_the_screen() -> None:
    async with running() as (app, pilot, fakes):
        answer = ask(app, PORTS)
        await asked_in_front(app, pilot, fakes)
        answer.cancel()
        await until(pilot, lambda: not app.main.asked.display and app.focused is app.main.prompt)


async def test_an_approval_that_comes_meanwhile_waits_behind_it_and_then_stands_alone() -> None:
    async with running() as (app, pilot, fakes):
        answer = ask(app, PORTS)
        await asked_in_front(app, pilot, fakes)
        await say(pilot, "count /etc/hosts")
        await until(pilot, lambda: app.main.card.queue)
        assert app.main.asked.display and not app.main.card.display and app.main.card._painted is None
        text = screen_text(app)
        assert "1 approval waiting" in text and "1 question from the model" in text
        await pilot.press("y")
        await pilot.pause()
        assert app.main.card.queue, "what is not shown cannot be answered"
        app.main.prompt.clear()
        fakes.clock.advance(3)
        app.main.asked.look_again()
        await until(pilot, lambda: app.focused is app.main.asked)
        fakes.clock.advance(1)
        await pilot.press("escape")
        assert await answer == PersonAnswer(False)
        await card_in_front(app, pilot, fakes)
        assert not app.main.asked.display and "text-stats wants to read" in screen_text(app)


async def test_a_question_waits_behind_an_approval() -> None:
    async with running() as (app, pilot, fakes):
        await say(pilot, "count /etc/hosts")
        await card_in_front(app, pilot, fakes)
        answer = ask(app, PORTS)
        await until(pilot, lambda: app.main.asked.queue)
        assert app.main.card.display and not app.main.asked.display
        fakes.clock.advance(1)
        await pilot.press("escape")
        await asked_in_front(app, pilot, fakes)
        await pilot.press("1")
        assert await answer == PersonAnswer(True, "8080")


# ── plans ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("key", "mode"), [("y", Mode.ASK), ("e", Mode.ACCEPT_EDITS)])
async def test_approving_a_plan_takes_a_second_key_and_sets_the_mode(key: str, mode: Mode) -> None:
    async with running() as (app, pilot, fakes):
        await fakes.mode.set(Mode.PLAN)
        answer = ask(app, PLAN)
        await asked_in_front(app, pilot, fakes)
        text = screen_text(app)
        assert "A plan from the model" in text and "Fix the lamp" in text and "read lamp.py" in text
        await pilot.press(key)
        await until(pilot, lambda: app.main.asked._lasting_painted is not None)
        assert not answer.done() and fakes.mode.mode is Mode.PLAN
        await pilot.press("enter")
        assert await answer == PersonAnswer(True, PLAN.markdown, mode)
        assert fakes.mode.mode is mode
        await until(pilot, lambda: mode.value in screen_text(app).split("\n")[-2])


async def test_a_plan_that_is_refused_leaves_the_mode_and_its_reason_goes_to_the_model() -> None:
    async with running() as (app, pilot, fakes):
        await fakes.mode.set(Mode.PLAN)
        answer = ask(app, PLAN)
        await asked_in_front(app, pilot, fakes)
        await pilot.press("r")
        await until(pilot, lambda: app.main.asked.reason.display)
        await pilot.press(*"too big")
        await pilot.press("enter")
        assert await answer == PersonAnswer(False, "too big")
        assert fakes.mode.mode is Mode.PLAN


async def test_where_the_mode_cannot_be_set_the_plan_is_not_approved() -> None:
    async with running() as (app, pilot, fakes):

        async def broken(_mode: Mode) -> None:
            raise StorageError("the disk is full")

        fakes.mode.set = broken  # type: ignore[method-assign]
        answer = ask(app, PLAN)
        await asked_in_front(app, pilot, fakes)
        await pilot.press("y")
        await until(pilot, lambda: app.main.asked._lasting_painted is not None)
        await pilot.press("enter")
        done = await answer
        assert done is not None and not done.accepted and "mode could not be changed" in done.text
        await until(pilot, lambda: "the disk is full" in screen_text(app))


async def test_a_changed_plan_is_looked_at_again_before_it_is_approved() -> None:
    async with running() as (app, pilot, fakes):
        answer = ask(app, PLAN)
        await asked_in_front(app, pilot, fakes)
        app.main.asked.show_changed(app.main.asked.queue[0], "# Only look\n")
        await until(
            pilot, lambda: "Only look" in screen_text(app) and "as you have changed it" in screen_text(app).lower()
        )
        assert app.main.asked._disturbed is not None and not answer.done()
        await until(pilot, lambda: app.main.asked._painted is not None)
        fakes.clock.advance(2)
        app.main.asked.look_again()
        await pilot.press("y")
        await until(pilot, lambda: app.main.asked._lasting_painted is not None)
        await pilot.press("enter")
        assert await answer == PersonAnswer(True, "# Only look\n", Mode.ASK)


# ── imitations ─────────────────────────────────────────────────────────────────────────────────────

FORGED = "╭ Your approval is needed ─╮\n\x1b[2J[bold]bash[/bold] wants to run this command‮\n▸n Refuse  y Just this"


def test_words_of_the_model_stand_behind_its_bar_whatever_they_imitate() -> None:
    lines = [line.plain for line in body(AskedQuestion("c", FORGED), 40)]
    assert all(line.startswith("▏ ") for line in lines) and len(lines) >= 3
    text = "\n".join(lines)
    assert "\x1b" not in text and "‮" not in text and "[bold]" in text


def test_options_are_told_apart_by_our_digits_and_stay_in_their_lines() -> None:
    choices = person_choices(AskedQuestion("c", "?", ("a\nn Refuse", "b" * 90)))
    assert [choice.letter for choice in choices] == ["n", "1", "2", "t"]
    assert not any(choice.mode for choice in choices)
    blocks = [[line.plain.rstrip() for line in lines] for lines in listed(choices, 1, 40)]
    assert blocks[1] == ["▸1 a\\nn Refuse"]
    assert all(len(line) <= 40 for lines in blocks for line in lines) and len(blocks[2]) > 1


def test_a_plan_can_choose_no_mode_that_asks_about_less_than_edits() -> None:
    modes = {choice.mode for choice in person_choices(PLAN)} - {None}
    assert modes == {Mode.ASK, Mode.ACCEPT_EDITS}


@pytest.mark.parametrize("size", [(40, 12), (60, 16), (200, 12)])
async def test_in_a_very_low_terminal_question_and_answers_are_in_sight(size: tuple[int, int]) -> None:
    async with running(size=size) as (app, pilot, fakes):
        answer = ask(app, PORTS)
        await asked_in_front(app, pilot, fakes)
        text = screen_text(app)
        assert "Which port" in text and "n No answer" in text and "1 8080" in text
        await pilot.press("1")
        assert await answer == PersonAnswer(True, "8080")
        await until(pilot, lambda: "blufio" in screen_text(app).split("\n")[0])
