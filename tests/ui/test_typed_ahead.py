"""Keys that arrive all at once, as over a slow line, do what they would have done one by one."""

import asyncio
from collections.abc import Sequence
from operator import attrgetter

import pytest
from textual import events
from textual.app import App
from textual.command import Hits
from textual.system_commands import SystemCommandsProvider

from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.sessions.records import SessionInfo
from blufio_tui.ui.screens import grants
from blufio_tui.ui.textual_fixes import key_queue
from blufio_tui.ui.textual_fixes.key_queue import KeyDone
from blufio_tui.ui.widgets.filter_line import FilterLine
from blufio_tui.ui.widgets.prompt import Prompt
from tests.fakes.ui_agent import Wait
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import card_in_front, running, say, screen_text, turn_over, until

_NAMES = {"/": "slash", " ": "space", "\r": "enter"}


def _burst(app: App[int], keys: str) -> None:
    """All of them in the queue before the first is looked at."""
    for key in keys:
        app.post_message(events.Key(_NAMES.get(key, key), key))


async def test_what_is_typed_right_behind_the_slash_goes_into_the_filter() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("f5")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        _burst(app, "/uri text")
        await until(pilot, lambda: app.screen.filter.value == "uri text")
        assert app.screen is not app.main and len(app.screen_stack) == 2


async def test_a_sentence_typed_right_behind_its_key_answers_nothing_else() -> None:
    async with running() as (app, pilot, fakes):
        await say(pilot, "count /etc/hosts")
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.pause()
        _burst(app, "ronly no a s d\r")
        await turn_over(app, pilot)
        (answer,) = fakes.agent.answers
        assert (answer.verdict.value, answer.reason, answer.deny_lifetime) == ("deny", "only no a s d", "call")


@pytest.mark.parametrize(("typed", "match"), [("942", "2 of 2"), ("942\r", "1 of 2")], ids=["words", "words and Enter"])
async def test_words_typed_right_behind_the_find_key_are_sought_and_enter_goes_on_from_their_last_match(
    typed: str, match: str
) -> None:
    async with running(Fakes()) as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await pilot.press("f2")
        app.post_message(events.Key("ctrl+f", None))
        _burst(app, typed)
        await until(pilot, lambda: match in screen_text(app))


@pytest.mark.parametrize(("key", "place"), [("f2", "chat.view"), ("f3", "trace"), ("f4", "audit")])
async def test_keys_right_behind_a_pane_key_go_to_that_pane_not_into_the_prompt(key: str, place: str) -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await until(pilot, lambda: app.main.audit.rows)
        copied: list[str] = []
        app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        app.post_message(events.Key(key, None))
        _burst(app, "y")
        await until(pilot, lambda: copied)
        assert attrgetter(place)(app.main).has_focus and app.main.prompt.text == ""


async def test_words_typed_right_behind_the_find_key_of_the_prompt_are_sought() -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        app.post_message(events.Key("ctrl+f", None))
        _burst(app, "942")
        await until(pilot, lambda: "2 of 2" in screen_text(app))
        assert app.main.prompt.text == ""


async def test_the_key_that_takes_a_letter_back_takes_the_one_before_it_not_the_one_behind() -> None:
    async with running() as (app, pilot, _):
        _burst(app, "abc")
        app.post_message(events.Key("backspace", "\x08"))
        _burst(app, "d")
        await until(pilot, lambda: app.main.prompt.text == "abd")


async def test_a_prompt_is_sent_although_a_pane_key_follows_at_once() -> None:
    async with running() as (app, pilot, _):
        _burst(app, "hi\r")
        app.post_message(events.Key("f3", None))
        await until(pilot, lambda: app.main.trace.has_focus)
        await turn_over(app, pilot)
        assert [turn.title for turn in app.main.trace.trace.turns] == ["hi"]


async def test_keys_go_on_when_what_took_one_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as (app, pilot, _):
        monkeypatch.setattr(KeyDone, "bubble", False)
        monkeypatch.setattr(key_queue, "_MOST_LOOKS", 1)
        app.post_message(events.Key("f3", None))
        app.post_message(events.Key("f3", None))
        _burst(app, "still here")
        await until(pilot, lambda: app.main.prompt.text == "still here")


async def test_what_is_typed_behind_enter_in_a_slow_moment_is_not_sent_along(monkeypatch: pytest.MonkeyPatch) -> None:
    ready, looks = asyncio.Event(), list[None]()

    async def slow(self: Prompt, event: events.Key) -> None:
        if event.key == "enter":
            event.prevent_default()
            await ready.wait()

    async with running() as (app, pilot, _):
        look = app._look_whether_it_is_there
        monkeypatch.setattr(app, "_look_whether_it_is_there", lambda *given: (looks.append(None), look(*given)))
        monkeypatch.setattr(key_queue, "_PATIENCE_SECS", 0.001)
        monkeypatch.setattr(key_queue, "_MOST_LOOKS", 1_000_000)
        monkeypatch.setattr(Prompt, "_on_key", slow)
        _burst(app, "hi\rmore")
        async with asyncio.timeout(20):
            while len(looks) < 20:
                await asyncio.sleep(0)
        ready.set()
        await turn_over(app, pilot)
        assert [turn.title for turn in app.main.trace.trace.turns] == ["hi"]
        await until(pilot, lambda: app.main.prompt.text == "more")


# ── a filter and the Enter behind it ───────────────────────────────────────────────────────────────


