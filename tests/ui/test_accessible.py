"""`ui.accessible`: one thing below the other, no lines, nothing that turns, each event a sentence."""

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from blufio_tui.core.capability import DecidedBy
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.content.event_sentences import BY
from tests.fakes.ui_agent import Say, Wait
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import MEDIUM, NARROW, WIDE, card_in_front, opened, say, screen_text, turn_over, until


def _app(fakes: Fakes) -> BlufioApp:
    services = fakes.services()
    return BlufioApp(replace(services, look=replace(services.look, accessible=True)))


async def _refuse(app: BlufioApp, pilot: Pilot[int], fakes: Fakes) -> None:
    """Say no to the card in front, and wait until the turn is over."""
    fakes.clock.advance(1)
    await pilot.press("n")
    await turn_over(app, pilot)


@pytest.mark.parametrize("size", [NARROW, MEDIUM, WIDE])
async def test_a_turn_is_told_in_sentences_and_in_one_column(size: tuple[int, int]) -> None:
    app = _app(Fakes())
    async with opened(app, size) as pilot:
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        for words in (
            "text_stats begins.",
            "allowed by the manifest.",
            "text_stats has finished.",
            "The turn has ended.",
        ):
            await until(pilot, lambda words=words: words in " ".join(screen_text(app).split()))
        assert not app.main.panes.pane("trace").display  # type: ignore[arg-type]


async def test_nothing_turns_or_counts_while_a_turn_runs() -> None:
    fakes = Fakes()
    fakes.scripts["wait"] = [Say("thinking"), Wait("never")]
    app = _app(fakes)
    async with opened(app) as pilot:
        await say(pilot, "wait")
        await until(
            pilot, lambda: "never" in fakes.agent.gates and {"writing", "thinking"} <= set(screen_text(app).split())
        )
        before = screen_text(app)
        fakes.clock.advance(7)
        await pilot.pause()
        assert screen_text(app) == before
        fakes.agent.release("never")
        await turn_over(app, pilot)


async def test_a_question_has_no_lines_around_it_and_keeps_its_title() -> None:
    fakes = Fakes()
    app = _app(fakes)
    async with opened(app) as pilot:
        await say(pilot, "count /etc/hosts")
        await card_in_front(app, pilot, fakes)
        assert not {"╭", "╮", "╰", "╯"} & set(screen_text(app))
        assert app.main.card.border_title
        await _refuse(app, pilot, fakes)


def test_everybody_who_decides_has_words() -> None:
    assert set(BY) == set(DecidedBy)


async def test_whose_words_they_are_and_how_a_call_went_is_written_out() -> None:
    fakes = Fakes()
    app = _app(fakes)
    async with opened(app, NARROW) as pilot:
        await say(pilot, "count /etc/hosts")
        await card_in_front(app, pilot, fakes)
        await _refuse(app, pilot, fakes)
        await until(pilot, lambda: "The turn has ended." in screen_text(app))
        app.main.chat.view.action_top()
        await until(pilot, lambda: "You: count /etc/hosts" in screen_text(app))
        assert "denied: text_stats" in screen_text(app)
        assert not set("▌⊘✓✗▸│") & {mark for line in screen_text(app).splitlines()[1:-3] for mark in line}


async def test_the_pane_that_is_shown_and_the_row_one_is_on_say_so() -> None:
    app = _app(Fakes())
    async with opened(app, NARROW) as pilot:
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        assert "F2 Conversation (shown)" in screen_text(app).splitlines()[1]
        await pilot.press("f3", "home")
        await until(pilot, lambda: "F3 Trace (shown)" in screen_text(app))
        rows = screen_text(app).splitlines()[2:6]
        assert rows[0].startswith("> ok: count the words")
        assert all(row.startswith("  ") for row in rows[1:])
        await pilot.press("down")
        await until(pilot, lambda: screen_text(app).splitlines()[3].startswith("> "))


async def test_the_terminals_cursor_follows_the_row_that_one_is_on() -> None:
    app = _app(Fakes())
    async with opened(app, NARROW) as pilot:
        await pilot.press("f10")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        for key, moved in (("home", 0), ("down", 1), ("down", 2), ("up", 1), ("end", None)):
            await pilot.press(key)
            await until(pilot, lambda: screen_text(app).splitlines()[app.cursor_position.y].startswith(">"))
            if moved is not None:
                assert app.screen.list_view.cursor == moved
        await pilot.press("home", "down")
        await until(pilot, lambda: screen_text(app).splitlines()[app.cursor_position.y].startswith(">"))
        row = app.screen.list_view.current
        assert row.key in screen_text(app).splitlines()[app.cursor_position.y]


async def test_the_terminals_cursor_follows_the_answer_that_enter_gives() -> None:
    fakes = Fakes()
    app = _app(fakes)
    async with opened(app) as pilot:
        await say(pilot, "count /etc/hosts")
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(1)
        for key, answer in ((None, ">n Refuse"), ("right", ">y Just this"), ("left", ">n Refuse")):
            if key is not None:
                await pilot.press(key)
            await until(
                pilot,
                lambda answer=answer: (
                    screen_text(app).splitlines()[app.cursor_position.y][app.cursor_position.x :].startswith(answer)
                ),
            )
        await _refuse(app, pilot, fakes)


async def test_marks_that_words_repeat_are_left_out() -> None:
    fakes = Fakes()
    app = _app(fakes)
    async with opened(app, WIDE) as pilot:
        await say(pilot, "count /etc/hosts")
        await card_in_front(app, pilot, fakes)
        await _refuse(app, pilot, fakes)
        for key, words in (("f3", "by you"), ("f4", "you")):
            await pilot.press(key)
            await until(pilot, lambda words=words: words in screen_text(app))
            await pilot.press("end", "enter")
            await pilot.pause()
            assert not set("●▸≡") & set("".join(screen_text(app).splitlines()[1:-2]))
