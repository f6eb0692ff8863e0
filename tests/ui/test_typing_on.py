"""A question that opens by itself never takes a key that was meant for something else."""

import math

import pytest
from textual import events

from blufio_tui.core.capability import Verdict
from blufio_tui.ui.state.key_guard import KeyTimes, is_typing, may_answer, may_store, may_take_focus
from blufio_tui.ui.textual_fixes.key_bursts import BurstParser, came_together
from tests.fakes.corpus import sampled
from tests.fakes.ui_agent import Call, Say, read
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import MEDIUM, NARROW, card_in_front, running, say, screen_text, turn_over, until

PROSE = "this is also a sad day, no? yes: run on and do everything as asked"


@pytest.mark.parametrize(
    ("now", "has_text", "last", "may"),
    [
        (10.0, False, 8.0, True),
        (10.0, False, 8.01, False),
        (10.0, False, 10.0, False),
        (10.0, True, 1.0, False),
        (10.0, False, -math.inf, True),
        (10.0, True, -math.inf, False),
    ],
)
def test_a_question_takes_the_focus_only_from_somebody_who_does_nothing(
    now: float, has_text: bool, last: float, may: bool
) -> None:
    assert may_take_focus(now=now, prompt_has_text=has_text, last_elsewhere=last) is may


@pytest.mark.parametrize(
    ("pressed", "painted", "disturbed", "may"),
    [
        (10.0, 9.0, -math.inf, True),
        (10.0, 9.01, -math.inf, False),
        (10.0, None, -math.inf, False),
        (10.0, 5.0, 9.5, False),
        (10.0, 5.0, 9.0, True),
        (8.0, 9.0, -math.inf, False),  # pressed before it was painted, processed after
        (-math.inf, 9.0, -math.inf, False),  # no key at all
    ],
)
def test_a_key_answers_only_what_was_painted_and_left_alone_for_a_second(
    pressed: float, painted: float | None, disturbed: float, may: bool
) -> None:
    assert may_answer(pressed=pressed, painted=painted, disturbed=disturbed) is may


@pytest.mark.parametrize(("pressed", "painted", "may"), [(2.0, 1.0, True), (1.0, 2.0, False), (1.0, None, False)])
def test_what_lasts_is_stored_only_when_it_was_on_the_screen(pressed: float, painted: float | None, may: bool) -> None:
    assert may_store(pressed=pressed, painted=painted) is may


@pytest.mark.parametrize(
    ("key", "character", "typed"),
    [("a", "a", True), ("space", " ", True), ("enter", "\r", True), ("escape", "\x1b", True), ("up", None, False)],
)
def test_arrows_are_no_typing(key: str, character: str | None, typed: bool) -> None:
    assert is_typing(key, character, is_printable=events.Key(key, character).is_printable) is typed


def test_a_key_on_the_question_does_not_count_as_one_elsewhere() -> None:
    times = KeyTimes()
    times.note(1.0, to_question=False)
    times.note(2.0, to_question=True)
    assert (times.pressed, times.previous, times.elsewhere) == (2.0, 1.0, 1.0)
    times.note(3.0, to_question=False)
    assert (times.pressed, times.previous, times.elsewhere) == (3.0, 1.0, 3.0)


@pytest.mark.parametrize(
    ("keys_per_second", "size"),
    sampled([(2, NARROW), (5, NARROW), (10, NARROW), (10, MEDIUM), (2, MEDIUM), (5, MEDIUM)]),
)
async def test_prose_typed_while_questions_arrive_answers_none_and_none_of_it_is_lost(
    keys_per_second: int, size: tuple[int, int]
) -> None:
    async with running(_two_questions(), size=size) as (app, pilot, fakes):
        await say(pilot, "two")
        for index, letter in enumerate(PROSE):
            fakes.clock.advance(1 / keys_per_second)
            app.main.card.look_again()
            await pilot.press("space" if letter == " " else letter)
            if index == 10:
                await until(pilot, lambda: app.main.card.queue)
        await until(pilot, lambda: app.main.prompt.text == PROSE)
        assert app.main.card.queue and not fakes.agent.answers
        assert "to answer" in screen_text(app)
        fakes.clock.advance(60)
        app.main.card.look_again()
        await pilot.pause()
        assert app.focused is app.main.prompt, "the prompt holds text"