async def test_enter_behind_the_words_of_the_history_takes_what_all_of_them_find() -> None:
    fakes = Fakes()
    fakes.history.prompts = ["first deploy", "second delay", "third depot"]
    async with running(fakes) as (app, pilot, _):
        await pilot.press("ctrl+r")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        _burst(app, "deploy\r")
        await until(pilot, lambda: app.main.prompt.text)
        assert app.main.prompt.text == "first deploy"


@pytest.mark.parametrize("typed", ["deploy\r", "depl"])
async def test_what_is_typed_right_behind_the_key_of_the_history_is_sought_there(typed: str) -> None:
    fakes = Fakes()
    fakes.history.prompts = ["first deploy", "second delay", "third depot"]
    async with running(fakes) as (app, pilot, _):
        app.post_message(events.Key("ctrl+r", None))
        _burst(app, typed)
        if typed.endswith("\r"):
            await until(pilot, lambda: app.main.prompt.text)
            assert app.main.prompt.text == "first deploy" and app.screen is app.main
        else:
            await until(pilot, lambda: [one.value for one in app.screen.query(FilterLine)] == [typed])
            assert app.main.prompt.text == ""


async def test_what_is_typed_behind_a_key_that_opens_nothing_goes_on() -> None:
    fakes = Fakes()
    fakes.history.prompts = []
    async with running(fakes) as (app, pilot, _):
        app.post_message(events.Key("ctrl+r", None))
        _burst(app, "hello")
        await until(pilot, lambda: app.main.prompt.text == "hello")


async def test_enter_waits_for_the_rows_of_a_filter_that_are_still_read() -> None:
    fakes = Fakes()
    for title in ("first deploy", "second delay"):
        session_id = await fakes.sessions.create("/p")
        await fakes.sessions.append(session_id, "t", Message(Role.USER, (TextBlock(title),)))
    async with running(fakes) as (app, pilot, _):
        await pilot.press("f7")
        await until(pilot, lambda: app.screen is not app.main and len(app.screen.list_view.rows) > 1)
        chosen, ready, load = list[str](), asyncio.Event(), app.screen.load

        async def slow() -> Sequence[SessionInfo]:
            await ready.wait()
            return await load()

        app.screen.choose = lambda row: chosen.append(row.title)  # type: ignore[method-assign]
        app.screen.load = slow  # type: ignore[method-assign]
        _burst(app, "/deploy\r\r")
        await until(pilot, lambda: app.screen._chooses_when_loaded)
        assert chosen == []
        ready.set()
        await until(pilot, lambda: chosen)
        assert chosen == ["first deploy"]


async def test_keys_behind_a_filter_act_on_the_row_that_all_its_letters_find() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("f10")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        asked: list[str] = []
        app.screen.choose = lambda row: asked.append(row.key)  # type: ignore[method-assign]
        first = app.screen.list_view.rows[0].key
        wanted = next(row.key for row in app.screen.rows if row.key == "approval.timeout_secs")
        assert wanted != first
        _burst(app, f"/{wanted}\r\r")
        await until(pilot, lambda: asked)
        assert asked == [wanted]


async def test_what_was_cleared_again_does_not_come_back_with_the_letters_on_their_way() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("f10")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        _burst(app, "/approval")
        app.post_message(events.Key("escape", None))
        await until(pilot, lambda: app.screen.list_view.has_focus and not app.screen.filter.value)
        await pilot.pause()
        assert len(app.screen.list_view.rows) == len(app.screen.rows)


async def test_enter_in_the_palette_runs_the_command_that_all_its_letters_find(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready, search, sought = asyncio.Event(), SystemCommandsProvider.search, list[str]()

    async def slow(self: SystemCommandsProvider, query: str) -> Hits:
        sought.append(query)
        await ready.wait()
        async for hit in search(self, query):
            yield hit

    async with running() as (app, pilot, _):
        ran: list[str] = []
        monkeypatch.setattr(app, "run_by_name", lambda command: ran.append(command.title))
        monkeypatch.setattr(SystemCommandsProvider, "search", slow)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: app.screen.query("CommandList") and app.screen.query_one("CommandList").option_count)
        _burst(app, "Grants\r")
        await until(pilot, lambda: sought[-1:] == ["Grants"])
        await pilot.pause()
        assert ran == []
        ready.set()
        await until(pilot, lambda: ran)
        assert ran == ["Grants"]


@pytest.mark.parametrize("typed", [("ctrl+c",), ("escape", "escape"), ("x", "ctrl+c")])
async def test_a_screen_that_takes_long_to_open_keeps_nobody_from_interrupting(
    typed: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes = Fakes()
    fakes.scripts["long"] = [Wait("for ever")]
    begun = asyncio.Event()

    async def opens_never(*_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(grants, "open_screen", opens_never)
    monkeypatch.setattr(key_queue, "_MOST_HELD_SECS", 3600)
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "long")
        app.post_message(events.Key("f8", None))
        await asyncio.wait_for(begun.wait(), 60)
        for key in typed:
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await turn_over(app, pilot)
        assert "interrupted" in screen_text(app) and app.screen is app.main
        app.post_message(events.Key("y", "y"))
        await until(pilot, lambda: app.main.prompt.text == "y")


async def test_escape_right_behind_the_key_of_a_screen_interrupts_nothing() -> None:
    fakes = Fakes()
    fakes.scripts["long"] = [Wait("for ever")]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "long")
        app.post_message(events.Key("f8", None))
        app.post_message(events.Key("escape", None))
        _burst(app, "y")
        await until(pilot, lambda: app.main.prompt.text == "y" and app.screen is app.main)
        assert app.main.status.progress.is_running
