"""The first minute: what is typed early arrives, a key is caught, choosing a model says for how long."""

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Input

from blufio_tui.core.errors import StorageError
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.screens.key_caught import KeyCaught
from blufio_tui.ui.textual_fixes.key_queue import TypedAhead
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import running, say, screen_text, until

KEY = "sk-ant-api03-" + "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z"


class _Late(TypedAhead[int]):
    """Nothing has the focus until the keys are opened."""

    AUTO_FOCUS = None

    def compose(self) -> ComposeResult:
        yield Input()


async def test_keys_that_come_before_anything_has_the_focus_are_kept_in_order() -> None:
    app = _Late()
    async with app.run_test() as pilot:
        for key in "abc":
            app.post_message(events.Key(key, key))
        await pilot.pause()
        assert app.query_one(Input).value == ""
        app.query_one(Input).focus()
        app.call_later(app.open_keys)
        await until(pilot, lambda: app.query_one(Input).value == "abc")


async def test_until_all_is_there_letters_are_taken_and_what_does_something_is_held_with_all_behind_it() -> None:
    app = _Late()
    async with app.run_test() as pilot:
        app.query_one(Input).focus()
        await app.open_text()
        for key in ("a", "b", "home", "c"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: app.query_one(Input).value == "ab")
        await pilot.pause()
        assert app.query_one(Input).value == "ab"
        app.call_later(app.open_keys)
        await until(pilot, lambda: app.query_one(Input).value == "cab")


async def test_a_function_key_pressed_with_the_first_frame_works_as_soon_as_there_is_what_it_opens() -> None:
    fakes = Fakes()
    app = BlufioApp(fakes.services())
    async with app.run_test() as pilot:
        app.post_message(events.Key("x", "x"))
        app.post_message(events.Key("f5", None))
        await until(pilot, lambda: app.screen is not app.main and app.main.prompt.text == "x")


def _toasts(app: BlufioApp) -> list[str]:
    return [notification.message for notification in app._notifications]


async def _paste(app: App[int], text: str) -> None:
    app.main.prompt.post_message(events.Paste(text))  # type: ignore[attr-defined]


async def test_a_pasted_key_is_not_put_into_the_prompt_and_can_go_in_masked() -> None:
    async with running() as (app, pilot, _):
        await _paste(app, f"use {KEY} please")
        await until(pilot, lambda: isinstance(app.screen, KeyCaught))
        assert app.main.prompt.text == "" and KEY not in screen_text(app)
        await pilot.press("m")
        await until(pilot, lambda: app.main.prompt.text == "use sk-ant-[masked] please")


async def test_a_key_left_out_leaves_no_trace() -> None:
    async with running() as (app, pilot, fakes):
        await _paste(app, KEY)
        await until(pilot, lambda: isinstance(app.screen, KeyCaught))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        assert app.main.prompt.text == "" and fakes.history.load() == []


async def test_a_typed_key_is_not_sent_and_not_remembered_and_leaves_the_prompt() -> None:
    async with running() as (app, pilot, fakes):
        await say(pilot, f"my key is {KEY}")
        await until(pilot, lambda: isinstance(app.screen, KeyCaught))
        assert fakes.agent.prompts == [] and fakes.history.load() == []
        await pilot.press("escape")
        await until(pilot, lambda: app.main.prompt.text == "my key is ")
        await pilot.press("ctrl+underscore")
        assert KEY not in app.main.prompt.text


async def test_what_was_pasted_beside_a_key_is_kept_when_the_key_is_left_out() -> None:
    async with running() as (app, pilot, _):
        await _paste(app, f"use {KEY} please")
        await until(pilot, lambda: isinstance(app.screen, KeyCaught))
        await pilot.press("escape")
        await until(pilot, lambda: app.main.prompt.text == "use  please")


async def test_a_key_in_a_shell_command_stays_on_this_machine_and_is_left_alone() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("!")
        await _paste(app, KEY)
        await until(pilot, lambda: app.main.prompt.text == f"!{KEY}")


async def test_choosing_a_model_says_for_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = Fakes()
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "/model claude-opus-4-5")
        await until(pilot, lambda: any("now and after a restart" in said for said in _toasts(app)))

        async def for_this_run(_name: str) -> bool:
            return False

        monkeypatch.setattr(fakes.model, "switch", for_this_run)
        await say(pilot, "/model claude-haiku-4-5")
        await until(pilot, lambda: any("until you quit" in said for said in _toasts(app)))


@pytest.mark.parametrize(("typed", "does"), [("/clear", "app.new"), ("/exit", "app.quit"), ("/quit", "app.quit")])
async def test_names_from_elsewhere_are_known(typed: str, does: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    async def note(_app: BlufioApp, command: object, argument: str = "") -> None:
        done.append(command.id)  # type: ignore[attr-defined]

    monkeypatch.setattr(BlufioApp, "run_command", note)
    async with running() as (_, pilot, _fakes):
        await say(pilot, typed)
        await until(pilot, lambda: done == [does])


async def test_a_near_miss_is_offered() -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "/modle")
        await until(pilot, lambda: any("did you mean /model" in said for said in _toasts(app)))


async def test_a_new_notice_takes_the_place_of_the_last_but_not_of_an_error() -> None:
    async with running() as (app, pilot, _):
        app.notify("one")
        app.notify("two")
        await until(pilot, lambda: _toasts(app) == ["two"])
        app.notify("broken", severity="error")
        app.notify("three")
        await until(pilot, lambda: sorted(_toasts(app)) == ["broken", "three"])
        app.notify("broken too", severity="error")
        await until(pilot, lambda: _toasts(app) == ["broken too"])


async def test_a_prompt_is_sent_although_the_history_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = Fakes()

    def full(_prompt: str) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(fakes.history, "add", full)
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "count the words")
        await until(pilot, lambda: fakes.agent.prompts == ["count the words"])
        await until(pilot, lambda: _toasts(app) == ["the disk is full"])