@pytest.mark.parametrize("sent_before", ["", "one"])
async def test_prose_that_begins_on_a_question_in_front_goes_to_the_prompt(sent_before: str) -> None:
    async with running(_two_questions()) as (app, pilot, fakes):
        await say(pilot, "two")
        await card_in_front(app, pilot, fakes)
        if sent_before:
            fakes.clock.advance(1)
        for letter in "this is":
            fakes.clock.advance(0.1)
            await pilot.press("space" if letter == " " else letter)
        await until(pilot, lambda: app.main.prompt.text == "this is")
        assert not fakes.agent.answers and app.focused is app.main.prompt


async def test_a_word_that_begins_with_the_letter_of_a_lasting_answer_stores_nothing_and_arrives_whole() -> None:
    async with running(_two_questions()) as (app, pilot, fakes):
        await say(pilot, "two")
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(1)
        for letter in "so what":
            fakes.clock.advance(0.1)
            await pilot.press("space" if letter == " " else letter)
        await until(pilot, lambda: app.main.prompt.text == "so what")
        assert not fakes.agent.answers


async def test_a_lasting_answer_says_what_it_covers_and_escape_takes_it_back() -> None:
    async with running(_two_questions()) as (app, pilot, fakes):
        await say(pilot, "two")
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.press("s")
        await until(pilot, lambda: "Enter to store" in screen_text(app))
        assert not fakes.agent.answers
        await pilot.press("escape")
        await until(pilot, lambda: "Enter to store" not in screen_text(app))
        assert not fakes.agent.answers and app.main.card.queue
        await pilot.press("s")
        await until(pilot, lambda: app.main.card._lasting_painted is not None)
        fakes.clock.advance(0.1)
        await pilot.press("enter")
        await until(pilot, lambda: fakes.agent.answers)
        assert fakes.agent.answers[0].offer.lifetime == "session"


async def test_the_second_of_two_questions_is_not_answered_by_the_haste_for_the_first() -> None:
    async with running(_two_questions()) as (app, pilot, fakes):
        await say(pilot, "two")
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.press("y")
        await until(pilot, lambda: fakes.agent.answers and app.main.card.queue and app.focused is app.main.card)
        await pilot.press("y")
        await pilot.pause()
        assert len(fakes.agent.answers) == 1 and app.main.prompt.text == ""
        await until(pilot, lambda: app.main.card._painted is not None)
        fakes.clock.advance(1)
        await pilot.press("y")
        await turn_over(app, pilot)
        assert len(fakes.agent.answers) == 2


async def test_escape_denies_from_the_prompt_only_when_the_question_was_seen_and_no_key_came_before() -> None:
    async with running(_two_questions()) as (app, pilot, fakes):
        await say(pilot, "two")
        await until(pilot, lambda: app.main.card.queue and app.main.card._painted is not None)
        await pilot.press("escape")
        fakes.clock.advance(0.9)
        await pilot.press("a", "escape")
        assert not fakes.agent.answers and app.turn.worker is not None and not app.turn.worker.is_finished
        fakes.clock.advance(1)
        await pilot.press("escape")
        await until(pilot, lambda: fakes.agent.answers)
        assert fakes.agent.answers[0].verdict is Verdict.DENY


async def test_while_somebody_types_beside_a_question_the_key_that_leads_to_it_is_named() -> None:
    async with running(_two_questions()) as (app, pilot, fakes):
        await say(pilot, "two")
        await card_in_front(app, pilot, fakes)
        assert "To the approval" not in screen_text(app)
        await pilot.press("space")
        await until(pilot, lambda: "Alt+g To the approval" in screen_text(app))
        assert app.focused is app.main.prompt
        fakes.clock.advance(2)
        await pilot.press("alt+g")
        await until(pilot, lambda: app.focused is app.main.card and "To the approval" not in screen_text(app))


async def test_what_is_typed_right_behind_enter_stays_in_the_prompt() -> None:
    async with running(_two_questions()) as (app, pilot, _):
        app.main.prompt.put("two ")
        for key, character in (("enter", "\r"), ("s", "s"), ("o", "o")):
            app.post_message(events.Key(key, character))
        await until(pilot, lambda: app.main.card.queue)
        assert app.main.prompt.text == "so"


async def test_what_is_pasted_on_a_question_goes_to_the_prompt() -> None:
    async with running(_two_questions()) as (app, pilot, fakes):
        await say(pilot, "two")
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(1)
        app.post_message(events.Paste("yes\nall of it"))
        await until(pilot, lambda: app.main.prompt.text == "yes\nall of it")
        assert not fakes.agent.answers


async def test_a_question_behind_another_screen_is_not_answered_by_the_first_key_after_it() -> None:
    async with running(_two_questions()) as (app, pilot, fakes):
        await pilot.press("f8")
        await until(pilot, lambda: app.screen is not app.main)
        app.prompts.start("two")
        await until(pilot, lambda: app.main.card.queue)
        fakes.clock.advance(10)
        await pilot.press("escape", "o")
        await until(pilot, lambda: app.screen is app.main)
        await pilot.pause()
        assert not fakes.agent.answers


@pytest.mark.parametrize("way", ["tab", "click", "back to the terminal"])
async def test_a_focus_that_came_by_the_way_does_not_make_the_next_key_an_answer(way: str) -> None:
    async with running(_two_questions()) as (app, pilot, fakes):
        await say(pilot, "two")
        await until(pilot, lambda: app.main.card.queue and app.main.card._painted is not None)
        card = app.main.card
        if way == "tab":
            app.main.prompt.focus()
            await pilot.press("x")
            fakes.clock.advance(1)
            for _ in range(20):
                await pilot.press("tab")
                if app.focused is card:
                    break
        elif way == "click":
            fakes.clock.advance(1)
            for _ in range(20):  # until the card has come to rest where the click goes
                await pilot.click(card)
                if app.focused is card:
                    break
        else:
            await card_in_front(app, pilot, fakes)
            app.app_focus = False
            await until(pilot, lambda: app.focused is None)
            fakes.clock.advance(5)
            app.app_focus = True
        await until(pilot, lambda: app.focused is card)
        fakes.clock.advance(0.1)
        await pilot.press("y")
        await until(pilot, lambda: "y" in app.main.prompt.text)
        assert not fakes.agent.answers


async def test_a_key_for_a_screen_that_does_not_open_answers_nothing() -> None:
    async with running(_two_questions()) as (app, pilot, fakes):
        await say(pilot, "two")
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(5)
        release = app.hold_keys()
        await pilot.press("y")
        release()
        await until(pilot, lambda: app.main.prompt.text == "y" or fakes.agent.answers)
        assert not fakes.agent.answers


@pytest.mark.parametrize("size", [(80, 4), (80, 6), (12, 5)])
async def test_a_question_that_the_terminal_is_too_low_for_is_only_refused(size: tuple[int, int]) -> None:
    async with running(_two_questions(), size=NARROW) as (app, pilot, fakes):
        await say(pilot, "two")
        await card_in_front(app, pilot, fakes)
        await pilot.resize_terminal(*size)
        await until(pilot, lambda: "Refuse" not in screen_text(app))
        fakes.clock.advance(2)
        await pilot.press("y")
        await until(pilot, lambda: app.main.prompt.text == "y")
        assert not fakes.agent.answers
        fakes.clock.advance(5)
        await pilot.press("escape")
        await until(pilot, lambda: fakes.agent.answers)
        assert fakes.agent.answers[0].verdict is Verdict.DENY


async def test_who_asks_for_the_question_need_not_wait_again() -> None:
    async with running(_two_questions()) as (app, pilot, fakes):
        await say(pilot, "two")
        await until(pilot, lambda: app.main.card.queue and app.main.card._painted is not None)
        fakes.clock.advance(1)
        await pilot.press("alt+g", "y")
        await until(pilot, lambda: fakes.agent.answers)


@pytest.mark.parametrize("text", ["yes", "ja, nun", "y\r", "s\r", "是y的", "ny"])
async def test_what_arrives_in_one_piece_is_text_and_no_answer(text: str) -> None:
    """The committed word of an input method; a paste where the terminal does not mark it."""
    async with running(_two_questions()) as (app, pilot, fakes):
        await say(pilot, "two")
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(5)
        for event in BurstParser().feed(text):
            app.post_message(event)
        words = text.rstrip("\r")  # its Enter sends them, to wait behind the turn
        await until(
            pilot, lambda: words in (app.main.prompt.text, *(one.text for one in app.main.prompt_box.outbox.waiting))
        )
        await pilot.pause()
        assert not fakes.agent.answers and not app.main.card.lasting.display


async def test_one_key_alone_is_no_piece_and_neither_is_a_sequence() -> None:
    assert not any(
        came_together(event) for data in ("y", "\x1b[A", "\x1b[A\x1b[B") for event in BurstParser().feed(data)
    )


def _two_questions() -> Fakes:
    fakes = Fakes()
    fakes.scripts["two"] = [
        Call("text_stats", {"path": "x"}, "ok", (read("/a", ask=True), read("/b", ask=True))),
        Say("end"),
    ]
    return fakes
